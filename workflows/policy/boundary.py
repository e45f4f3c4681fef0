"""投资界面. Who builds to where, and by which rules."""

from collections.abc import Iterable

from events.catalogue.traits import Traits
from workflows.policy.conditions import holds
from workflows.policy.rows import BoundaryRule, BoundaryVersion
from workflows.policy.table import Basis, Boundary, Table


class BoundaryDecision(Table):
    """The decision: the rule that decided, all rules that match, and whether a person must confirm it."""

    boundary: Boundary
    decided_by: str
    rules_matched: tuple[str, ...]
    needs_manual_review: bool
    basis: Basis


def version_for(versions: Iterable[BoundaryVersion], traits: Traits) -> str | None:
    """Return the version of the rules that the land's day and place choose; None where there are none."""
    ordered = sorted(versions, key=lambda version: version.order)
    return next((version.code for version in ordered if holds(version.when, traits)), None)


def decide(rules: Iterable[BoundaryRule], traits: Traits) -> BoundaryDecision | None:
    """Return the boundary by the first rule that matches, defaults last; None without such rules.

    Every rule that matches is named, in order: two may agree on the place and differ in their conditions.
    """
    ordered = sorted(rules, key=lambda rule: rule.order)
    special = [rule for rule in ordered if not rule.default and holds(rule.when, traits)]
    matched = special or [rule for rule in ordered if rule.default and holds(rule.when, traits)]
    if not matched:
        return None
    first = matched[0]
    return BoundaryDecision(
        boundary=first.boundary,
        decided_by=first.code,
        rules_matched=tuple(rule.code for rule in matched),
        needs_manual_review=first.needs_manual_review,
        basis=first.basis,
    )
