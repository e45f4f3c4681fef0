"""在岗名册: folds the stream of the staff into who is away when."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from events.catalogue.team_events import StaffAbsent, StaffLeft, StaffReturned
from events.topics import TEAM
from events.upcasting import read_data
from projections.projection import Key, Logged, Row, Table

Told = list[dict[str, Any]]


class Roster:
    """One row per member of staff: absences, the last one without an end for whoever has left."""

    name = "roster"
    version = 1
    topic = TEAM
    table = Table("member", {"subject": "text"}, ("profile", "staff_id", "absences"))

    def keys(self, events: Sequence[Logged]) -> Iterable[Key]:
        """Every stream is one row."""
        return {(one.event.subject,) for one in events}

    def fold(self, rows: Mapping[Key, Row], events: Sequence[Logged]) -> Mapping[Key, Row]:
        """Return the rows of all streams in `events`."""
        changed: dict[Key, Row] = {}
        for one in events:
            data = read_data(one.event.type, one.event.data)
            if not isinstance(data, StaffAbsent | StaffReturned | StaffLeft):
                continue
            key = (one.event.subject,)
            row = changed.get(key, rows.get(key)) or {"absences": []}
            changed[key] = {
                "subject": one.event.subject,
                "profile": one.event.source.rsplit("/", 1)[-1],
                "staff_id": data.staff_id,
                "absences": _after(row["absences"], data),
            }
        return changed

    def announces(self, changes: Mapping[Key, Row]) -> list[dict[str, Any]]:
        """Silent: whoever hands over says so in the cases."""
        return []


def _after(known: Told, data: StaffAbsent | StaffReturned | StaffLeft) -> Told:
    if isinstance(data, StaffAbsent):
        return [*known, _absence(data.first, data.last, gone=False)]
    kept = [_until(one, data.on) for one in known if date.fromisoformat(one["first"]) < data.on]
    return kept if isinstance(data, StaffReturned) else [*kept, _absence(data.on, None, gone=True)]


def _until(one: dict[str, Any], on: date) -> dict[str, Any]:
    """An absence that is over before a day."""
    first, last = date.fromisoformat(one["first"]), one["last"]
    before = on - timedelta(days=1)
    if last is not None and date.fromisoformat(last) <= before:
        return one
    return _absence(first, before, gone=False)


def _absence(first: date, last: date | None, *, gone: bool) -> dict[str, Any]:
    return {"first": first.isoformat(), "last": last.isoformat() if last else None, "gone": gone}
