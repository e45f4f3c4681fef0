"""A manager leaves with fifty open cases: each has a new owner and a receipt, and none has two, however often
the hand-over is broken off."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from deploy import teams
from deploy.processes import projector as projector_process
from deploy.profiles.loader import load_profile
from deploy.settings import Settings
from deploy.teams import HandedOver
from events.producer import Outgoing, Place, Producer
from events.topics import TEAM
from tests.integration.test_teams import applications, seats
from tests.integration.upstreams import Upstream, at_work, one_chain, records_of, upstream_of
from workflows.intake import roster, succession
from workflows.intake.engine import Engine
from workflows.intake.handover import Order
from workflows.intake.roster import Change
from workflows.policy.staffing import MANAGER, SUPERVISOR
from workflows.temporal import connect

LEDONG = "469027"
LEAVER, OTHERS = "LD-M1", ("LD-M2", "LD-M3", "LD-M4")
CASES, WITH_ANOTHER = 50, 4
LONG_AGO = date(2020, 1, 1)

_MORE = """
[[teams]]
id = "{id}"
region = "469027"
role = "account_manager"
name = "{name}"
phone = "0898-00009999"
"""
_HANDED = """
SELECT number, data->'before'->>'staff_id', data->'after'->>'staff_id' FROM timeline.entry
WHERE number = ANY(%s) AND type LIKE '%%.case_handed_over.v%%' AND data->>'role' = %s
"""
_RECEIPTS = """
SELECT number, data->>'cause', data->'responsible'->>'staff_id', data->'supervisor'->>'staff_id'
FROM timeline.entry WHERE number = ANY(%s) AND type LIKE '%%.receipt_issued.v%%' ORDER BY number, sequence
"""
_ROLE = "SELECT number, staff_id FROM intake.seat WHERE number = ANY(%s) AND role = %s"
_SHOWN = "SELECT number, manager_id FROM progress.application WHERE number = ANY(%s)"


class KilledError(Exception):
    """Somebody ended the hand-over."""


def nothing(_stage: str, _done: int, _whole: int) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def larger(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The profile with two more managers in Ledong, so that there are some to share the work."""
    folder: Path = tmp_path_factory.mktemp("profile") / "hainan"
    shutil.copytree(settings.profiles[0], folder)
    with (folder / "teams.toml").open("a") as table:
        for name, staff_id in (("甲某某", "LD-M3"), ("乙某某", "LD-M4")):
            table.write(_MORE.format(id=staff_id, name=name))
    return settings.model_copy(update={"profiles": [folder, *settings.profiles[1:]]})


class Ledong:
    """The office of Ledong, and an upstream that sends it applications."""

    def __init__(self, settings: Settings, upstream: Upstream, engine: Engine) -> None:
        self.settings = settings
        self.policy = load_profile(settings.profiles[0])
        self.upstream = upstream
        self.engine = engine

    def note(self, name: str) -> Change:
        """Something is noted of somebody, now."""
        return Change(self.policy, name, datetime.now(UTC))

    async def apply(self, names: Sequence[str], *, to: str) -> list[str]:
        """Applications that all go to one manager, for the others are away that day."""
        absent = [name for name in (LEAVER, *OTHERS) if name != to]
        async with self.upstream.pool.connection() as conn:
            for name in absent:
                await roster.absent(conn, self.note(name), LONG_AGO, None, hand_over=False)
        numbers = await applications(self.upstream, names, LEDONG)
        async with self.upstream.pool.connection() as conn:
            for name in absent:
                await roster.back(conn, self.note(name), LONG_AGO)
        assert await seats(self.upstream, numbers, MANAGER) == {to: len(numbers)}
        return numbers

    async def hand_over(self, why: Any = "left") -> HandedOver:
        """What the command does."""
        since = datetime.now(UTC)
        return await teams.hand_over(
            self.settings, self.policy, self.engine, [Order(LEAVER, why)], nothing, since=since
        )


class DyingProducer:
    """Sends some of the records, then the process dies before it can note that."""

    def __init__(self, bootstrap: str, _name: str) -> None:
        self._producer = Producer(bootstrap, "dying")

    def publish_all(self, records: Sequence[Outgoing]) -> list[Place]:
        self._producer.publish_all(records[:20])
        raise KilledError

    def close(self) -> None:
        self._producer.close()


async def test_a_manager_leaves_with_fifty_open_cases(larger: Settings) -> None:
    client = await connect(larger.temporal_address, larger.namespace)
    engine = Engine(client, {}, larger.early_wait, larger.late_grace)
    async with upstream_of(larger, "leaver") as upstream:
        office = Ledong(larger, upstream, engine)
        async with at_work(larger, others=[projector_process.run]):
            numbers = await office.apply([f"a{n}" for n in range(CASES)], to=LEAVER)
            before = dict(await upstream.rows(_ROLE, numbers, SUPERVISOR))
            await office.apply([f"b{n}" for n in range(WITH_ANOTHER)], to=OTHERS[0])

        # Nobody works: the command decides, and dies after it has sent some; and again, having noted some.
        async with upstream.pool.connection() as conn:
            assert await roster.leave(conn, office.note(LEAVER), datetime.now(UTC).date())
        with patch.object(teams, "Producer", DyingProducer), pytest.raises(KilledError):
            await office.hand_over()
        with patch.object(succession, "_BATCH", 30), pytest.raises(KilledError):
            await killed_after_one_batch(office.hand_over)
        ((unsent,),) = await upstream.rows("SELECT count(*) FROM intake.hand_over WHERE sent_at IS NULL")
        assert unsent > 0

        async with at_work(larger, intakes=2, others=[projector_process.run]):
            done = await office.hand_over()
            assert done.ok
            assert done.cases == CASES
            again = await office.hand_over()
            assert (again.ok, again.seats) == (True, ())
            await each_has_one_new_owner_and_a_receipt(upstream, numbers)
            assert dict(await upstream.rows(_ROLE, numbers, SUPERVISOR)) == before

            # Who stays shares the work: who had some already gets less of it.
            load = Counter(await open_cases(upstream))
            assert load.total() == CASES + WITH_ANOTHER
            assert load.keys() == set(OTHERS)
            assert max(load.values()) - min(load.values()) <= 1
            new = await applications(upstream, ["c"], LEDONG)
            assert LEAVER not in await seats(upstream, new, MANAGER)

        events = one_chain(await records_of(larger, f"team-hainan-{LEAVER}", TEAM))
        kinds = [event["type"].split(".")[-2] for event in events if "absent" not in event["type"]]
        assert kinds[-2:] == ["staff_left", "cases_handed_over"]
        assert sum(one["cases"] for one in events[-1]["data"]["to"]) == events[-1]["data"]["cases"] == CASES
        assert not await upstream.rows("SELECT FROM intake.dead_letter WHERE id LIKE 'handed-over:%%'")
        async with upstream.pool.connection() as conn:
            await roster.back(conn, office.note(LEAVER), LONG_AGO)


async def test_who_is_away_from_today_on_hands_over_without_any_command(larger: Settings) -> None:
    client = await connect(larger.temporal_address, larger.namespace)
    engine = Engine(client, {}, larger.early_wait, larger.late_grace)
    async with upstream_of(larger, "sick") as upstream, at_work(larger, others=[projector_process.run]):
        office = Ledong(larger, upstream, engine)
        numbers = await office.apply(["a", "b", "c"], to=LEAVER)
        supervisors = dict(await upstream.rows(_ROLE, numbers, SUPERVISOR))
        both = [LEAVER, *sorted(set(supervisors.values()))]
        async with upstream.pool.connection() as conn:
            for name in both:
                await roster.absent(conn, office.note(name), LONG_AGO, None, hand_over=True)
        handed = await until_told(upstream, numbers, 2)
        async with upstream.pool.connection() as conn:
            for name in both:
                await roster.back(conn, office.note(name), LONG_AGO)
        assert not set(both) & {after for _, _, after in handed}
        for _, _, responsible, supervisor in await upstream.rows(_RECEIPTS, numbers):
            assert responsible != supervisor


async def killed_after_one_batch(hand_over: Callable[[], Awaitable[HandedOver]]) -> None:
    """The command sends a batch, notes it, and dies."""
    carry, calls = succession.carry, 0

    async def once(*given: Any) -> int:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise KilledError
        return await carry(*given)

    with patch.object(succession, "carry", once):
        await hand_over()


async def each_has_one_new_owner_and_a_receipt(upstream: Upstream, numbers: list[str]) -> None:
    handed = await upstream.rows(_HANDED, numbers, MANAGER)
    assert sorted(number for number, _, _ in handed) == sorted(numbers)
    owners = {number: after for number, before, after in handed if before == LEAVER}
    assert owners == dict(await upstream.rows(_ROLE, numbers, MANAGER))
    assert owners == dict(await upstream.rows(_SHOWN, numbers))
    newest: dict[str, tuple[str, str]] = {}
    for number, cause, responsible, supervisor in await upstream.rows(_RECEIPTS, numbers):
        assert responsible != supervisor
        newest[number] = (cause, responsible)
    assert {cause for cause, _ in newest.values()} == {"changed"}
    assert newest.keys() == set(numbers)
    assert all(responsible != LEAVER for _, responsible in newest.values())


async def open_cases(upstream: Upstream) -> dict[str, int]:
    """How many open cases of Ledong each manager has."""
    query = """
        SELECT staff_id, count(*) FROM intake.seat WHERE region = %s AND role = %s AND ended_at IS NULL
        GROUP BY staff_id
    """
    return dict(await upstream.rows(query, LEDONG, MANAGER))


async def until_told(upstream: Upstream, numbers: list[str], each: int) -> list[tuple[Any, ...]]:
    """What the timeline says of the hand-overs of these cases, once each has so many."""
    async with asyncio.timeout(60):
        while True:
            handed = [
                one for role in (MANAGER, SUPERVISOR) for one in await upstream.rows(_HANDED, numbers, role)
            ]
            if len(handed) >= each * len(numbers):
                return handed
            await asyncio.sleep(0.3)
