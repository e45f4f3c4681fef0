"""How a lifecycle is written and read: a script that awaits facts, fed with what has come, in the order it
happened.

The script is a generator. It is pure: the same facts give the same decisions, whatever order they came in,
because it is run again from the start whenever a fact is added. A case has some tens of facts; a run takes
about a millisecond.
"""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from events.catalogue.base import Fact
from events.upcasting import read_fact
from workflows.messages import FactMessage

FactT = TypeVar("FactT", bound=Fact)
T = TypeVar("T")


@dataclass(frozen=True)
class Received:
    """A fact with its data read. `at` is when it takes effect: its own time, or later if its state came
    later."""

    message: FactMessage
    data: Fact
    at: datetime


@dataclass(frozen=True)
class Await:
    """What a script waits for: one of these facts, of which `accepts` is true."""

    types: tuple[type[Fact], ...]
    accepts: Callable[[Any], bool]


Script = Generator[Await, Received, T]


def fact(kind: type[FactT], accepts: Callable[[FactT], bool] = lambda _: True) -> Script[FactT]:
    """Wait for one fact of this kind and return its data."""
    received = yield Await((kind,), accepts)
    assert isinstance(received.data, kind)
    return received.data


def either(*kinds: type[Fact], accepts: Callable[[Any], bool] = lambda _: True) -> Script[Fact]:
    """Wait for one fact of any of these kinds and return its data."""
    received = yield Await(kinds, accepts)
    return received.data


class Listener(Protocol):
    """The case that a script is about: told of time passing, of each fact, and asked about facts of any
    moment."""

    @property
    def ended_at(self) -> datetime | None: ...
    def judge(self, until: datetime) -> None: ...
    def begin(self, received: Received) -> None: ...
    def takes(self, data: Fact, at: datetime) -> bool: ...
    def take(self, received: Received) -> None: ...


@dataclass
class Reading:
    """What a reading of the facts came to: which were applied, which found no place."""

    applied: list[FactMessage] = field(default_factory=list)
    left: list[FactMessage] = field(default_factory=list)


def in_order(facts: Sequence[FactMessage]) -> list[FactMessage]:
    """Sort facts by when they happened; ties by id, so that every order of arrival reads the same."""
    return sorted(facts, key=lambda message: (message.time, message.id, message.source))


def read(script: Script[None], case: Listener, facts: Sequence[FactMessage], as_of: datetime) -> Reading:
    """Feed `facts` to `script` in order of time. A fact that comes before its state waits and is applied
    when the state comes. At the end, silence up to `as_of` is judged."""
    return _Reader(script, case).read(in_order(facts), as_of)


class _Reader:
    def __init__(self, script: Script[None], case: Listener) -> None:
        self._script = script
        self._case = case
        self._reading = Reading()
        self._now: datetime | None = None
        self._awaited: Await | None = next(script)

    def read(self, facts: list[FactMessage], as_of: datetime) -> Reading:
        waiting: list[FactMessage] = []
        for message in facts:
            waiting.append(message)
            while (ready := next((one for one in waiting if self._has_place(one)), None)) is not None:
                # Silence is judged first, and may take the fact's place away: a reply that comes too late.
                self._case.judge(self._moment(ready))
                if self._has_place(ready):
                    waiting.remove(ready)
                    self._apply(ready)
        self._case.judge(as_of)
        self._reading.left = waiting
        self._script.close()
        return self._reading

    def _has_place(self, message: FactMessage) -> bool:
        data = _data(message)
        awaited = self._case.ended_at is None and self._is_awaited(data)
        return awaited or self._case.takes(data, message.time)

    def _moment(self, message: FactMessage) -> datetime:
        """When a fact takes effect: never before the one that was read last."""
        return message.time if self._now is None else max(self._now, message.time)

    def _is_awaited(self, data: Fact) -> bool:
        awaited = self._awaited
        return awaited is not None and isinstance(data, awaited.types) and awaited.accepts(data)

    def _apply(self, message: FactMessage) -> None:
        data = _data(message)
        self._now = self._moment(message)
        received = Received(message, data, self._now)
        self._case.begin(received)
        if self._case.ended_at is None and self._is_awaited(data):
            self._advance(received)
        else:
            self._case.take(received)
        self._reading.applied.append(message)

    def _advance(self, received: Received) -> None:
        try:
            self._awaited = self._script.send(received)
        except StopIteration:
            self._awaited = None


def _data(message: FactMessage) -> Fact:
    return read_fact(message.type, message.data)
