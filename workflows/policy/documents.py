"""Which documents an application needs, which are missing, and how long the catalogue is."""

from collections.abc import Iterable

from events.catalogue.base import Text
from events.catalogue.traits import Kind, Traits
from workflows.policy.conditions import holds, holds_any
from workflows.policy.model import CaseSlice, NeededDocument, Policy
from workflows.policy.rows import DocumentItem


def needed(items: Iterable[DocumentItem], traits: Traits) -> tuple[NeededDocument, ...]:
    """Return the documents that these traits call for now, in catalogue order, named for the customer."""
    kind = traits.connection_kind
    return tuple(
        NeededDocument(id=item.id, step=item.step_now, name=_name(item, traits))
        for item in items
        if item.step_now is not None and kind in item.kinds and holds_any(item.applies, traits)
    )


def required(case: CaseSlice, step: str) -> tuple[str, ...]:
    """Return the ids of all documents that the case needs at a step."""
    return tuple(document.id for document in case.documents if document.step == step)


def missing(case: CaseSlice, step: str, have: Iterable[str]) -> tuple[str, ...]:
    """Return everything still missing at a step, at once and in the catalogue's order."""
    given = frozenset(have)
    return tuple(document for document in required(case, step) if document not in given)


def catalogue_counts(policy: Policy, kind: Kind = Kind.HIGH_VOLTAGE) -> tuple[int, int]:
    """Return how many documents the catalogue of a kind lists (before, now). One case needs fewer."""
    items = [item for item in policy.documents if kind in item.kinds]
    return sum(item.before for item in items), sum(item.now for item in items)


def _name(item: DocumentItem, traits: Traits) -> Text:
    return next((variant.name for variant in item.variants if holds(variant.when, traits)), item.name)
