"""What a list of a feed tells: its rows, who has left it, who has come back. Pure.

Lists may come in any order and again. A row is named by its record and the day of its change, so that the
same row of the next month's list is a duplicate. A complete list also says who does not stand in it; one that
is older than another complete list says that of those alone whom the newer one does not have either. What the
feed has said since the day of a list, that list can't take back.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from events.catalogue.project_facts import IntentionGone, IntentionReported
from events.cloudevents import InboundEvent, read_structured, write_structured
from events.envelope import write_time
from workflows.intake.list_rows import ListRow

MANY = 10
"""A complete list in which more records are lacking than this, and more than half, is perhaps half a list."""

_TICK = timedelta(seconds=1)
_BACK = ":back"

Why = Literal["row", "back", "gone"]


@dataclass(frozen=True)
class Standing:
    """What was told of a record so far: its newest row, when it last left, when it came back unchanged."""

    row_at: datetime | None = None
    gone_at: datetime | None = None
    backs: frozenset[datetime] = frozenset()

    @property
    def gone(self) -> bool:
        """Whether it has left its feed, as the project itself reckons it."""
        return self.gone_at is not None and (self.row_at is None or self.gone_at >= self.row_at)


@dataclass(frozen=True)
class Listed:
    """Whose list it is and of which moment; `complete`: who does not stand in it has left the feed."""

    profile: str
    source: str
    timezone: str
    as_of: datetime | None = None
    complete: bool = False


@dataclass(frozen=True)
class Known:
    """What is known of the feed: its records, and the moment of the newest complete list; `unread` are the
    records of rows that could not be read there, `nameless`: of some not even the record."""

    records: Mapping[str, Standing]
    newest: datetime | None = None
    unread: frozenset[str] = frozenset()
    nameless: bool = False

    def of(self, record: str) -> Standing:
        """What was told of a record."""
        return self.records.get(record, Standing())

    def lacking(self, record: str) -> bool:
        """Whether the newest complete list surely did not have a record: had it, it would stand there."""
        standing = self.of(record)
        return not self.nameless and record not in self.unread and (standing.gone or standing.row_at is None)


class Name(NamedTuple):
    """Of which record something is told, under which id, and of which moment."""

    record: str
    id: str
    at: datetime


class Telling(NamedTuple):
    """A fact to be sent, for a row of the list (None: for a record that the list lacks)."""

    event: InboundEvent
    why: Why
    record: str
    row: ListRow | None


@dataclass(frozen=True)
class Plan:
    """What is to be told. `withheld`: nobody is marked as gone, since rows have no id that can be read;
    `doubtful`: so many are lacking that a person should look first."""

    tellings: tuple[Telling, ...]
    withheld: bool = False
    doubtful: bool = False

    def count(self, why: Why) -> int:
        """How many are told for a reason."""
        return sum(one.why == why for one in self.tellings)


def plan(rows: Sequence[ListRow], listed: Listed, known: Known) -> Plan:
    """Return what a list is to tell. Rows with problems are told of nowhere, but they do stand in it."""
    rest = [
        one
        for row in rows
        if row.data is not None and row.record is not None
        for one in _told(row, row.record, listed, known)
    ]
    if not listed.complete or listed.as_of is None or _older(listed, known):
        return Plan(tuple(rest))
    if any(row.record is None for row in rows):
        return Plan(tuple(rest), withheld=True)
    there = {row.record for row in rows}
    lacking = sorted(
        record
        for record, one in known.records.items()
        if record not in there and not one.gone and one.row_at is not None and one.row_at <= listed.as_of
    )
    stand = sum(not one.gone for one in known.records.values())
    gone = [_gone(record, listed, listed.as_of) for record in lacking]
    return Plan((*rest, *gone), doubtful=len(gone) > MANY and len(gone) * 2 > stand)


def told(listed: Listed, name: Name, kind: str, data: Mapping[str, Any]) -> InboundEvent:
    """Return what a feed says of a record as an event."""
    attributes = {
        "specversion": "1.0",
        "id": name.id,
        "source": listed.source,
        "type": kind,
        "subject": name.record,
        "time": write_time(name.at),
        "profile": listed.profile,
        "datacontenttype": "application/json",
    }
    return read_structured(write_structured(attributes, dict(data)))


def _told(row: ListRow, record: str, listed: Listed, known: Known) -> Iterator[Telling]:
    at, standing = row.at or listed.as_of, known.of(record)
    assert at is not None  # a list without either is refused as a whole
    older, as_of = _older(listed, known), listed.as_of
    again = None if older or not listed.complete or as_of is None else _return(record, at, as_of, standing)
    if again is None:
        yield _row(row, record, f"{record}@{day_of(at, listed)}", at, listed)
    else:
        yield _row(row, record, f"{record}@{day_of(as_of or at, listed)}{_BACK}", again, listed, why="back")
    if older and known.newest is not None and known.lacking(record):
        yield _gone(record, listed, known.newest)


def _return(record: str, at: datetime, as_of: datetime, standing: Standing) -> datetime | None:
    """When a record came back that the feed has not changed since it left; None where it did not."""
    if standing.gone_at is None:
        return None
    back = max(as_of, standing.gone_at + _TICK)
    unchanged = standing.gone and at <= standing.gone_at
    return back if unchanged or back in standing.backs else None


def _row(row: ListRow, record: str, name: str, at: datetime, listed: Listed, *, why: Why = "row") -> Telling:
    assert row.data is not None
    return Telling(told(listed, Name(record, name, at), IntentionReported.type, row.data), why, record, row)


def _gone(record: str, listed: Listed, as_of: datetime) -> Telling:
    name = Name(record, f"{record}@{day_of(as_of, listed)}:gone", as_of)
    return Telling(told(listed, name, IntentionGone.type, {"record": record}), "gone", record, None)


def day_of(at: datetime, listed: Listed) -> str:
    """A moment as the feed knows it: its local day, with the time where one was given."""
    local = at.astimezone(ZoneInfo(listed.timezone))
    return local.date().isoformat() if local.time() == time.min else local.strftime("%Y-%m-%dT%H:%M:%S")


def _older(listed: Listed, known: Known) -> bool:
    return listed.as_of is not None and known.newest is not None and listed.as_of < known.newest
