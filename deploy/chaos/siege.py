"""Feeds a day while blows fall, at a pace that gives each of them work to fall on."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence

import httpx

from deploy.chaos.plan import Blow
from deploy.chaos.strike import strike
from deploy.demo.facts import SOURCE
from deploy.errors import UserError
from deploy.feed.rows import Fact
from deploy.feed.send import Answer, Sender
from deploy.secrets import Secrets
from deploy.settings import Settings
from deploy.stack import control

SECONDS_PER_BLOW = 4.0
WELL_SECONDS = 180.0
_GROUP = 20

Told = Callable[[Blow], Awaitable[None]]


async def besiege(
    settings: Settings,
    secrets: Secrets,
    facts: Sequence[Fact],
    blows: Sequence[Blow],
    *,
    fed: Callable[[int], None],
    struck: Told,
    one_by_one: bool = False,
) -> list[Answer]:
    """Feed all facts and strike all blows; return the door's answers once every part is well again.

    `struck` is awaited after each blow, `one_by_one` before the next falls. Raises UserError when the
    door or a part stays away.
    """
    pace = SECONDS_PER_BLOW * max(1, len(blows)) / max(1, len(facts))
    async with (
        httpx.AsyncClient(base_url=settings.web_url, timeout=30.0, trust_env=False) as client,
        asyncio.TaskGroup() as fight,
    ):
        sender = Sender(client, secrets.token)
        answers: list[Answer] = []
        under_way: list[asyncio.Task[None]] = []
        for group, due in _groups(facts, blows):
            for blow in due:
                if one_by_one and under_way:
                    await asyncio.wait(under_way)
                under_way.append(fight.create_task(_struck(settings, blow, struck)))
            began = time.monotonic()
            answers += await sender.send(group, SOURCE)
            fed(len(answers))
            await asyncio.sleep(max(0.0, pace * len(group) - (time.monotonic() - began)))
    await until_well(settings)
    return answers


def _groups(facts: Sequence[Fact], blows: Sequence[Blow]) -> Iterator[tuple[Sequence[Fact], list[Blow]]]:
    """Cut the feed where a blow falls, and into pieces that can be paced."""
    places = {blow.fact for blow in blows}
    cuts = sorted({*range(0, len(facts), _GROUP), *(place for place in places if place < len(facts))})
    for start, end in zip(cuts, [*cuts[1:], len(facts)], strict=True):
        yield facts[start:end], [blow for blow in blows if blow.fact == start]


async def _struck(settings: Settings, blow: Blow, struck: Told) -> None:
    await strike(settings, blow)
    await struck(blow)


async def until_well(settings: Settings) -> None:
    """Wait until every part answers. Raises UserError `not_well`."""
    give_up = time.monotonic() + WELL_SECONDS
    while time.monotonic() < give_up:
        state = control.look(settings)
        if state is not None and state.well:
            return
        await asyncio.sleep(0.3)
    troubled = ", ".join(part.name for part in state.troubled()) if state else "the supervisor"
    raise UserError("not_well", f"Not well after the blows: {troubled}. See the logs in {settings.log_dir}.")
