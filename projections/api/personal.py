"""Which personal values a page opens, and what became of them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel

from events.personal import SealedValue, personal_fields
from events.upcasting import read_data
from projections.progress.state import ApplicationState

SHOWN_OF_APPLICATION = ("applicant_name", "project_name")
"""What the head of the page shows. Telephone, identity number and address never leave."""

NOTES = ("reason", "defects")
"""Fields of later events that were written to the customer, or by them."""


class Place(NamedTuple):
    """Where a personal value stands: the event's sequence (0: the application itself) and the field."""

    sequence: int
    field: str


class Opened:
    """Personal values after unsealing. A place that holds None was erased; a missing place never held one."""

    def __init__(self, values: Mapping[Place, str | None]) -> None:
        self._values = dict(values)

    def text(self, sequence: int, field: str) -> str | None:
        """Return the clear text, or None when there is none."""
        return self._values.get(Place(sequence, field))

    def erased(self, sequence: int) -> bool:
        """Return whether a value stood here and its key is gone."""
        return any(place.sequence == sequence and value is None for place, value in self._values.items())

    @property
    def any_erased(self) -> bool:
        """Whether anything of this application was erased."""
        return any(value is None for value in self._values.values())


def sealed_values(
    state: ApplicationState, entries: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[Place, SealedValue]]:
    """Yield every sealed value that a page shows, with its place. Clear text is not expected, nor shown.

    Where the head would show none, one that it does not show stands for all: erased is erased.
    """
    head = list(_sealed(state.received, 0, SHOWN_OF_APPLICATION))
    yield from head or list(_sealed(state.received, 0, personal_fields(type(state.received))))[:1]
    for entry in entries:
        data = read_data(entry["type"], entry["data"])
        if data is not None and set(personal_fields(type(data))) & set(NOTES):
            yield from _sealed(data, entry["sequence"], NOTES)


def _sealed(model: BaseModel, sequence: int, fields: Iterable[str]) -> Iterator[tuple[Place, SealedValue]]:
    for field in fields:
        value = getattr(model, field, None)
        if isinstance(value, SealedValue):
            yield Place(sequence, field), value


def masked(name: str) -> str:
    """Return a name as the public may see it: its first character, the rest hidden."""
    return name[:1] + "＊" * min(2, max(1, len(name) - 1))
