"""A trial notice: what a channel would be told, of no application, signed like any other."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import uuid4

from projections.notify.posting import client, post
from projections.notify.wording import Told, body_of
from workflows.policy.interface_words import Callback


class Trial(NamedTuple):
    """A notice that was sent; `code` says why it was not heard."""

    id: str
    code: str | None


async def send_trial(
    callback: Callback, secret: bytes | None, allowed: Collection[str], now: datetime
) -> Trial:
    """Send one. By its id, which is signed, a channel knows that it is no application of its own."""
    told = Told(
        number=f"trial:{uuid4().hex}",
        sequence=0,
        reference="trial",
        at=now,
        occasion="changed",
        status="checking",
        step=None,
        step_name=None,
        due_at=None,
        missing=(),
    )
    async with client() as http:
        body = body_of(callback, told)
        code = await post(
            http, callback.address, secret=secret, allowed=allowed, told_id=told.id, body=body, now=now
        )
    return Trial(told.id, code)
