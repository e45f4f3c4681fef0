"""Cut from a policy what one case needs, as data."""

from collections.abc import Iterable
from datetime import date

from events.canonical import digest
from events.catalogue.connection_events import LimitShown, Officer
from events.catalogue.traits import Traits
from events.errors import MingdianError
from workflows.policy import regions
from workflows.policy.calendars import calendar_of
from workflows.policy.conditions import holds
from workflows.policy.documents import needed
from workflows.policy.force import as_of
from workflows.policy.model import CaseSlice, LimitChoice, PauseRule, Policy, StepRule, TaskRule
from workflows.policy.processes import process_for
from workflows.policy.rows import Calendar, Condition, Period, Process, Step, Task
from workflows.policy.visits import allowed

YEARS_BEFORE, YEARS_AFTER = 1, 2
"""Years of the calendar that a case carries, around the year in which it was submitted."""

REMIND_BEFORE, ESCALATE_AFTER, AFTER_SERVICE = "remind_before", "escalate_after", "after_service"
PERIODS = (REMIND_BEFORE, ESCALATE_AFTER, AFTER_SERVICE)
"""The periods that every profile must state."""


def slice_for(policy: Policy, traits: Traits, submitted_on: date) -> CaseSlice:
    """Return all policy that an application submitted on this local day needs for its life.

    Raises MingdianError `unknown_region`, `no_process` or `no_period` where the policy of that day has none.
    """
    region = regions.resolve(policy, traits.region)
    if region is None:
        raise MingdianError("unknown_region", "The region is not one of this profile's. Send one it lists.")
    held = as_of(policy, submitted_on)
    process = process_for(held, traits)
    years = range(submitted_on.year - YEARS_BEFORE, submitted_on.year + YEARS_AFTER + 1)
    calendar = calendar_of(held, years)
    return CaseSlice(
        policy_version=policy.version,
        calendar_version=calendar_version(calendar),
        profile=policy.profile,
        source=policy.source,
        timezone=policy.timezone,
        region=region,
        kind=traits.connection_kind,
        process=process.code,
        workflow=process.workflow,
        steps=tuple(_step(held, process, step, traits) for step in process.steps),
        documents=needed(held.documents, traits),
        pauses=tuple(_pauses(held)),
        tasks=tuple(_tasks(held, traits)),
        boundary_rules=held.boundary_rules,
        targets=tuple(target for target in held.targets if holds(_decided_later(target.when), traits)),
        visits_allowed=allowed(held, traits),
        team=team_of(held, region),
        calendar=calendar,
        remind_before=_shown(_period(held, REMIND_BEFORE)),
        escalate_after=_shown(_period(held, ESCALATE_AFTER)),
        after_service_days=_period(held, AFTER_SERVICE).value,
    )


def team_of(policy: Policy, region: str) -> dict[str, tuple[Officer, ...]]:
    """Return the staff of a region by role, those who serve every region after its own."""
    names = {role.code: role.name for role in policy.roles}
    own = [row for row in policy.teams if row.region == region]
    everywhere = [row for row in policy.teams if row.region == "*"]
    team: dict[str, tuple[Officer, ...]] = {}
    for row in own + everywhere:
        officer = Officer(staff_id=row.id, name=row.name, role=names[row.role], phone=row.phone)
        team[row.role] = (*team.get(row.role, ()), officer)
    return team


def _step(policy: Policy, process: Process, step: Step, traits: Traits) -> StepRule:
    limits = (
        LimitChoice(when=row.when, limit=row.shown)
        for row in policy.limits
        if row.process == process.code and row.step == step.code and holds(_decided_later(row.when), traits)
    )
    return StepRule(
        code=step.code,
        name=step.name,
        responsible_role=step.responsible_role,
        supervisor_role=step.supervisor_role,
        customer_step=step.customer_step,
        optional=step.optional,
        next=step.next,
        limits=tuple(limits),
    )


def _decided_later(condition: Condition) -> Condition:
    """The part of a condition that is certain at submission: whether a duct is needed, only the plan says."""
    return condition.model_copy(update={"cable_duct": None})


def calendar_version(calendar: Calendar) -> str:
    """Return the hash of a calendar's content."""
    return digest(calendar.model_dump(mode="json"))


def _tasks(policy: Policy, traits: Traits) -> Iterable[TaskRule]:
    """The first row of each duty whose condition holds."""
    seen: set[str] = set()
    for row in policy.tasks:
        if row.duty in seen or not holds(row.when, traits):
            continue
        seen.add(row.duty)
        yield TaskRule(
            code=row.duty,
            name=row.name,
            responsible_role=row.responsible_role,
            supervisor_role=row.supervisor_role,
            actor=row.actor,
            limit=_limit_of(row),
        )


def _limit_of(row: Task) -> LimitShown | None:
    if row.value is None:
        return None
    return LimitShown(
        value=row.value, unit=row.unit, statistic=row.statistic, basis=row.basis, source=row.source
    )


def _pauses(policy: Policy) -> Iterable[PauseRule]:
    for row in policy.pauses:
        yield PauseRule(
            code=row.code,
            pauses_step=row.pauses_step,
            pauses_end_to_end=row.pauses_end_to_end,
            actor=row.actor,
            automatic=row.automatic,
        )


def _period(policy: Policy, code: str) -> Period:
    for row in policy.periods:
        if row.code == code:
            return row
    raise MingdianError("no_period", f"Profile {policy.profile} states no {code} for that day. Add a row.")


def _shown(period: Period) -> LimitShown:
    return LimitShown(
        value=period.value,
        unit=period.unit,
        statistic=period.statistic,
        basis=period.basis,
        source=period.source,
    )
