"""What the measures save: one year of applications, carried by the real lifecycles under today's tables and
under those of before.

A simulation, and said to be one: customers and building take the same time under both, the utility takes the
same share of whatever limit its tables give it (`deploy/demo/year.py`).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import fmean
from zoneinfo import ZoneInfo

from deploy.demo.told import Told
from deploy.demo.year import APPLICATIONS, Applicant, applicants, tell
from events.catalogue.connection_events import ElapsedMeasured
from events.catalogue.traits import Kind
from events.errors import MingdianError
from projections.api.savings import SavedClass, Savings
from workflows.anytime import Attending
from workflows.case import Case
from workflows.lifecycles import LIFECYCLES, process_of
from workflows.messages import FactMessage
from workflows.opening import open_case
from workflows.policy import regimes
from workflows.policy.model import Policy
from workflows.script import read

SEED = 7
_WAIT = timedelta(seconds=20)


@dataclass
class _Tally:
    """What the cases of one class came to under one set of tables."""

    steps: list[int] = field(default_factory=list)
    documents: list[int] = field(default_factory=list)
    gross: list[int] = field(default_factory=list)


def savings(policy: Policy, seed: int = SEED, count: int = APPLICATIONS) -> Savings:
    """Return the comparison over the newest year whose holidays are published. Pure: the same policy gives
    the same figures."""
    begins = datetime(max(policy.years_published), 1, 1, tzinfo=ZoneInfo(policy.timezone))
    year = list(applicants(policy, seed, begins, count))
    now, before = _tallies(policy, year), _tallies(regimes.before(policy), year)
    return Savings(
        cases=count,
        seed=seed,
        policy_version=policy.version,
        classes=tuple(_class(kind, now[kind], before[kind]) for kind in Kind if now[kind].gross),
    )


def _class(kind: Kind, now: _Tally, before: _Tally) -> SavedClass:
    return SavedClass(
        kind=kind,
        cases=len(now.steps),
        steps_before=max(before.steps),
        steps_now=max(now.steps),
        documents_before=fmean(before.documents),
        documents_now=fmean(now.documents),
        days_before=fmean(before.gross),
        days_now=fmean(now.gross),
    )


def _tallies(policy: Policy, year: Iterable[Applicant]) -> dict[Kind, _Tally]:
    found: dict[Kind, _Tally] = defaultdict(_Tally)
    for who in year:
        case = lived(policy, who)
        tally = found[case.policy.kind]
        tally.steps.append(sum(step.customer_step for step in case.policy.steps))
        tally.documents.append(sum(not one.waived for one in case.policy.documents))
        tally.gross += [
            int(one.draft.data["gross_days"]) for one in case.said if one.draft.type == ElapsedMeasured.type
        ]
    return found


def lived(policy: Policy, who: Applicant) -> Case:
    """Return an application that has gone its whole way under these tables."""
    facts = [_message(who, place, told) for place, told in enumerate(tell(policy, who))]
    name, start = open_case(policy, facts[0], who.ref, _WAIT, _WAIT)
    case = Case(start, start.policy)
    reading = read(process_of(LIFECYCLES[name])(case), Attending(case), facts, facts[-1].time)
    if reading.left:
        raise MingdianError("untold", f"{who.ref}: {reading.left[0].type} finds no place under these tables.")
    return case


def _message(who: Applicant, place: int, told: Told) -> FactMessage:
    data = told.fact.model_dump(mode="json", exclude_none=True)
    return FactMessage(
        source="/year", id=f"{who.ref}-{place:02d}", type=told.fact.type, time=told.at, data=data
    )
