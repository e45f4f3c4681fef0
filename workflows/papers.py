"""The documents of a case: what is there, what was asked for, what is missing; and requests kept."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from events.catalogue import connection_facts as facts
from events.catalogue import duty_facts
from events.catalogue.base import Fact, Paper
from workflows.policy import documents
from workflows.policy.model import CaseSlice

Request = facts.InspectionRequested | duty_facts.DesignSubmitted | duty_facts.MidInspectionRequested
"""What a customer asks for with documents in hand."""


def askable(policy: CaseSlice, step: str) -> frozenset[str]:
    """What the catalogue lets the utility ask for up to a step: what it could have named in its notices."""
    codes = [rule.code for rule in policy.steps]
    return frozenset(
        one for code in codes[: codes.index(step) + 1] for one in documents.required(policy, code)
    )


@dataclass
class Folder:
    """The documents of one case. `asked_again` are those that the utility asked for after its notice; `kept`
    are requests that came while the utility was still building."""

    have: set[str] = field(default_factory=set)
    asked_again: list[str] = field(default_factory=list)
    times_asked_again: int = 0
    kept: list[Request] = field(default_factory=list)

    def take(self, given: Iterable[str], papers: Iterable[Paper]) -> None:
        """Put documents to those that are there."""
        self.have |= {*given, *(paper.document for paper in papers)}

    def missing(self, policy: CaseSlice, step: str) -> tuple[str, ...]:
        """What is missing at a step: by the catalogue, then what was asked for beyond it."""
        needed = documents.missing(policy, step, self.have)
        return (*needed, *(one for one in self.asked_again if one not in self.have and one not in needed))

    def ask_again(self, wanted: Iterable[str]) -> tuple[str, ...]:
        """Ask for more; return what is new and not there."""
        new = tuple(one for one in dict.fromkeys(wanted) if one not in self.have)
        self.asked_again += [one for one in new if one not in self.asked_again]
        self.times_asked_again += 1
        return new

    @property
    def owes_more(self) -> bool:
        """True while something is missing that was asked for afterwards."""
        return any(one not in self.have for one in self.asked_again)

    def has_kept(self, kind: type[Fact]) -> bool:
        """True when a request of this kind is kept."""
        return any(isinstance(one, kind) for one in self.kept)

    def take_kept(self, kind: type[Fact]) -> Request | None:
        """Return the kept request of this kind, and keep it no longer."""
        found = next((one for one in self.kept if isinstance(one, kind)), None)
        if found is not None:
            self.kept.remove(found)
        return found
