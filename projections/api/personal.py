"""Which personal values a page opens, and what became of them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel

from events.catalogue import connection_events as says
from events.catalogue import duty_events, service_events
from events.catalogue.base import EventData
from events.personal import SealedValue, personal_fields
from events.upcasting import read_data
from projections.progress.state import ApplicationState

SHOWN_OF_APPLICATION = ("applicant_name", "project_name")
"""What the head of the page shows. Telephone, identity number and address never leave."""

NOTES: Mapping[type[EventData], str] = {
    says.PlanObjected: "reason",
    says.ApplicationWithdrawn: "reason",
    says.InspectionFailed: "defects",
    duty_events.DesignReviewed: "opinion",
    duty_events.MidInspected: "opinion",
    duty_events.FurtherDocumentsRequested: "reason",
    service_events.ServiceRated: "comment",
    service_events.DisputeRaised: "details",
    service_events.DisputeAnswered: "answer",
}
"""What was written to the customer, or by them, in later events. A reason that staff give to one another
(why a boundary was set, why a record was corrected) is none of it."""


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
    received = state.received
    if received is not None:
        head = list(_sealed(received, 0, SHOWN_OF_APPLICATION))
        yield from head or list(_sealed(received, 0, personal_fields(type(received))))[:1]
    for entry in entries:
        data = read_data(entry["type"], entry["data"])
        if type(data) in NOTES:
            assert data is not None
            yield from _sealed(data, entry["sequence"], (NOTES[type(data)],))


def _sealed(model: BaseModel, sequence: int, fields: Iterable[str]) -> Iterator[tuple[Place, SealedValue]]:
    for field in fields:
        value = getattr(model, field, None)
        if isinstance(value, SealedValue):
            yield Place(sequence, field), value


def masked(name: str) -> str:
    """Return a name as the public may see it: its first character, the rest hidden."""
    return name[:1] + "＊" * min(2, max(1, len(name) - 1))
