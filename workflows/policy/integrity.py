"""Does a policy hold together? Everything wrong with its tables, each fault named by table and row."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from events.catalogue.traits import CustomerType, Kind, Traits, Usage
from workflows.policy import boundary, documents, processes
from workflows.policy.calendars import days_off
from workflows.policy.force import tables
from workflows.policy.model import Policy
from workflows.policy.rows import Process, StatedCount
from workflows.policy.slices import PERIODS, team_of
from workflows.policy.staffing import MANAGER, SUPERVISOR
from workflows.policy.table import Row


class Fault(NamedTuple):
    """What is wrong with a row of a table, as a sentence that says what to mend."""

    table: str
    row: str
    sentence: str


def faults(policy: Policy) -> list[Fault]:
    """Return everything wrong with a policy; an empty list when it may be used."""
    found = [*_versions(policy), *_processes(policy)]
    if found:
        return found  # the checks below walk through steps and rows, and would only repeat these faults
    checks = (_limits, _documents, _counts, _boundary, _regions, _staff, _periods, _holidays)
    return [fault for check in checks for fault in check(policy)]


def _versions(policy: Policy) -> Iterator[Fault]:
    """Versions of a row follow each other: no hole between them, no day on which two are in force."""
    for table, rows in tables(policy).items():
        versions: dict[str, list[Row]] = defaultdict(list)
        for row in sorted(rows, key=lambda row: row.valid_from):
            versions[row.id].append(row)
        for name, listed in versions.items():
            for older, newer in pairwise(listed):
                if older.valid_to is None or older.valid_to >= newer.valid_from:
                    yield Fault(table, name, "is in force twice on one day. Rename it, or end the older one.")
                elif older.valid_to + timedelta(days=1) != newer.valid_from:
                    yield Fault(table, name, "has a hole between two versions. Let one follow the other.")


def _processes(policy: Policy) -> Iterator[Fault]:
    for process in policy.processes:
        codes = [step.code for step in process.steps]
        for step in process.steps:
            if step.next is not None and step.next not in codes:
                yield Fault("processes", process.id, f"step {step.code} is followed by unknown {step.next}.")
        for code, count in Counter(codes).items():
            if count > 1:
                yield Fault("processes", process.id, f"has step {code} {count} times. Keep one.")
        orders = [step.order for step in process.steps]
        if not orders or orders != sorted(set(orders)):
            yield Fault("processes", process.id, "needs steps, and their order must rise.")
    for kind in Kind:
        for now in (True, False):
            listed = [row.id for row in policy.processes if row.now is now and kind in row.kinds]
            if len(set(listed)) > 1:
                yield Fault("processes", listed[-1], f"is a second process for {kind}. Keep one.")


def _limits(policy: Policy) -> Iterator[Fault]:
    known = {(process.id, step.code) for process in policy.processes for step in process.steps}
    for row in policy.limits:
        if (row.process, row.step) not in known:
            yield Fault("limits", row.id, f"names unknown step {row.process}/{row.step}. Name a listed one.")


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
    orders = Counter(row.order for row in policy.boundary_rules)
    for row in policy.boundary_rules:
        if orders[row.order] > 1:
            yield Fault("boundary_rules", row.id, f"shares its order {row.order} with another rule.")
    defaults = [row for row in policy.boundary_rules if row.default]
    for voltage in ("0.38", "10", "110"):
        plain = Traits(
            region="any",
            customer_type=CustomerType.SOCIAL,
            usage=Usage.PUBLIC,
            voltage_kv=Decimal(voltage),
            capacity_kva=Decimal(1),
            permanent=False,
        )
        if policy.boundary_rules and boundary.decide(defaults, plain) is None:
            yield Fault("boundary_rules", "-", f"has no default at {voltage} kV. Add one.")


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
    steps = [step for process in policy.processes if process.now for step in process.steps]
    responsible = {step.responsible_role for step in steps}
    needed = {MANAGER, SUPERVISOR} | responsible | {step.supervisor_role for step in steps}
    for region in () if strangers else policy.regions:
        team = team_of(policy, region.id)
        for role in sorted(needed - team.keys()):
            yield Fault("teams", region.id, f"has nobody as {role}. Add somebody.")
        seats = Counter(officer.name for officers in team.values() for officer in officers)
        for name in sorted(name for name, count in seats.items() if count > 1):
            yield Fault("teams", region.id, f"has {name} in two seats. Nobody supervises himself.")


def _periods(policy: Policy) -> Iterator[Fault]:
    stated = {row.id for row in policy.periods}
    for name in PERIODS:
        if name not in stated:
            yield Fault("periods", name, "is missing. Add a row.")
    for row in policy.periods:
        if row.id == "after_service" and row.unit != "D":
            yield Fault("periods", row.id, "must be given in calendar days (D).")


def _holidays(policy: Policy) -> Iterator[Fault]:
    for row in policy.holidays:
        if row.last < row.first:
            yield Fault("holidays", row.id, "ends before it begins.")
        wrong = [day for day in row.working_weekends if day.weekday() < 5 or day in set(days_off(row))]
        for day in wrong:
            yield Fault("holidays", row.id, f"works on {day}, which is no weekend day to make up on.")
