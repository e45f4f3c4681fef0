"""What the personnel department (人事) tells in a demo: leave that is planned and called off, notice that is
given and taken back. When all is told everybody is there as before: a run leaves the next one its staff."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from deploy.demo.facts import FedFact, cloud_event, fed
from events.catalogue.registry import short_name
from events.catalogue.roster_facts import AbsenceReported, DepartureReported, ReturnReported, RosterFact
from workflows.policy import clock
from workflows.policy.model import Policy
from workflows.policy.staffing import ENGINEER, MANAGER

_PLANNED, _LEAVES = timedelta(days=40), timedelta(days=90)
_WEEK = timedelta(days=6)
_HOUR = timedelta(hours=1)


def personnel_facts(policy: Policy, seed: int, run: int, now: datetime) -> list[FedFact]:
    """Return the facts of a run, in their order; none in a profile whose personnel department is not
    listed."""
    if not policy.personnel:
        return []
    rng = Random(f"{seed}/{run}/personnel")  # noqa: S311 - drawn, not secret
    source = policy.personnel[0]
    return [
        fed(
            cloud_event(
                policy.profile,
                said.staff_id,
                f"D{seed}-{run}-{short_name(said.type)}",
                now - timedelta(days=2) + place * _HOUR,
                said,
                source=source,
            )
        )
        for place, said in enumerate(_told(policy, rng, now))
    ]


def _told(policy: Policy, rng: Random, now: datetime) -> Iterator[RosterFact]:
    today = clock.local_day(now, policy.timezone)
    planned, leaves = today + _PLANNED, today + _LEAVES
    away, notice = (_one(policy, rng, role) for role in (ENGINEER, MANAGER))
    yield AbsenceReported(staff_id=away, first=planned, last=planned + _WEEK)
    yield ReturnReported(staff_id=away, on=planned)
    yield DepartureReported(staff_id=notice, on=leaves)
    yield ReturnReported(staff_id=notice, on=leaves)


def _one(policy: Policy, rng: Random, role: str) -> str:
    return rng.choice([row.id for row in policy.teams if row.role == role])
