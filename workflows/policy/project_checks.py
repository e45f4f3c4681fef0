"""Do the tables for key projects fit each other? Asked of a policy as it holds on one day."""

from collections import Counter
from collections.abc import Iterator
from typing import get_args

from events.catalogue.project_facts import WorksStage
from workflows.policy.faults import Fault
from workflows.policy.model import Policy
from workflows.policy.project_rows import PROJECT_REOPEN


def faults(policy: Policy) -> list[Fault]:
    """Return what does not fit; an empty list for a profile without feeds, which has no projects."""
    if not policy.feeds:
        return []
    return [fault for check in (_feeds, _stages, _lights, _period) for fault in check(policy)]


def _feeds(policy: Policy) -> Iterator[Fault]:
    uses = Counter(row.upstream for row in policy.feeds)
    for row in policy.feeds:
        if uses[row.upstream] > 1:
            yield Fault("feeds", row.id, f"shares {row.upstream} with another feed. One source, one feed.")
        if row.upstream == policy.source or row.upstream.startswith(f"{policy.source}/"):
            yield Fault("feeds", row.id, "has the platform's own source. Name the sender's.")


def _stages(policy: Policy) -> Iterator[Fault]:
    known = {row.id for row in policy.works_stages}
    for stage in get_args(WorksStage):
        if stage not in known:
            yield Fault("works_stages", stage, "is missing. Add a row with its days.")
    yield from _orders("works_stages", [(row.id, row.order) for row in policy.works_stages])


def _lights(policy: Policy) -> Iterator[Fault]:
    rows = sorted(policy.lights, key=lambda row: row.order)
    yield from _orders("lights", [(row.id, row.order) for row in rows])
    if not rows or rows[-1].below is not None:
        yield Fault("lights", rows[-1].id if rows else "#1", "must be a last row without `below`.")
    least: int | None = None
    for row in rows[:-1]:
        if row.below is None or (least is not None and row.below <= least):
            yield Fault("lights", row.id, "can't come to count: `below` must rise from row to row.")
        else:
            least = row.below


def _orders(table: str, rows: list[tuple[str, int]]) -> Iterator[Fault]:
    uses = Counter(order for _, order in rows)
    for name, order in rows:
        if uses[order] > 1:
            yield Fault(table, name, f"shares its order {order} with another row.")


def _period(policy: Policy) -> Iterator[Fault]:
    found = [row for row in policy.periods if row.id == PROJECT_REOPEN]
    if not found:
        yield Fault("periods", PROJECT_REOPEN, "is missing. Add a row.")
    for row in found:
        if row.unit != "D":
            yield Fault("periods", row.id, "must be given in calendar days (D).")
