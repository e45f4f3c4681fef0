"""One signed message to a channel, to where it may go and nowhere else."""

from collections.abc import Collection
from datetime import datetime

import httpx

from projections.notify import hosts
from projections.notify.signing import headers_of

ANSWER_SECONDS = 10.0


def client() -> httpx.AsyncClient:
    """Return what posts. What the environment says of proxies, and where an answer points to, is not where a
    table sends us."""
    return httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False, follow_redirects=False)


async def post(
    http: httpx.AsyncClient,
    address: str | None,
    *,
    secret: bytes | None,
    allowed: Collection[str],
    told_id: str,
    body: bytes,
    now: datetime,
) -> str | None:
    """Make one attempt; returns the code of its failure, None where it was heard."""
    if address is None:
        return "no_address"
    objection = hosts.objection(address, allowed)
    if objection is not None or secret is None:
        return objection or "no_secret"
    headers = headers_of(secret, told_id, body, now)
    try:
        # The answer's status says it all: its body, whatever its size, is not read.
        async with http.stream("POST", address, content=body, headers=headers) as answer:
            return None if answer.is_success else f"http_{answer.status_code}"
    except httpx.TimeoutException:
        return "no_answer"
    except httpx.HTTPError:
        return "not_reached"
