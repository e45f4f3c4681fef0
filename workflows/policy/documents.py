"""Which documents an application needs, which are missing, and how long the catalogue is."""

from collections.abc import Iterable

from events.catalogue.base import Text
from events.catalogue.traits import Kind, Traits
from workflows.policy.conditions import holds, holds_any
from workflows.policy.document_rows import DocumentItem, DocumentVariant
from workflows.policy.model import CaseSlice, NeededDocument, Policy


def needed(
    items: Iterable[DocumentItem], traits: Traits, kind: Kind | None = None
) -> tuple[NeededDocument, ...]:
    """Return the documents that these traits call for now, in catalogue order, named for the customer.

    Those that are waived for such a customer are among them, marked so: a page can say what nobody asks for.
    """
    return tuple(_needed(items, traits, kind or traits.connection_kind))


def required(case: CaseSlice, step: str) -> tuple[str, ...]:
    """Return the ids of all documents that the case needs at a step."""
    return tuple(one.id for one in case.documents if one.step == step and not one.waived)


def missing(case: CaseSlice, step: str, have: Iterable[str]) -> tuple[str, ...]:
    """Return everything still missing at a step, at once and in the catalogue's order."""
    given = frozenset(have)
    return tuple(document for document in required(case, step) if document not in given)


def catalogue_counts(policy: Policy, kind: Kind = Kind.HIGH_VOLTAGE) -> tuple[int, int]:
    """Return how many documents the catalogue of a kind lists (before, now). One case needs fewer, and some
    customers bring others beside it."""
    items = [item for item in policy.documents if kind in item.kinds and item.counted]
    return sum(item.before for item in items), sum(item.now for item in items)


def named(item: DocumentItem, traits: Traits) -> Text:
    """Return what such a customer calls the document."""
    variant = _variant(item, traits)
    return variant.name if variant else item.name


def _needed(items: Iterable[DocumentItem], traits: Traits, kind: Kind) -> Iterable[NeededDocument]:
    for item in items:
        waived = bool(item.waived) and holds_any(item.waived, traits, kind)
        applies = kind in item.kinds and holds_any(item.applies, traits, kind)
        if item.step_now is None or not (waived or applies):
            continue
        variant = _variant(item, traits)
        ways = (variant.provided_by if variant else None) or item.provided_by
        yield NeededDocument(
            id=item.id,
            step=item.step_now,
            name=item.name if waived else named(item, traits),
            provided_by=("waived",) if waived else ways,
        )


def _variant(item: DocumentItem, traits: Traits) -> DocumentVariant | None:
    return next((variant for variant in item.variants if holds(variant.when, traits)), None)
