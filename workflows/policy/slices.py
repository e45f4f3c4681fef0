"""Cut from a policy what one case needs, as data; and cut anew when calendar or policy change under it."""

from collections.abc import Callable, Iterable
from datetime import date

from events.catalogue.connection_events import Officer
from events.catalogue.traits import Kind, Traits
from events.errors import MingdianError
from workflows.policy import boundary, regions
from workflows.policy.calendars import calendar_of, version_of
from workflows.policy.conditions import holds
from workflows.policy.documents import needed
from workflows.policy.force import as_of
from workflows.policy.lifecycles import DISPUTE_DUTIES, LATE_DISPUTE
from workflows.policy.model import CaseSlice, LimitChoice, PauseRule, Policy, StepRule, TaskRule
from workflows.policy.processes import dispute_process, kind_for, process_for, steps_of
from workflows.policy.rows import BoundaryRule, Period, Process, Step, Target, TeamMember
from workflows.policy.table import Condition
from workflows.policy.visits import allowed

YEARS_BEFORE = 1
"""From how many years before its submission a case carries the calendar, up to the last year known."""

REMIND_BEFORE, ESCALATE_AFTER, AFTER_SERVICE = "remind_before", "escalate_after", "after_service"
PERIODS = (REMIND_BEFORE, ESCALATE_AFTER, AFTER_SERVICE)
"""The periods that every profile must state."""


def slice_for(policy: Policy, traits: Traits, submitted_on: date) -> CaseSlice:
    """Return all policy that an application submitted on this local day needs for its life.

    Raises MingdianError `unknown_region`, `no_process` or `no_period` where the policy of that day has none.
    """
    return _cut(policy, traits, submitted_on, process_for)


def dispute_slice(policy: Policy, traits: Traits, raised_on: date) -> CaseSlice:
    """Return the policy that a dispute needs which came after its case was closed: people, clocks and the
    duties of a dispute. `traits` are those of the application.

    Raises MingdianError `unknown_region`, `no_late_disputes` or `no_period`.
    """
    whole = _cut(policy, traits, raised_on, lambda held, _: dispute_process(held))
    return whole.model_copy(
        update={
            "documents": (),
            "pauses": (),
            "tasks": tuple(task for task in whole.tasks if task.code in DISPUTE_DUTIES),
            "boundary_version": None,
            "boundary_rules": (),
            "targets": (),
            "visits_allowed": None,
        }
    )


def _cut(policy: Policy, traits: Traits, day: date, choose: Callable[[Policy, Traits], Process]) -> CaseSlice:
    """Cut the slice for the process that `choose` picks from the policy of a local day."""
    region = regions.resolve(policy, traits.region)
    if region is None:
        raise MingdianError("unknown_region", "The region is not one of this profile's. Send one it lists.")
    held = as_of(policy, day)
    kind, process = kind_for(held, traits), choose(held, traits)
    steps = steps_of(process, traits, kind)
    calendar = calendar_of(held, day.year - YEARS_BEFORE)
    version = boundary.version_for(held.boundary_versions, traits)
    return CaseSlice(
        policy_version=policy.version,
        calendar_version=version_of(calendar),
        profile=policy.profile,
        source=policy.source,
        timezone=policy.timezone,
        region=region,
        kind=kind,
        process=process.code,
        workflow=process.workflow,
        steps=tuple(_step(held, process.code, step, traits, kind) for step in steps),
        documents=needed(held.documents, traits, kind),
        pauses=tuple(_pauses(held)),
        tasks=tuple(_tasks(held, traits, kind, {step.code for step in steps})),
        boundary_version=version,
        boundary_rules=tuple(_rules(held, version)),
        targets=tuple(_targets(held, traits, kind)),
        visits_allowed=allowed(held, traits, kind),
        team=team_of(held, region),
        calendar=calendar,
        remind_before=_period(held, REMIND_BEFORE).shown,
        escalate_after=_period(held, ESCALATE_AFTER).shown,
        after_service_days=_period(held, AFTER_SERVICE).value,
    )


def amended(held: CaseSlice, policy: Policy) -> CaseSlice:
    """Return a case's slice with the newest calendar and all else as it was; equal where nothing changed."""
    calendar = calendar_of(policy, held.calendar.first_year)
    return held.model_copy(update={"calendar": calendar, "calendar_version": version_of(calendar)})


def resliced(held: CaseSlice, policy: Policy, traits: Traits, day: date) -> CaseSlice:
    """Return a case's slice by the policy of a local day: an explicit change of policy, everything at once.

    Raises MingdianError `other_process` where the case would have to change its process or the list of its
    steps: a running case can't.
    """
    cut = dispute_slice if held.workflow == LATE_DISPUTE else slice_for
    new = cut(policy, traits.model_copy(update={"region": held.region}), day)
    if new.process != held.process or [s.code for s in new.steps] != [s.code for s in held.steps]:
        raise MingdianError(
            "other_process",
            "By that policy the case would go through another process. Let it end by the one it began with.",
        )
    return new


def team_of(policy: Policy, region: str) -> dict[str, tuple[Officer, ...]]:
    """Return the staff of a region by role, those who serve every region after its own."""
    own = [row for row in policy.teams if row.region == region]
    return _by_role(policy, own + [row for row in policy.teams if row.region == "*"])


def staff_of(policy: Policy) -> dict[str, tuple[Officer, ...]]:
    """Return the staff of all regions by role, in the order of the table."""
    return _by_role(policy, policy.teams)


def _by_role(policy: Policy, rows: Iterable[TeamMember]) -> dict[str, tuple[Officer, ...]]:
    names = {role.code: role.name for role in policy.roles}
    team: dict[str, tuple[Officer, ...]] = {}
    for row in rows:
        officer = Officer(staff_id=row.id, name=row.name, role=names[row.role], phone=row.phone)
        team[row.role] = (*team.get(row.role, ()), officer)
    return team


def _step(policy: Policy, process: str, step: Step, traits: Traits, kind: Kind) -> StepRule:
    limits = (
        LimitChoice(when=_still_open(row.when), limit=row.shown)
        for row in policy.limits
        if row.process == process and row.step == step.code and _may_hold(row.when, traits, kind)
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


def _targets(policy: Policy, traits: Traits, kind: Kind) -> Iterable[Target]:
    for row in policy.targets:
        if _may_hold(row.when, traits, kind):
            yield row.model_copy(update={"when": _still_open(row.when)})


def _may_hold(condition: Condition, traits: Traits, kind: Kind) -> bool:
    """Whether a condition can come true for the case: whether a duct is needed, only the plan says."""
    return holds(condition.model_copy(update={"cable_duct": None}), traits, kind)


def _still_open(condition: Condition) -> Condition:
    """The condition without what is settled for good: the kind under which the case is handled."""
    return condition.model_copy(update={"kinds": None})


def _tasks(policy: Policy, traits: Traits, kind: Kind, steps: set[str]) -> Iterable[TaskRule]:
    """The first row of each duty whose condition holds. A step of the process is no duty beside it."""
    seen: set[str] = set(steps)
    for row in policy.tasks:
        if row.duty in seen or not holds(row.when, traits, kind):
            continue
        seen.add(row.duty)
        yield TaskRule(
            code=row.duty,
            name=row.name,
            responsible_role=row.responsible_role,
            supervisor_role=row.supervisor_role,
            actor=row.actor,
            limit=row.shown,
            minutes=row.minutes,
        )


def _rules(policy: Policy, version: str | None) -> Iterable[BoundaryRule]:
    """The rules of one version, without the texts that only pages show."""
    for row in policy.boundary_rules:
        if row.version == version:
            yield row.model_copy(update={"scope": (), "note": None})


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
