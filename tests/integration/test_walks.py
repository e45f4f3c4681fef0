"""Every class of connection walks every way through its lifecycle, with time skipped: the shortest path, each
refusal, each pause, each overrun, withdrawal at each step, a dispute.

What a run says is held against what the pure case file says about the same facts. With `--record-walks` the
history of every walk is kept for `tests/replay`.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from deploy.demo.told import Told
from deploy.demo.year import Applicant, tell
from deploy.settings import load_settings
from events.catalogue import connection_facts as facts
from events.catalogue import service_facts
from events.catalogue.base import Fact
from events.catalogue.connection_events import CaseClosed, StepOverdue
from events.catalogue.registry import short_name
from events.catalogue.traits import CustomerType, Supply, Traits, Usage
from events.personal import personal_fields
from tests.integration.skipping import skipping
from tests.integration.test_time import Outside
from tests.replay.histories import WALKS, pack
from tests.unit.workflows.telling import policy
from workflows.casefile import CaseFile
from workflows.deadlines import limit_of
from workflows.lifecycles import LIFECYCLES, process_of
from workflows.messages import APPLY_FACT, TASK_QUEUE, FactMessage, FactOutcome
from workflows.opening import open_case
from workflows.policy import regimes
from workflows.policy.model import Policy
from workflows.sandbox import runner

WAIT = timedelta(minutes=15)
LONG = timedelta(days=150)
"""Longer than any limit and its escalation."""

CAUSES = (("customer_hold", "customer"), ("force_majeure", "government"), ("permit", "government"))
"""What upstream may stop a clock for, and who does."""

_ENTERPRISE = {"region": "460100", "customer_type": CustomerType.ENTERPRISE, "usage": Usage.INDUSTRIAL}


def _hv(**more: Any) -> Traits:
    given = {**_ENTERPRISE, "voltage_kv": Decimal(10), "capacity_kva": Decimal(1250), **more}
    return Traits.model_validate(given)


@dataclass(frozen=True)
class Class:
    """A class of connection: what is asked for, whether works are needed, and under which tables."""

    traits: Traits
    works: bool = True
    before: bool = False

    @property
    def policy(self) -> Policy:
        """The tables it lives by."""
        return regimes.before(policy()) if self.before else policy()


_SHOP = Traits.model_validate(
    {**_ENTERPRISE, "usage": "commercial", "voltage_kv": "0.38", "capacity_kva": "80"}
)
_HOME = Traits.model_validate(
    {
        "region": "460100",
        "customer_type": "resident",
        "usage": "residential",
        "voltage_kv": "0.22",
        "capacity_kva": "8",
    }
)
CLASSES = {
    "hv_single": Class(_hv()),
    "hv_single_no_duct": Class(_hv(cable_duct=False), works=False),
    "hv_dual": Class(_hv(supply=Supply.DUAL)),
    "hv_35": Class(_hv(voltage_kv=Decimal(35), capacity_kva=Decimal(20_000))),
    "hv_important": Class(_hv(important=True, supply=Supply.DUAL)),
    "hv_boundary_by_hand": Class(
        _hv(voltage_kv=Decimal(110), capacity_kva=Decimal(63_000), investment_cny=Decimal(10**8))
    ),
    "lv_works": Class(_SHOP),
    "lv_no_works": Class(_SHOP, works=False),
    "lv_home": Class(_HOME, works=False),
    "hv_before": Class(_hv(), before=True),
    "lv_before": Class(_SHOP, before=True),
}


class Punctual(Applicant):
    """An applicant with whom everything goes as it should."""

    def draw(self, act: str) -> float:
        """Never one of the rarities, which all lie near 0; a middling time for everything else."""
        return 0.4


@dataclass(frozen=True)
class Walk:
    """A way through a lifecycle: what happens, and how long nothing happens afterwards."""

    name: str
    story: list[Told]
    silence: timedelta = timedelta(0)


def walks(shortest: list[Told]) -> Iterator[Walk]:
    """Yield every way of a class. Delays between facts are those of the shortest path."""
    yield Walk("shortest", shortest)
    ended = len(shortest) - 1
    for place in range(ended):
        after = short_name(shortest[place].fact.type)
        yield Walk(f"withdrawn after {after}", _then(shortest, place, facts.Withdrawn()))
        yield Walk(f"silence after {after}", shortest[: place + 1], LONG)
    for place in range(ended):
        cause, actor = CAUSES[place % len(CAUSES)]
        after = short_name(shortest[place].fact.type)
        yield Walk(f"{cause} after {after}", _paused(shortest, place, cause, actor))
    yield from _refused(shortest)
    yield from _disputed(shortest)


def _then(story: list[Told], place: int, fact: Fact, gap: timedelta = timedelta(hours=1)) -> list[Told]:
    return [*story[: place + 1], Told(story[place].at + gap, fact)]


def _paused(story: list[Told], place: int, cause: str, actor: str) -> list[Told]:
    """Two days of standstill, by which everything after is later."""
    pause = facts.Paused.model_validate({"cause": cause, "actor": actor})
    begins = story[place].at + timedelta(minutes=1)
    ends = begins + timedelta(days=2)
    rest = [Told(told.at + timedelta(days=2), told.fact) for told in story[place + 1 :]]
    return [*story[: place + 1], Told(begins, pause), Told(ends, facts.Resumed(cause=cause)), *rest]


def _refused(story: list[Told]) -> Iterator[Walk]:
    """Documents missing, a plan objected to, an opinion with defects, a site without metering conditions."""
    for place, told in enumerate(story):
        match told.fact:
            case facts.ApplicationSubmitted(documents=(first, *rest)):
                opening = told.fact.model_copy(update={"documents": tuple(rest)})
                late = _later(story[place + 1 :], 3)
                supplied = Told(told.at + timedelta(days=2), facts.DocumentsSupplied(documents=(first,)))
                yield Walk("documents missing", [Told(told.at, opening), supplied, *late])
            case facts.PlanReplied() as plan:
                again = Told(told.at + timedelta(days=2), plan.model_copy(update={"plan_no": "P-2"}))
                objected = Told(told.at + timedelta(days=1), facts.PlanObjected(plan_no=plan.plan_no))
                confirmed = Told(told.at + timedelta(days=3), facts.PlanConfirmed(plan_no="P-2"))
                late = _later(story[place + 2 :], 4)
                yield Walk("plan objected to", [*story[: place + 1], objected, again, confirmed, *late])
            case facts.InspectionPassed():
                failed = Told(told.at, facts.InspectionFailed(defect_count=3))
                anew = Told(told.at + timedelta(days=2), facts.InspectionRequested())
                yield Walk("inspection failed", [*story[:place], failed, anew, *_later(story[place:], 3)])
            case facts.SurveyCompleted() as survey if len(story) > place + 1:
                unready = Told(told.at, survey.model_copy(update={"metering_conditions": False}))
                yield Walk("site not ready", [*story[:place], unready, *_later(story[place:], 2)])


def _later(story: list[Told], days: int) -> list[Told]:
    return [Told(told.at + timedelta(days=days), told.fact) for told in story]


def _disputed(story: list[Told]) -> Iterator[Walk]:
    """After energisation: agreed, taken further, met with silence; and a rating and a correction."""
    at, ref = story[-1].at, "D1"
    raised = service_facts.DisputeRaised(dispute=ref, about="duration")
    answered = service_facts.DisputeAnswered(dispute=ref, upheld=False)

    def told(*said: Fact) -> list[Told]:
        return [*story, *(Told(at + timedelta(days=1 + day), fact) for day, fact in enumerate(said))]

    agreed = service_facts.DisputeSettled(dispute=ref, agreed=True)
    further = service_facts.DisputeSettled(dispute=ref, agreed=False)
    yield Walk("dispute agreed", told(raised, answered, agreed))
    yield Walk("dispute taken further", told(raised, answered, further, answered))
    yield Walk("dispute met with silence", told(raised, answered), LONG)
    yield Walk("dispute unanswered", told(raised), LONG)
    corrected = service_facts.RecordCorrected(field="meter_no", value="M-2")
    yield Walk("rated and corrected", told(service_facts.ServiceRated(score=4), corrected))


@asynccontextmanager
async def working(folder: Path) -> AsyncIterator[tuple[WorkflowEnvironment, Outside]]:
    """A server that skips time, a worker, and what leaves its runs."""
    outside = Outside()
    async with (
        skipping(load_settings(), folder) as env,
        Worker(
            env.client,
            task_queue=TASK_QUEUE,
            workflows=[*LIFECYCLES.values()],
            activities=[outside.publish, outside.record, outside.quiet],
            workflow_runner=runner(),
        ),
    ):
        yield env, outside


class Walker:
    """Walks on a server that skips time. Every walk is a case of its own."""

    def __init__(self, env: WorkflowEnvironment, outside: Outside, name: str, *, record: bool) -> None:
        self._env, self._outside, self._cls, self._name = env, outside, CLASSES[name], name
        self._record = record
        self._count = 0

    async def shortest(self) -> list[Told]:
        """The class's path without a hitch, from tomorrow on."""
        begins = await self._env.get_current_time() + timedelta(days=1)
        who = Punctual(
            ref=self._name,
            seed=self._name,
            begins=begins,
            traits=self._cls.traits,
            channel="app",
            works_days=3 if self._cls.works else None,
        )
        return tell(self._cls.policy, who)

    async def walk(self, walk: Walk) -> tuple[list[dict[str, Any]], CaseFile]:
        """Walk in the run and in the case file; return what the run said, and the file."""
        self._count += 1
        number = f"{self._name}-{self._count}"
        messages = _messages(walk)
        name, start = open_case(self._cls.policy, messages[0], number, WAIT, WAIT)
        lifecycle = LIFECYCLES[name]
        await self._reach(messages[0].time)
        file = CaseFile(start, process_of(lifecycle), lifecycle.step_facts, messages[0].time)
        handle = await self._env.client.start_workflow(name, start, id=number, task_queue=TASK_QUEUE)
        for message in messages[1:]:
            await self._reach(message.time)
            outcome: FactOutcome = await handle.execute_update(
                APPLY_FACT, message, id=message.update_id, result_type=FactOutcome
            )
            assert outcome.fate == "applied", (walk.name, message.type, outcome)
            assert file.take(message, message.time) == outcome
        await self._reach(messages[-1].time + walk.silence + timedelta(minutes=1))
        file.judge(messages[-1].time + walk.silence)
        if self._record:
            path = WALKS / self._name / f"{walk.name.replace(' ', '_')}.json.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(pack(number, await handle.fetch_history()))
        with suppress(RPCError):  # it may have closed by itself
            await handle.terminate()
        return [event for event in self._outside.log if event["subject"] == number], file

    async def _reach(self, moment: datetime) -> None:
        if moment > (now := await self._env.get_current_time()):
            await self._env.sleep(moment - now)


def _messages(walk: Walk) -> list[FactMessage]:
    return [
        FactMessage(
            source="/upstream/test",
            id=f"f{place:02d}",
            type=told.fact.type,
            time=told.at,
            data=_sealed(told.fact),
        )
        for place, told in enumerate(walk.story)
    ]


def _sealed(fact: Fact) -> dict[str, Any]:
    """A fact's data as intake hands them on: something stands where its personal fields were."""
    data = fact.model_dump(mode="json", exclude_none=True)
    return data | {name: _SEAL for name in personal_fields(type(fact)) if name in data}


_SEAL = {"kid": "walks", "nonce": "AAAAAAAAAAAAAAAA", "ct": "A" * 24}


@pytest.mark.parametrize("name", CLASSES)
async def test_every_way_through_a_lifecycle(tmp_path: Path, name: str, pytestconfig: pytest.Config) -> None:
    cls, record = CLASSES[name], bool(pytestconfig.getoption("--record-walks"))
    seen: Counter[str] = Counter()
    late: set[str] = set()
    entered: set[str] = set()
    async with working(tmp_path) as (env, outside):
        walker = Walker(env, outside, name, record=record)
        for place in range(len([*walks(await walker.shortest())])):
            # Told anew each time: the clock has moved on, and with it the days that are worked.
            walk = [*walks(await walker.shortest())][place]
            log, file = await walker.walk(walk)
            _says_what_the_file_says(walk, log, file)
            _says_each_notice_once(walk, log)
            _pauses_add_up(walk, file)
            _ends_as_it_should(walk, log, file)
            seen += Counter(short_name(event["type"]) for event in log)
            late |= {event["data"]["step"] for event in log if event["type"] == StepOverdue.type}
            entered |= {
                step.rule.code for step in file.case.steps if limit_of(file.case.policy, step, cls.traits)
            }
    # An application is accepted at once or waits for the customer: nobody at the utility can be late with it.
    assert late == entered - {"application"}
    assert seen["overdue_escalated"] >= len(late)
    assert seen["dispute_settled"] == 3, "agreed, after a second answer, by silence"
    assert seen["duty_overdue"] >= 1, "nobody answered a dispute"


def _ends_as_it_should(walk: Walk, log: list[dict[str, Any]], file: CaseFile) -> None:
    if walk.name == "shortest":
        assert file.case.ending == "energised"
        assert not {"step_overdue", "duty_overdue"} & {short_name(event["type"]) for event in log}, log
    elif walk.name.startswith("withdrawn"):
        assert file.case.ending == "withdrawn", walk.name
    elif walk.silence == timedelta(0):
        assert file.case.ending == "energised", walk.name


def _says_what_the_file_says(walk: Walk, log: list[dict[str, Any]], file: CaseFile) -> None:
    said = Counter((one.draft.type, str(one.draft.data)) for one in file.case.said)
    told = Counter((event["type"], str(event["data"])) for event in log if event["type"] != CaseClosed.type)
    assert told == said, walk.name


def _says_each_notice_once(walk: Walk, log: list[dict[str, Any]]) -> None:
    notices = ("due_soon", "step_overdue", "overdue_escalated", "duty_overdue", "duty_escalated")
    found = Counter(
        (
            short_name(event["type"]),
            event["data"].get("step"),
            event["data"].get("duty"),
            event["data"]["due_at"],
        )
        for event in log
        if short_name(event["type"]) in notices
    )
    assert all(count == 1 for count in found.values()), (walk.name, found)


def _pauses_add_up(walk: Walk, file: CaseFile) -> None:
    """The days that pauses took are what lies between gross and net."""
    for one in file.case.said:
        if short_name(one.draft.type) == "elapsed_measured":
            assert 0 <= one.draft.data["net_days"] <= one.draft.data["gross_days"], walk.name
    assert all(pause.ended_at is None or pause.started_at <= pause.ended_at for pause in file.case.pauses)
    assert file.case.ended_at is None or all(pause.ended_at for pause in file.case.pauses)
