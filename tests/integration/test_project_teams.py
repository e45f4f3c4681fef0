"""The people who answer for key projects, on real servers: seated by who has least to do, handed over when
they leave or are away, however often that is broken off; one owner each, whatever comes late."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from unittest.mock import patch

import pytest

from deploy import teams
from deploy.processes import projector as projector_process
from deploy.processes.intake import wall_clock
from deploy.settings import Settings
from deploy.stack.running import running_stack
from events.topics import TEAM
from tests.integration.conftest import servers_in
from tests.integration.office_of_projects import HAIKOU, MANAGERS, STAFF, Office
from tests.integration.test_teams import applications
from tests.integration.test_teams_hand_over import DyingProducer, KilledError, killed_after_one_batch
from tests.integration.upstreams import at_work, one_chain, records_of, upstream_of
from workflows.intake import succession
from workflows.intake.engine import Engine
from workflows.policy.staffing import ENGINEER, MANAGER, PROVINCE, SUPERVISOR
from workflows.temporal import connect

LEAVER, *OTHERS = MANAGERS
PROJECTS, WITH_ANOTHER = 24, 4
_TOLD = """
SELECT count(*) FROM prestart_story.entry
WHERE number = ANY(%s) AND type LIKE '%%.project_handed_over.v%%' AND data->>'role' = %s HAVING count(*) >= %s
"""
_RESTS = "SELECT 1 FROM intake.seat WHERE number = %s AND (ended_at IS NOT NULL) = %s"
_SHOWN = "SELECT FROM prestart.project WHERE number = ANY(%s) HAVING count(*) = %s"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Servers of their own: how the work is shared hangs on all projects that there are."""
    with running_stack(servers_in(tmp_path_factory.mktemp("teams"))) as stack:
        yield stack.settings


@pytest.fixture
async def office(settings: Settings, request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    client = await connect(settings.temporal_address, settings.namespace)
    engine = Engine(client, {}, settings.early_wait, settings.late_grace)
    run = f"{request.node.name[5:25]}-{datetime.now(UTC):%M%S%f}"
    async with upstream_of(settings, run) as upstream:
        yield Office(settings, upstream, engine)


async def test_projects_go_to_who_is_there_and_has_fewest(settings: Settings, office: Office) -> None:
    async with at_work(settings, intakes=2, others=[projector_process.run]):
        first = await office.projects([f"a{n}" for n in range(6)])
        assert set((await office.load(first)).values()) == {2}
        await office.away(LEAVER, hand_over=False)
        second = await office.projects([f"b{n}" for n in range(4)])
        await office.back(LEAVER)
        assert await office.load(second) == dict.fromkeys(OTHERS, 2)
        third = await office.projects(["c0", "c1"])
        assert await office.load(third) == {LEAVER: 2}, "who was away has fewer now"
        everything = [*first, *second, *third]
        await office.until(_SHOWN, everything, len(everything))
        for number in everything:
            sits = await office.answers(number)
            assert sits[PROVINCE] == "HN-S1"
            assert sits[SUPERVISOR] == "HK-S1"


async def test_a_manager_leaves_and_each_project_has_one_new_owner(
    settings: Settings, office: Office
) -> None:
    async with at_work(settings, others=[projector_process.run]):
        numbers = await office.projects_of(LEAVER, [f"a{n}" for n in range(PROJECTS)])
        some = await office.projects_of(OTHERS[0], [f"b{n}" for n in range(WITH_ANOTHER)])
    before = {number: await office.sits(number) for number in numbers}
    all_theirs = [number for (number,) in await office.upstream.rows(
        "SELECT number FROM intake.seat WHERE staff_id = %s", LEAVER
    )]  # fmt: skip

    # Nobody works: the command decides, and dies after it has sent some; and again, having noted some.
    await office.left(LEAVER)
    with patch.object(teams, "Producer", DyingProducer), pytest.raises(KilledError):
        await office.hand_over(LEAVER)
    with patch.object(succession, "_BATCH", 5), pytest.raises(KilledError):
        await killed_after_one_batch(partial(office.hand_over, LEAVER))
    ((unsent,),) = await office.upstream.rows("SELECT count(*) FROM intake.hand_over WHERE sent_at IS NULL")
    assert unsent > 0

    async with at_work(settings, intakes=2, others=[projector_process.run]):
        done = await office.hand_over(LEAVER)
        assert (done.ok, done.cases) == (True, len(all_theirs))
        again = await office.hand_over(LEAVER)
        assert (again.ok, again.seats) == (True, ())
        for number in numbers:
            sits = await office.answers(number)
            assert sits == {**before[number], MANAGER: sits[MANAGER]}
            [event] = await office.said(number, "project_handed_over")
            told = event["data"]
            assert (told["role"], told["why"], told["before"]["staff_id"]) == (MANAGER, "left", LEAVER)
            assert told["after"]["staff_id"] == sits[MANAGER] in OTHERS
            [opened, now] = await office.said(number, "team_assigned")
            assert opened["data"]["manager"]["staff_id"] == LEAVER
            assert now["data"]["manager"]["staff_id"] == sits[MANAGER]
            assert event["time"] == now["time"] > opened["time"]

        # Who stays shares the work: who had some already gets less of it.
        load = dict(await office.upstream.rows(
            "SELECT staff_id, count(*) FROM intake.seat WHERE role = %s AND staff_id LIKE 'HN-KM%%' "
            "AND ended_at IS NULL GROUP BY staff_id", MANAGER,
        ))  # fmt: skip
        assert load.keys() == set(OTHERS)
        assert max(load.values()) - min(load.values()) <= 1
        assert await office.load(some) == {OTHERS[0]: WITH_ANOTHER}
        assert LEAVER not in await office.load(await office.projects(["new"]))
    events = one_chain(await records_of(settings, f"team-hainan-{LEAVER}", TEAM))
    [handed] = [one for one in events if ".cases_handed_over." in one["type"]]
    assert sum(one["cases"] for one in handed["data"]["to"]) == handed["data"]["cases"] == len(all_theirs)
    assert not await office.upstream.rows("SELECT FROM intake.dead_letter WHERE id LIKE 'handed-over:%%'")
    await office.back(LEAVER)


async def test_supervisor_and_engineer_who_are_away_today_hand_over_without_any_command(
    settings: Settings, office: Office
) -> None:
    async with at_work(settings, others=[projector_process.run]):
        numbers = await office.projects(["a", "b", "c"])
        before = {number: await office.sits(number) for number in numbers}
        gone = {"HK-S1", "HN-S1", *(sits[ENGINEER] for sits in before.values())}
        await office.away(*sorted(gone), hand_over=True)
        for role in (SUPERVISOR, PROVINCE, ENGINEER):
            await office.until(_TOLD, numbers, role, len(numbers))
        await office.back(*sorted(gone))
        for number in numbers:
            sits = await office.answers(number)
            assert not gone & set(sits.values())
            assert sits[MANAGER] == before[number][MANAGER]
            told = await office.said(number, "project_handed_over")
            assert {one["data"]["why"] for one in told} == {"absent"}


async def test_a_project_that_rests_is_nobodys_work_and_comes_back_to_who_has_it(
    settings: Settings, office: Office
) -> None:
    now = wall_clock()
    async with at_work(settings, others=[projector_process.run]):
        joined, cancelled, other = await office.projects(["joined", "cancelled", "other"])
        decision = {"into": other, "decided_by": "HK-M1"}
        line = await office.tell("j", "project_joined", joined, decision, source=STAFF, at=now)
        assert line.outcome == "applied"
        await office.row("c", "cancelled", now, stage="cancelled")
        for number in (joined, cancelled):
            await office.until(_RESTS, number, True)
        await office.until(_RESTS, other, False)
        for number in (joined, cancelled):
            manager = (await office.sits(number))[MANAGER]
            assert (await office.hand_over(manager, "assigned")).ok
            assert (await office.answers(number))[MANAGER] != manager, "it may come back"
        await office.row("n", "cancelled", now + timedelta(seconds=1), stage="construction")
        parted = {"decided_by": "HK-M1"}
        await office.tell("p", "project_parted", joined, parted, source=STAFF, at=wall_clock())
        for number in (joined, cancelled):
            await office.until(_RESTS, number, False)


async def test_a_late_fact_from_before_a_hand_over_changes_no_hands(
    settings: Settings, office: Office
) -> None:
    """On a project and on an application: one owner, what happened in its order, one receipt of it."""
    async with at_work(settings, others=[projector_process.run]):
        [project] = await office.projects(["late"])
        await office.until(_SHOWN, [project], 1)
        manager = (await office.sits(project))[MANAGER]
        [case] = await applications(office.upstream, ["app"], HAIKOU)
        owner = (await office.sits(case))[MANAGER]
        before = wall_clock()
        await asyncio.sleep(1.1)
        for name in (manager, owner):
            assert (await office.hand_over(name, "assigned")).ok
        sits = await office.answers(project)
        assert sits[MANAGER] != manager

        line = await office.row("old", "late", before, stage="approved")
        assert line.outcome == "applied"
        survey = ("survey", "survey_completed", "app", {"supporting_works": True})
        await office.upstream.send_events(office.upstream.event(survey, time=before.isoformat()))
        [line] = await office.upstream.outcomes("survey")
        assert line.outcome == "applied"

        [handed] = await office.said(project, "project_handed_over")
        async with asyncio.timeout(30):
            while len(rows := await office.said(project, "intention_recorded")) < 2:
                await asyncio.sleep(0.2)
        assert rows[-1]["time"] < handed["time"]
        assert int(rows[-1]["sequence"]) > int(handed["sequence"])
        assert await office.answers(project) == sits
        assert len(await office.said(project, "team_assigned")) == 2

        receipts = await until_receipts(office, case, 3)
        assert [cause for cause, _, _ in receipts].count("changed") == 1
        new = (await office.sits(case))[MANAGER]
        assert new != owner
        managers = [name for _, name, role in receipts if role == "Account manager"]
        assert set(managers) <= {owner, new}
        assert managers == sorted(managers, key=[owner, new].index), "first the one, then the other"


_RECEIPTS = """
SELECT data->>'cause', data->'responsible'->>'staff_id', data->'responsible'->'role'->>'en'
FROM timeline.entry WHERE number = %s AND type LIKE '%%.receipt_issued.v%%' AND NOT retracted
ORDER BY at, sequence
"""


async def until_receipts(office: Office, number: str, count: int) -> list[tuple[str, str, str]]:
    """The receipts of a case that hold, once there are so many."""
    async with asyncio.timeout(60):
        while True:
            found = await office.upstream.rows(_RECEIPTS, number)
            if len(found) >= count:
                return [(one[0], one[1], one[2]) for one in found]
            await asyncio.sleep(0.2)
