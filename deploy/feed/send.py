"""Brings facts to the door, in order, without losing one: batches, and patience while the door is busy or
away.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from deploy.errors import UserError
from deploy.feed.rows import Fact
from events.cloudevents import BATCH, STRUCTURED, read_structured

BATCH_EVENTS = 100
BATCH_BYTES = 200_000
PATIENCE_SECONDS = 300.0
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 5.0
_TRY_AGAIN = {408, 425, 429, 500, 502, 503, 504}

Advance = Callable[[int], None]
"""Told how many more facts the door has answered."""


@dataclass(frozen=True)
class Answer:
    """What the door said to one fact: received (its outcome follows), or refused at once with code and
    sentence.
    """

    received: bool
    code: str = ""
    sentence: str = ""


RECEIVED = Answer(True)


class Sender:
    """Sends to one door. `tokens` gives the token of a source; `client` carries the door's base address."""

    def __init__(
        self, client: httpx.AsyncClient, token_of: Callable[[str], str], *, patience: float = PATIENCE_SECONDS
    ) -> None:
        self._client = client
        self._token_of = token_of
        self._patience = patience

    async def send(
        self, facts: Sequence[Fact], default_source: str, advance: Advance = lambda _: None
    ) -> list[Answer]:
        """Send all, one request at a time so that their order holds; return an answer for each, in order.

        `default_source` lends its token to what names no source. Raises UserError when the door stays away
        longer than the patience lasts, or takes no token.
        """
        answers: list[Answer] = []
        for group in _batches(facts):
            source = group[0].source or default_source
            for answer in await self._deliver(group, source):
                answers.append(answer)
                advance(1)
        return answers

    async def _deliver(self, group: Sequence[Fact], source: str) -> list[Answer]:
        """Send a group; one that the door can't read as a whole is sent in halves, down to the one at
        fault.
        """
        response = await self._post(group, source)
        if response.status_code == httpx.codes.ACCEPTED:
            return [RECEIVED] * len(group)
        if response.status_code in {401, 403}:
            raise UserError(
                "token_refused", f"The door refuses the token of {source}. Restore the secrets file."
            )
        if len(group) > 1:
            middle = len(group) // 2
            first = await self._deliver(group[:middle], source)
            return first + await self._deliver(group[middle:], source)
        return [_refusal(response)]

    async def _post(self, group: Sequence[Fact], source: str) -> httpx.Response:
        single = len(group) == 1
        body = group[0].body if single else b"[" + b",".join(fact.body for fact in group) + b"]"
        headers = {
            "content-type": STRUCTURED if single else BATCH,
            "authorization": f"Bearer {self._token_of(source)}",
        }
        give_up = time.monotonic() + self._patience
        wait = _FIRST_WAIT
        while True:
            asked = None
            try:
                response = await self._client.post("/events", content=body, headers=headers)
                if response.status_code not in _TRY_AGAIN:
                    return response
                asked = _retry_after(response)
            except httpx.TransportError:
                # Perhaps it was received and only the answer lost: sent again it is a duplicate, not a loss.
                pass
            pause = wait if asked is None else asked
            if time.monotonic() + pause > give_up:
                raise UserError(
                    "door_away", "The door does not take facts. See ./mingdian status, then feed again."
                )
            await asyncio.sleep(pause)
            wait = min(wait * 2, _LONGEST_WAIT)


def _batches(facts: Iterable[Fact]) -> Iterator[list[Fact]]:
    """Group neighbours of one source; what would spoil a batch (unreadable, or large) goes alone."""
    group: list[Fact] = []
    size = 0
    for fact in facts:
        alone = len(fact.body) > BATCH_BYTES or not read_structured(fact.body).identified
        full = len(group) >= BATCH_EVENTS or size + len(fact.body) > BATCH_BYTES
        if group and (alone or full or group[0].source != fact.source):
            yield group
            group, size = [], 0
        if alone:
            yield [fact]
            continue
        group.append(fact)
        size += len(fact.body) + 1
    if group:
        yield group


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds that the door asks to wait; None when it does not say, or says it as a date."""
    text = response.headers.get("retry-after", "")
    return min(float(text), 60.0) if text.isdecimal() else None


def _refusal(response: httpx.Response) -> Answer:
    """Read a problem document (RFC 9457)."""
    body: Any = None
    with contextlib.suppress(ValueError):  # not the door itself may have answered
        body = response.json()
    said = body if isinstance(body, dict) else {}
    code = said.get("code") or f"http_{response.status_code}"
    return Answer(False, str(code), str(said.get("detail") or said.get("title") or "The door refused it."))
