"""Puts a batch in the order of its streams: what was seen is dropped, what lies behind a hole waits, the rest
may be folded. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from events.envelope import Head
from projections.books import HOLE, UNFOLDABLE, Position, Skip, Waiting
from projections.projection import Logged

_START = Position(0, Head().hash)


@dataclass
class Ordered:
    """A batch as the streams' positions order it. `halted`: streams that stood still at some event of it, if
    only for a moment."""

    fold: list[Logged] = field(default_factory=list)
    wait: list[Waiting] = field(default_factory=list)
    findings: list[tuple[Logged, str]] = field(default_factory=list)
    moved: dict[str, Position] = field(default_factory=dict)
    redelivered: Counter[str] = field(default_factory=Counter)
    halted: set[str] = field(default_factory=set)


def order(
    events: Sequence[Logged],
    known: Mapping[str, Position],
    held: Iterable[Waiting] = (),
    *,
    skips: Mapping[str, Sequence[Skip]] | None = None,
    refused: Mapping[str, int] | None = None,
) -> Ordered:
    """Order `events` (each partition's in its own order). `known`: how far their streams are folded; `held`:
    what waits in them; `skips`: the holes of these streams that a person has given up; `refused`: the
    sequence, by stream, that the fold refuses."""
    work = _Work(dict(known), {}, skips or {}, refused or {}, Ordered())
    for kept in held:
        work.queues.setdefault(kept.logged.event.subject, {})[kept.logged.event.number] = kept
        work.result.halted.add(kept.logged.event.subject)
    for subject in list(work.queues):  # a skip may have freed what waits
        work.drain(subject)
    for one in events:
        work.put(one)
    work.result.wait = [kept for queue in work.queues.values() for kept in queue.values()]
    return work.result


@dataclass
class _Work:
    """`queues`: what waits, by stream and sequence."""

    at: dict[str, Position]
    queues: dict[str, dict[int, Waiting]]
    skips: Mapping[str, Sequence[Skip]]
    refused: Mapping[str, int]
    result: Ordered

    def put(self, one: Logged) -> None:
        subject, number = one.event.subject, one.event.number
        here = self.at.get(subject, _START)
        if number == here.sequence + 1 and not self.queues.get(subject) and subject not in self.refused:
            self._take(one, subject, number, here)
        elif number <= here.sequence:
            self.result.redelivered[subject] += 1
            self.result.moved[subject] = here
            if number == here.sequence and one.event.hash != here.hash:
                self.result.findings.append((one, "other_content"))
        else:
            self.result.halted.add(subject)
            self.queues.setdefault(subject, {}).setdefault(number, Waiting(one, HOLE))
            self.drain(subject)

    def drain(self, subject: str) -> None:
        """Let through what is next in a stream, over holes given up, up to one that the fold refuses."""
        queue = self.queues[subject]
        while queue:
            self._over_holes(subject, queue)
            number = self.at.get(subject, _START).sequence + 1
            following = queue.get(number)
            if following is None or following.reason == UNFOLDABLE:
                return
            if self.refused.get(subject) == number:
                queue[number] = Waiting(following.logged, UNFOLDABLE)
                self.result.findings.append((following.logged, UNFOLDABLE))
                return
            del queue[number]
            self._take(following.logged, subject, number, self.at.get(subject, _START))

    def _over_holes(self, subject: str, queue: dict[int, Waiting]) -> None:
        """Step over what was given up, once the event behind it is here: it tells what came before it."""
        for skip in self.skips.get(subject, ()):
            following = queue.get(skip.last + 1)
            if following and skip.first == self.at.get(subject, _START).sequence + 1:
                behind = Position(skip.last, following.logged.event.prevhash)
                self.at[subject] = self.result.moved[subject] = behind
                for number in [number for number in queue if number <= skip.last]:
                    del queue[number]

    def _take(self, one: Logged, subject: str, number: int, here: Position) -> None:
        if one.event.prevhash != here.hash:
            self.result.findings.append((one, "chain_broken"))
        self.at[subject] = self.result.moved[subject] = Position(number, one.event.hash)
        self.result.fold.append(one)
