"""Do conditions leave a hole, or a row that can never hold? Seen by trying applications that differ."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from events.catalogue.traits import CustomerType, Kind, Traits
from workflows.policy.faults import Fault
from workflows.policy.model import Policy
from workflows.policy.rows import Limit
from workflows.policy.samples import first, samples
from workflows.policy.table import Condition

Choice = Sequence[tuple[str, Condition]]
"""Rows of which the first that holds counts, by name and condition."""


def faults(policy: Policy) -> list[Fault]:
    """Return the holes, and the rows that can never hold, of a policy on one day."""
    checks = (_limits, _targets, _tasks, _variants, _versions, _defaults)
    return [fault for check in checks for fault in check(policy)]


def _limits(policy: Policy) -> Iterator[Fault]:
    """A step with limits has one for every case, if only one that says there is none."""
    kinds = {process.id: process.kinds for process in policy.processes}
    steps: dict[tuple[str, str], list[Limit]] = defaultdict(list)
    for row in policy.limits:
        steps[row.process, row.step].append(row)
    for (process, step), rows in steps.items():
        choice = [(row.id, row.when) for row in rows]
        yield from _idle("limits", choice, kinds[process])
        if (hole := _hole(choice, kinds[process])) is not None:
            sentence = (
                f"no limit of {process}/{step} holds {_told(hole)}. Add a row; without a value: no limit."
            )
            yield Fault("limits", rows[-1].id, sentence)


def _targets(policy: Policy) -> Iterator[Fault]:
    yield from _idle("targets", [(row.id, row.when) for row in policy.targets], tuple(Kind))


def _tasks(policy: Policy) -> Iterator[Fault]:
    duties: dict[str, list[tuple[str, Condition]]] = defaultdict(list)
    for row in policy.tasks:
        duties[row.duty].append((row.id, row.when))
    for choice in duties.values():
        yield from _idle("tasks", choice, tuple(Kind))


def _variants(policy: Policy) -> Iterator[Fault]:
    for item in policy.documents:
        choice = [(item.id, variant.when) for variant in item.variants]
        yield from _idle("documents", choice, item.kinds, what="variant")


def _versions(policy: Policy) -> Iterator[Fault]:
    rows = sorted(policy.boundary_versions, key=lambda row: row.order)
    choice = [(row.id, row.when) for row in rows]
    yield from _idle("boundary_versions", choice, tuple(Kind))
    if choice and rows[-1].when != Condition():
        yield Fault("boundary_versions", rows[-1].id, "is the last, so it must hold always. Drop its `when`.")


def _defaults(policy: Policy) -> Iterator[Fault]:
    """Each version decides whatever is connected."""
    for version in policy.boundary_versions:
        defaults = [row for row in policy.boundary_rules if row.version == version.id and row.default]
        choice = [(row.id, row.when) for row in defaults]
        if (hole := _hole(choice, tuple(Kind))) is not None:
            yield Fault("boundary_rules", version.id, f"has no default {_told(hole)}. Add one.")


def _hole(choice: Choice, kinds: Sequence[Kind]) -> Traits | None:
    conditions = [condition for _, condition in choice]
    for kind in kinds:
        for traits in samples(kind, conditions):
            if first(conditions, traits, kind) is None:
                return traits
    return None


def _idle(table: str, choice: Choice, kinds: Sequence[Kind], what: str = "row") -> Iterator[Fault]:
    conditions = [condition for _, condition in choice]
    used = {first(conditions, traits, kind) for kind in kinds for traits in samples(kind, conditions)}
    for place, (name, _) in enumerate(choice):
        if place not in used:
            number = f" {place + 1}" if what != "row" else ""
            yield Fault(
                table, name, f"{what}{number} can never count: what is before it takes all. Move or drop it."
            )


def _told(traits: Traits) -> str:
    """An application that falls through, in the fields that tell it apart."""
    stated = traits.model_dump(
        mode="json", exclude_defaults=True, exclude={"region", "usage", "capacity_kva"}
    )
    voltage = stated.pop("voltage_kv")
    if stated["customer_type"] in {CustomerType.ENTERPRISE, CustomerType.RESIDENT}:
        del stated["customer_type"]  # the usual one says nothing
    return ", ".join([f"at {float(voltage):g} kV", *(f"{name} {value}" for name, value in stated.items())])
