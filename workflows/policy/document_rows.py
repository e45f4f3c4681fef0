"""The rows of the document catalogue."""

from pydantic import Field

from events.catalogue.base import Code, ProvidedBy, Text
from events.catalogue.traits import Kind
from workflows.policy.table import Condition, Row, Table


class Provider(Row):
    """A way in which a document may come; `id` is one of `ProvidedBy`."""

    id: ProvidedBy
    name: Text
    plain: Text


class DocumentVariant(Table):
    """What a document is called for some customers, and who may provide it where that differs."""

    when: Condition
    name: Text
    provided_by: tuple[ProvidedBy, ...] | None = Field(None, min_length=1)


class DocumentItem(Row):
    """A document of the catalogue of `kinds`.

    Asked for when any of `applies` holds (empty: always); `applies_text` says so in words. `provided_by`
    names who may provide it, the usual way first. Where one of `waived` holds, nobody asks for it, whatever
    the kind. One that is not `counted` stands beside the catalogue: some customers' own, in no stated count.
    """

    kinds: tuple[Kind, ...]
    name: Text
    step_before: Code | None = None
    step_now: Code | None = None
    applies: tuple[Condition, ...] = ()
    applies_text: Text
    note: Text | None = None
    variants: tuple[DocumentVariant, ...] = ()
    provided_by: tuple[ProvidedBy, ...] = Field(("customer",), min_length=1)
    waived: tuple[Condition, ...] = ()
    counted: bool = True

    @property
    def before(self) -> bool:
        """Asked for before the measures."""
        return self.step_before is not None

    @property
    def now(self) -> bool:
        """Asked for today."""
        return self.step_now is not None
