"""A restored database learns from the log who is away and who has which case, and from the runs what the log
does not name."""

import asyncio
from datetime import UTC, date, datetime

from deploy.processes import projector as projector_process
from deploy.profiles.loader import load_profile
from deploy.settings import Settings
from events.topics import TEAM
from tests.integration.office_of_projects import Office
from tests.integration.test_personnel import Personnel
from tests.integration.test_recovering import recovered
from tests.integration.test_teams import applications
from tests.integration.upstreams import Upstream, at_work, one_chain, records_of, upstream_of
from workflows.intake import roster
from workflows.intake.engine import Engine
from workflows.intake.roster import Change
from workflows.policy.staffing import MANAGER
from workflows.temporal import connect

CHANGMAO = "469026"
AWAY = "SELECT first, last FROM intake.absence WHERE staff_id = 'CJ-M1' ORDER BY first"
SEATS = "SELECT role, staff_id FROM intake.seat WHERE number = %s ORDER BY role"


async def sent(upstream: Upstream) -> None:
    """Wait until the outbox is empty."""
    async with asyncio.timeout(30):
        while await upstream.rows("SELECT FROM intake.outbox WHERE sent_at IS NULL"):
            await asyncio.sleep(0.1)


async def seated(upstream: Upstream, number: str) -> list[tuple[str, str]]:
    """Who sits in a case, once that is known."""
    async with asyncio.timeout(30):
        while await upstream.rows("SELECT FROM intake.subject WHERE number = %s AND NOT seated", number):
            await asyncio.sleep(0.1)
    return [(role, name) for role, name in await upstream.rows(SEATS, number)]


async def test_the_roster_and_the_seats_come_back(alone: Settings) -> None:
    policy = load_profile(alone.profiles[0])
    change = Change(policy, "CJ-M1", datetime.now(UTC))
    async with upstream_of(alone, "forgot") as upstream:
        async with at_work(alone):
            (number,) = await applications(upstream, ["a"], CHANGMAO)
            before = await seated(upstream, number)
            assert {"account_manager", "engineer", "supervisor", "works_manager"} <= dict(before).keys()
            async with upstream.pool.connection() as conn:
                await roster.absent(conn, change, date(2027, 3, 1), date(2027, 3, 9), hand_over=True)
                await roster.back(conn, change, date(2027, 3, 5))
            await sent(upstream)
            for one in ("staff_assigned", "receipt_issued"):
                await until_said(alone, number, one)
        async with upstream.pool.connection() as conn:
            for statement in (
                "DELETE FROM intake.absence WHERE staff_id = 'CJ-M1'",
                "DELETE FROM intake.outbox WHERE subject = 'team-hainan-CJ-M1'",
                "DELETE FROM intake.stream_head WHERE subject = 'team-hainan-CJ-M1'",
                "DELETE FROM intake.seat",
                "UPDATE intake.subject SET seated = false",
            ):
                await conn.execute(statement.encode())
        assert await recovered(alone) is not None
        assert await upstream.rows(AWAY) == [(date(2027, 3, 1), date(2027, 3, 4))]
        assert [role for role, _ in await upstream.rows(SEATS, number)] == ["account_manager", "supervisor"]
        async with at_work(alone):
            assert await seated(upstream, number) == before
            async with upstream.pool.connection() as conn:
                await roster.leave(conn, change, date(2099, 1, 1))
            await sent(upstream)
        events = one_chain(await records_of(alone, "team-hainan-CJ-M1", TEAM))
        assert len(events) == 3


async def until_said(settings: Settings, number: str, kind: str) -> None:
    """Wait until the log has an event of this kind."""
    async with asyncio.timeout(30):
        while not any(f".{kind}.".encode() in one.value for one in await records_of(settings, number)):
            await asyncio.sleep(0.3)


async def test_the_seats_of_a_project_come_back_and_change_hands_again(alone: Settings) -> None:
    client = await connect(alone.temporal_address, alone.namespace)
    engine = Engine(client, {}, alone.early_wait, alone.late_grace)
    async with upstream_of(alone, "forgot-project") as upstream:
        office = Office(alone, upstream, engine)
        async with at_work(alone, others=[projector_process.run]):
            [number] = await office.projects(["p"])
            await office.until("SELECT FROM prestart.project WHERE number = %s", number)
            done = await office.hand_over((await office.sits(number))[MANAGER], "assigned")
            assert done.ok
            before = await office.answers(number)
        async with upstream.pool.connection() as conn:
            for statement in (
                "DELETE FROM intake.seat",
                "DELETE FROM intake.hand_over",
                "UPDATE intake.subject SET seated = false",
            ):
                await conn.execute(statement.encode())
        assert await recovered(alone) is not None
        known = {role for role, _ in await upstream.rows(SEATS, number)}
        assert known == {"account_manager", "engineer", "second_engineer", "supervisor"}
        async with at_work(alone, others=[projector_process.run]):
            assert dict(await seated(upstream, number)) == before, "its run knows the last of them"
            again = await office.hand_over(before[MANAGER], "assigned")
            assert again.ok
            assert [one.id for one in again.seats if one.number == number] == [
                f"handed-over:{number}:account_manager:2"
            ]
            assert (await office.answers(number))[MANAGER] != before[MANAGER]


async def test_what_personnel_had_told_is_known_after_a_recovery(alone: Settings) -> None:
    client = await connect(alone.temporal_address, alone.namespace)
    engine = Engine(client, {}, alone.early_wait, alone.late_grace)
    subject = "team-hainan-BT-W1"
    async with upstream_of(alone, "forgot-hr") as upstream:
        office = Personnel(alone, upstream, engine)
        async with at_work(alone):
            line = await office.say("away", "absence_reported", "BT-W1", first="2097-01-01")
            assert line.outcome == "applied"
            await sent(upstream)
        async with upstream.pool.connection() as conn:
            for statement in (
                "DELETE FROM intake.absence WHERE staff_id = 'BT-W1'",
                "DELETE FROM intake.outbox WHERE subject = %s",
                "DELETE FROM intake.stream_head WHERE subject = %s",
                "DELETE FROM intake.inbox WHERE subject = %s",
                "DELETE FROM intake.alias WHERE number = %s",
                "DELETE FROM intake.stream_key WHERE subject = %s",
                "DELETE FROM intake.subject WHERE number = %s",
            ):
                await conn.execute(statement.encode(), [subject] * statement.count("%s"))
        assert await recovered(alone) is not None
        away = "SELECT first FROM intake.absence WHERE staff_id = 'BT-W1'"
        assert await upstream.rows(away) == [(date(2097, 1, 1),)]
        async with at_work(alone):
            again = await office.say("away", "absence_reported", "BT-W1", first="2097-01-01")
            assert (again.outcome, again.number) == ("applied", subject)
            assert await upstream.rows(away) == [(date(2097, 1, 1),)], "known, and not taken twice"
            back = await office.say("back", "return_reported", "BT-W1", on="2097-01-01")
            assert (back.outcome, back.number) == ("applied", subject)
            await sent(upstream)
        events = one_chain(await records_of(alone, subject, TEAM))
        assert [one["type"].split(".")[-2] for one in events] == ["staff_absent", "staff_returned"]
