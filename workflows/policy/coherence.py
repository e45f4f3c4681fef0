"""Do the rows of a policy fit each other on one day? Every name that a row uses is listed, every stated count
is that of the tables, and every region has the people that the steps ask for."""

from collections import Counter
from collections.abc import Iterator

from events.catalogue.traits import Kind
from workflows.policy import documents, processes, rota
from workflows.policy.calendars import days_off
from workflows.policy.faults import Fault
from workflows.policy.lifecycles import DUTIES, LATE_DISPUTE, STEPS
from workflows.policy.model import Policy
from workflows.policy.rows import Process, StatedCount
from workflows.policy.slices import PERIODS, team_of
from workflows.policy.staffing import KEY_REPLY, MANAGER, SUPERVISOR


def faults(policy: Policy) -> list[Fault]:
    """Return what does not fit in a policy as it holds on one day."""
    found = list(_processes(policy))
    if found:
        return found  # the checks below walk through steps, and would only repeat these faults
    checks = (_limits, _tasks, _documents, _counts, _boundary, _regions, _staff, _rota, _periods)
    return [fault for check in checks for fault in check(policy)]


def calendar_faults(policy: Policy) -> Iterator[Fault]:
    """What is wrong with the calendar, on whichever day it is read."""
    for row in policy.holidays:
        if row.last < row.first:
            yield Fault("holidays", row.id, "ends before it begins.")
        wrong = [day for day in row.working_weekends if day.weekday() < 5 or day in set(days_off(row))]
        for day in wrong:
            yield Fault("holidays", row.id, f"works on {day}, which is no weekend day to make up on.")


def _processes(policy: Policy) -> Iterator[Fault]:
    for process in policy.processes:
        codes = [step.code for step in process.steps]
        for step in process.steps:
            if step.next is not None and step.next not in codes:
                yield Fault("processes", process.id, f"step {step.code} is followed by unknown {step.next}.")
            if step.code not in STEPS[process.workflow]:
                known = ", ".join(sorted(STEPS[process.workflow]))
                yield Fault("processes", process.id, f"has unknown step {step.code}. There are: {known}.")
        for code, count in Counter(codes).items():
            if count > 1:
                yield Fault("processes", process.id, f"has step {code} {count} times. Keep one.")
        orders = [step.order for step in process.steps]
        if not orders or orders != sorted(set(orders)):
            yield Fault("processes", process.id, "needs steps, and their order must rise.")
    yield from _one_for_each(policy)


def _one_for_each(policy: Policy) -> Iterator[Fault]:
    """A kind goes one way, and so do late disputes, which are of no kind."""
    for kind in Kind:
        for now in (True, False):
            listed = [row.id for row in policy.processes if row.now is now and kind in row.kinds]
            if len(set(listed)) > 1:
                yield Fault("processes", listed[-1], f"is a second process for {kind}. Keep one.")
    disputes = [row.id for row in policy.processes if row.workflow == LATE_DISPUTE]
    if len(set(disputes)) > 1:
        yield Fault("processes", disputes[-1], "is a second process for late disputes. Keep one.")
    for row in policy.processes:
        if bool(row.kinds) == (row.workflow == LATE_DISPUTE):
            yield Fault("processes", row.id, "must name kinds; that of late disputes alone connects none.")


def _limits(policy: Policy) -> Iterator[Fault]:
    known = {(process.id, step.code) for process in policy.processes for step in process.steps}
    for row in policy.limits:
        if (row.process, row.step) not in known:
            yield Fault("limits", row.id, f"names unknown step {row.process}/{row.step}. Name a listed one.")


def _tasks(policy: Policy) -> Iterator[Fault]:
    for row in policy.tasks:
        if row.duty not in DUTIES:
            known = ", ".join(sorted(DUTIES))
            yield Fault("tasks", row.id, f"names unknown task {row.duty}. There are: {known}.")


def _documents(policy: Policy) -> Iterator[Fault]:
    for item in policy.documents:
        for step, now in ((item.step_before, False), (item.step_now, True)):
            ways = [row for row in policy.processes if row.now is now and set(row.kinds) & set(item.kinds)]
            if step is not None and not all(_has_step(way, step) for way in ways):
                yield Fault("documents", item.id, f"names unknown step {step}. Name one of its process.")


def _has_step(process: Process, code: str) -> bool:
    return any(step.code == code for step in process.steps)


def _counts(policy: Policy) -> Iterator[Fault]:
    for row in policy.counts:
        for kind in row.kinds:
            found = _count(policy, row, kind)
            if found != (row.before, row.now):
                stated = f"{row.before} before and {row.now} now"
                yield Fault("counts", row.id, f"states {stated}; the {row.of} of {kind} count {found}.")


def _count(policy: Policy, row: StatedCount, kind: Kind) -> tuple[int | None, int] | None:
    if row.of == "documents":
        return documents.catalogue_counts(policy, kind)
    return processes.counts(policy).get(kind)


def _boundary(policy: Policy) -> Iterator[Fault]:
    versions = [row.id for row in policy.boundary_versions]
    for table, orders in (
        ("boundary_versions", [(row.id, row.order) for row in policy.boundary_versions]),
        ("boundary_rules", [(row.id, row.order) for row in policy.boundary_rules]),
    ):
        uses = Counter(order for _, order in orders)
        for name, order in orders:
            if uses[order] > 1:
                yield Fault(table, name, f"shares its order {order} with another row.")
    for rule in policy.boundary_rules:
        if rule.version not in versions:
            yield Fault(
                "boundary_rules", rule.id, f"names unknown version {rule.version}. Name a listed one."
            )
    for version in versions:
        if all(rule.version != version for rule in policy.boundary_rules):
            yield Fault("boundary_versions", version, "has no rules. Add some, or drop it.")


def _regions(policy: Policy) -> Iterator[Fault]:
    codes = {row.id for row in policy.regions}
    uses = Counter(alias for row in policy.regions for alias in row.aliases)
    for row in policy.regions:
        for alias in row.aliases:
            if alias in codes or uses[alias] > 1:
                yield Fault("regions", row.id, f"has alias {alias}, which means another region too. Drop it.")


def _staff(policy: Policy) -> Iterator[Fault]:
    roles, codes = {row.id for row in policy.roles}, {row.id for row in policy.regions}
    strangers = [row for row in policy.teams if row.role not in roles or row.region not in {*codes, "*"}]
    for row in strangers:
        yield Fault("teams", row.id, "names an unknown role or region. Name a listed one.")
    steps = [step for process in policy.processes for step in process.steps]
    needed = {MANAGER, SUPERVISOR}
    needed |= {role for one in steps for role in (one.responsible_role, one.supervisor_role)}
    needed |= {role for one in policy.tasks for role in (one.responsible_role, one.supervisor_role)}
    for region in () if strangers else policy.regions:
        team = team_of(policy, region.id)
        for role in sorted(needed - team.keys()):
            yield Fault("teams", region.id, f"has nobody as {role}. Add somebody.")
        seats = Counter(officer.name for officers in team.values() for officer in officers)
        for name in sorted(name for name, count in seats.items() if count > 1):
            yield Fault("teams", region.id, f"has {name} in two seats. Nobody supervises himself.")


def _rota(policy: Policy) -> Iterator[Fault]:
    known = {row.id for row in policy.teams}
    for row in policy.rota:
        for staff_id in sorted(set(row.staff) - known):
            yield Fault("rota", row.id, f"names {staff_id}, who is in no team. Name somebody who is.")
    if policy.rota and (free := rota.gap(policy.rota)) is not None:
        yield Fault("rota", policy.rota[-1].id, f"leaves nobody on duty at {free:%H:%M}. Add a shift.")
    duties = [row for row in policy.tasks if row.duty == KEY_REPLY]
    if duties and not policy.rota:
        yield Fault("tasks", duties[0].id, "owes a reply at any hour, and nobody is on duty. Add a rota.")


def _periods(policy: Policy) -> Iterator[Fault]:
    stated = {row.id for row in policy.periods}
    for name in PERIODS:
        if name not in stated:
            yield Fault("periods", name, "is missing. Add a row.")
    for row in policy.periods:
        if row.id == "after_service" and row.unit != "D":
            yield Fault("periods", row.id, "must be given in calendar days (D).")
