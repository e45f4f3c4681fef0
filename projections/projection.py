"""What a projection is: a pure fold of the log into the rows of one table. The engine loads, writes and
positions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, NamedTuple, Protocol

from events.envelope import Event

Key = tuple[str | int, ...]
Row = dict[str, Any]


class Logged(NamedTuple):
    """An event with its place in the log, and when it was written there. `value`: the bytes as they lie
    there."""

    event: Event
    topic: str
    partition: int
    offset: int
    recorded_at: datetime
    value: bytes = b""


@dataclass(frozen=True)
class Table:
    """Where a projection's rows live: the table's name within a schema, its key columns with their SQL
    types, and all other columns."""

    name: str
    key: Mapping[str, LiteralString]
    columns: tuple[str, ...]

    @property
    def all_columns(self) -> tuple[str, ...]:
        """Key columns first."""
        return (*self.key, *self.columns)


class Projection(Protocol):
    """A read model in the making. Both methods are pure: no clock, no I/O; `rows` holds what `keys` asked
    for, as far as it exists, in JSON's own types. A changed row that `rows` does not hold is a new one."""

    name: str
    version: int
    topic: str
    table: Table

    def keys(self, events: Sequence[Logged]) -> Iterable[Key]:
        """Return the keys of the rows that folding `events` must see."""
        ...

    def fold(self, rows: Mapping[Key, Row], events: Sequence[Logged]) -> Mapping[Key, Row]:
        """Return the rows that change, whole."""
        ...

    def announces(self, changes: Mapping[Key, Row]) -> list[dict[str, Any]]:
        """Return what readers of pages are told once the rows can be read; empty for a quiet projection."""
        ...


@dataclass(frozen=True)
class ReadModel:
    """One build of a projection: the fold, and the schema in which this build keeps its rows."""

    projection: Projection
    build: int
    schema: str

    @property
    def name(self) -> str:
        """The projection's name, under which the live build is read."""
        return self.projection.name

    @property
    def topic(self) -> str:
        """The topic that is folded."""
        return self.projection.topic

    @property
    def table(self) -> Table:
        """The table of this build's schema."""
        return self.projection.table
