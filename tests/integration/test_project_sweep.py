"""Other tables reach key projects under way, once, with the version that each comes from; who stands in no
table any more is replaced; and where one run follows another nothing of it is lost."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from deploy.audit.audit import Scope, audit
from deploy.processes import projector as projector_process
from deploy.profiles.loader import load_profiles
from deploy.settings import Settings
from deploy.sweep import Change, sweep
from events.catalogue import project_change_facts as changes
from events.catalogue import project_facts as facts
from tests.integration.office_of_projects import LONG_AGO, Office, nothing
from tests.integration.projecting import folding
from tests.integration.test_project_runs import all_said, runs_of, started, told, working
from tests.integration.test_sweep import KilledError, killed_once_sent
from tests.integration.upstreams import at_work, upstream_of
from tests.unit.workflows.projecting import fact
from workflows.intake.engine import Engine
from workflows.messages import FactMessage
from workflows.policy.model import Policy
from workflows.policy.project_slice import resliced
from workflows.policy.staffing import MANAGER
from workflows.temporal import connect

_ENTRIES = """
SELECT type, data FROM prestart_story.entry WHERE number = %s AND type ~ %s ORDER BY sequence
"""
PER_RUN = 5


@pytest.fixture(scope="module")
def settings(few: Settings) -> Settings:
    """A sweep tells every open case."""
    return few


def slower(policy: Policy) -> Policy:
    """The policy, with civil works that take forty days more."""
    rows = tuple(
        one.model_copy(update={"days": one.days + 40}) if one.id == "civil" else one
        for one in policy.works_stages
    )
    return policy.model_copy(update={"works_stages": rows, "version": "5" * 64})


@pytest.fixture
async def office(settings: Settings) -> AsyncIterator[Office]:
    client = await connect(settings.temporal_address, settings.namespace)
    engine = Engine(client, {}, settings.early_wait, settings.late_grace)
    async with upstream_of(settings, f"tables-{datetime.now(UTC):%M%S%f}") as upstream:
        yield Office(settings, upstream, engine)


async def test_projects_live_by_other_tables_from_then_on(settings: Settings, office: Office) -> None:
    client, now = await connect(settings.temporal_address, settings.namespace), datetime.now(UTC)
    policy = office.policy
    change = Change("policy", slower(policy), now.date(), "works take longer")
    soon = (now + timedelta(days=105)).date().isoformat()
    async with at_work(settings, others=[projector_process.run]):
        [number, bare] = [
            *await office.projects(["light"], expected_energise_on=soon),
            *await office.projects(["bare"]),
        ]
        mine = [number, bare]
        await office.until("SELECT FROM prestart.project WHERE number = ANY(%s) HAVING count(*) = 2", mine)

        async def entries(one: str, name: str) -> list[dict[str, Any]]:
            rows = await office.upstream.rows(_ENTRIES, one, f"[.]{name}[.]v")
            return [data for _, data in rows]

        dry = await sweep(settings, client, change, nothing, dry_run=True)
        assert set(mine) <= {one.number for one in dry.told}
        assert await entries(number, "policy_amended") == []
        calendar = await sweep(settings, client, replace(change, what="calendar"), nothing, dry_run=True)
        assert not set(mine) & {one.number for one in calendar.told}

        # Killed as soon as all is sent, and run again.
        with pytest.raises(KilledError):
            await sweep(settings, client, change, killed_once_sent)
        swept = await sweep(settings, client, change, nothing)
        assert not swept.behind
        again = await sweep(settings, client, change, nothing)
        assert not set(mine) & {one.number for one in again.told}

        for one in mine:
            [event] = await entries(one, "policy_amended")
            assert (event["from_version"], event["to_version"]) == (policy.version, "5" * 64)
            assert (event["changed"], event["note"]) == (["works_stages"], "works take longer")
            held = (await office.standing(one)).policy
            assert held.policy_version == "5" * 64
        turned = await entries(number, "light_turned")
        assert [one["light"] for one in turned] == ["green", "red"]
        assert [one["light"] for one in await entries(number, "light_escalated")] == ["red"]
        assert await entries(bare, "light_turned") == []
        rows = await office.upstream.rows(
            "SELECT policy_version FROM prestart.project WHERE number = %s", bare
        )
        assert rows == [("5" * 64,)]

        # Taken back: told once more, from the other version.
        back = await sweep(settings, client, replace(change, policy=policy, note="withdrawn"), nothing)
        told_back = {one.number: (one.light_before, one.light_after) for one in back.told}
        assert (told_back[number], told_back[bare]) == (("red", "green"), (None, None))
        assert (await entries(bare, "policy_amended"))[-1]["from_version"] == "5" * 64


async def test_who_stands_in_no_table_any_more_is_replaced_by_a_sweep(
    settings: Settings, office: Office
) -> None:
    client, now = await connect(settings.temporal_address, settings.namespace), datetime.now(UTC)
    async with at_work(settings, others=[projector_process.run]):
        [number] = await office.projects(["stranger"])
        await office.until("SELECT FROM prestart.project WHERE number = %s", number)
        manager = (await office.sits(number))[MANAGER]
        teams = tuple(one for one in office.policy.teams if one.id != manager)
        without = office.policy.model_copy(update={"teams": teams, "version": "6" * 64})
        swept = await sweep(settings, client, Change("policy", without, now.date(), "teams"), nothing)
        assert swept.handed is not None
        assert number in {one.number for one in swept.handed.seats}
        sits = await office.answers(number)
        assert sits[MANAGER] != manager
        [handed] = await office.said(number, "project_handed_over")
        assert handed["data"]["before"]["staff_id"] == manager, "the project knows who it was"
        held = (await office.standing(number)).policy
        assert (held.policy_version, held.team.manager.staff_id) == ("6" * 64, sits[MANAGER])
        back = Change("policy", office.policy, now.date(), "back")
        assert not (await sweep(settings, client, back, nothing)).behind
    with folding(settings):
        report = await audit(settings, Scope(subject=number), patience=20)
    assert report.totals == {}, report.findings


async def test_teams_and_tables_go_on_from_run_to_run(settings: Settings) -> None:
    """Hand-overs and tables told in a burst with other facts, while run follows run: all are said once, and
    the last run has the team and the tables that were told last."""
    number = "HNK-2026-740001"
    policies = load_profiles(settings.profiles)
    policy, wait = policies["hainan"], timedelta(seconds=1)
    staff = ("HN-KM1", "HN-KM2", "HN-KM3")
    async with working(settings) as client:
        handle = await started(client, settings, number, PER_RUN)
        engine = Engine(client, policies, wait, wait)
        for wave in range(12):
            standing = await engine.standing(number)
            assert standing is not None
            one = slower(policy).model_copy(update={"version": f"{wave:064}"})
            slice_ = resliced(standing.policy, one, number, LONG_AGO.replace(year=2026))
            amended = changes.PolicyAmended(policy=slice_.model_dump(mode="json"), day=LONG_AGO, note="-")
            burst = [
                _fact(wave, "a", amended),
                _fact(wave, "h", _handed(policy, staff[wave % 3])),
                *(_fact(wave, f"s{n}", _spent()) for n in range(2)),
            ]
            fates = await asyncio.gather(*(told(engine, number, one) for one in burst))
            assert fates == ["applied"] * len(burst)
            await asyncio.sleep(1.1 if wave % 3 == 2 else 0.2)
        standing = await engine.standing(number)
        events = await all_said(settings, number, 24)
        runs = await runs_of(client, handle)
        await handle.terminate()
    assert len(runs) >= 4
    assert standing is not None
    assert standing.policy.policy_version == f"{11:064}"
    assert standing.policy.team.manager.staff_id == staff[11 % 3]
    versions = [one["data"]["to_version"] for one in events if ".policy_amended." in one["type"]]
    assert versions == [f"{wave:064}" for wave in range(12)]
    assert {one["policyversion"] for one in events if ".spending_recorded." in one["type"]} <= {
        policy.version,
        *versions,
    }
    handed = [one["data"]["after"]["staff_id"] for one in events if ".project_handed_over." in one["type"]]
    assert handed == [staff[wave % 3] for wave in range(12)]
    named = [one["data"]["manager"]["staff_id"] for one in events if ".team_assigned." in one["type"]]
    assert named[-1] == staff[11 % 3]


def _fact(wave: int, name: str, data: Any) -> FactMessage:
    given = data.model_dump(mode="json", exclude_none=True)
    return fact(wave + 1, type(data), id=f"{name}-{wave}", source="/mingdian/hainan", **given)


def _spent() -> facts.SpendingRecorded:
    return facts.SpendingRecorded.model_validate({"amount_cny": "1", "on": "civil"})


def _handed(policy: Policy, name: str) -> changes.ProjectHandedOver:
    [row] = [one for one in policy.teams if one.id == name]
    [role] = [one.name for one in policy.roles if one.id == row.role]
    officer = {"staff_id": row.id, "name": row.name, "phone": row.phone, "role": role}
    told_ = {"role": MANAGER, "officer": officer, "why": "assigned"}
    return changes.ProjectHandedOver.model_validate(told_)
