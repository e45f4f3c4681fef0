"""What was done for a project (works, supplies, visits, money), taken together from what was told of it, by
itself and by projects that were joined to it, in whatever order.

The run lives by it and the record shows it, by the same functions.
"""

from bisect import insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field

from events.catalogue.project_facts import WorksStage
from events.catalogue.project_progress import (
    Dated,
    Milestone,
    Relocation,
    Spending,
    StageWorks,
    TemporarySupply,
    Thing,
    Visit,
)

Kind = TypeVar("Kind", bound=Dated)
Name = TypeVar("Name", bound=str)
Value = TypeVar("Value")


def later(old: Kind | None, new: Kind) -> Kind:
    """Return the one that counts."""
    return new if old is None or (new.at, new.fact) >= (old.at, old.fact) else old


def earlier(old: Kind | None, new: Kind) -> Kind:
    """Return the one that was first."""
    return new if old is None or (new.at, new.fact) < (old.at, old.fact) else old


def together(one: StageWorks, other: StageWorks) -> StageWorks:
    """Return a stage of the works as both tell it: the last word on each part of it, and its first start."""
    begun = one
    if other.begun is not None and earlier(one.begun, other.begun) is other.begun:
        begun = other
    return StageWorks(
        scheduled=_last(one.scheduled, other.scheduled),
        begun=begun.begun,
        started=_last(one.started, other.started),
        finished=_last(one.finished, other.finished),
        before_application=begun.before_application,
    )


def _last(one: Kind | None, other: Kind | None) -> Kind | None:
    return one if other is None else later(one, other)


class Progress(BaseModel):
    """What was done so far. Nothing in it hangs on the order in which it was told."""

    model_config = ConfigDict(extra="forbid")

    works: dict[WorksStage, StageWorks] = Field(default_factory=dict)
    spent: dict[str, Decimal] = Field(default_factory=dict)
    temporary: TemporarySupply | None = None
    relocations: dict[str, Relocation] = Field(default_factory=dict)
    milestones: dict[str, Milestone] = Field(default_factory=dict)
    visits: list[Visit] = Field(default_factory=list)

    @property
    def spent_cny(self) -> Decimal:
        """All that was spent, in yuan."""
        return sum(self.spent.values(), Decimal(0))

    def add(self, thing: Thing) -> None:
        """Take one thing more in."""
        if thing.stage is not None and thing.works is not None:
            works = self.works.get(thing.stage)
            both = thing.works if works is None else together(works, thing.works)
            self.works = put(self.works, thing.stage, both)
        if (money := thing.spending) is not None:
            self.spent = put(self.spent, money.on, self.spent.get(money.on, Decimal(0)) + money.amount_cny)
        if thing.temporary is not None:
            self.temporary = later(self.temporary, thing.temporary)
        if (line := thing.relocation) is not None:
            self.relocations = put(self.relocations, line.line, later(self.relocations.get(line.line), line))
        if (stone := thing.milestone) is not None:
            known = self.milestones.get(stone.milestone)
            self.milestones = put(self.milestones, stone.milestone, later(known, stone))
        if thing.visit is not None:
            self.visits = [*self.visits]
            insort(self.visits, thing.visit, key=lambda one: (one.at, one.fact))

    def things(self) -> Iterator[tuple[str, Thing]]:
        """Yield every thing by its name, as one hands it on."""
        for stage, works in self.works.items():
            yield f"works:{stage}", Thing(stage=stage, works=works)
        for on, amount in self.spent.items():
            yield f"spending:{on}", Thing(spending=Spending(on=on, amount_cny=amount))
        if self.temporary is not None:
            yield "temporary", Thing(temporary=self.temporary)
        for line, relocation in self.relocations.items():
            yield f"relocation:{line}", Thing(relocation=relocation)
        for name, milestone in self.milestones.items():
            yield f"milestone:{name}", Thing(milestone=milestone)
        for visit in self.visits:
            yield f"visit:{visit.fact}", Thing(visit=visit)


class Lent(BaseModel):
    """A thing that a joined project (`origin`) told at `since`, done for it or for one joined to it
    (`owner`); `path`: the way that it came."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    origin: str
    owner: str
    name: str
    since: datetime
    fact: str = ""
    thing: Thing
    path: tuple[str, ...] = ()


def lend(lent: Sequence[Lent], new: Lent) -> list[Lent]:
    """Return what was lent with `new` in its place: of a thing from one origin only the newest may count."""
    others = [one for one in lent if _of(one) != _of(new)]
    same = [one for one in lent if _of(one) == _of(new)]
    newest = max([*same, new], key=_newness)
    return sorted([*others, newest], key=_of)


def counting(lent: Iterable[Lent], parted: Mapping[str, datetime]) -> list[Lent]:
    """Return what counts: what was told since its origin last took everything back, each thing once, though
    several may tell it."""
    found: dict[tuple[str, str], Lent] = {}
    for one in lent:
        stays = one.origin not in parted or one.since > parted[one.origin]
        if not stays or one.thing.kind is None:
            continue
        name = one.owner, one.name
        if name not in found or _newness(one) > _newness(found[name]):
            found[name] = one
    return [found[name] for name in sorted(found)]


def whole(own: Progress, lent: Iterable[Lent], parted: Mapping[str, datetime]) -> Progress:
    """Return all that was done for a project: by itself, and for those that were joined to it."""
    found = own.model_copy()
    for one in counting(lent, parted):
        found.add(one.thing)
    return found


def put(mapping: Mapping[Name, Value], key: Name, value: Value) -> dict[Name, Value]:
    """Return a mapping with one value more, its keys in order: which was told first makes no difference."""
    return dict(sorted({**mapping, key: value}.items()))


def _of(one: Lent) -> tuple[str, str, str]:
    return one.origin, one.owner, one.name


def _newness(one: Lent) -> tuple[datetime, str]:
    return one.since, one.fact
