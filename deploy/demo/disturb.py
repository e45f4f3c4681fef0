"""What the world does to a tidy feed: some facts come late, early, twice, or wrong. Each disturbance
keeps the book right.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from deploy.demo.facts import FedFact
from events.catalogue import connection_facts as facts

LATE, EARLY, TWICE_AT_ONCE, TWICE_LATER = 12, 8, 10, 10
"""How many of each in 200 applications."""


class Feed:
    """An order of facts that is being disturbed. A subject is disturbed once, so that effects don't add
    up.
    """

    def __init__(self, rng: Random, tidy: Sequence[FedFact], share: float) -> None:
        self._rng = rng
        self._facts = list(tidy)
        self._share = share
        self._touched: set[str] = set()

    @property
    def facts(self) -> list[FedFact]:
        """The order as it is now."""
        return list(self._facts)

    def disturb(self) -> None:
        """Let some facts come late, early and twice."""
        self._swap(LATE, first=False)
        self._swap(EARLY, first=True)
        self._repeat(TWICE_AT_ONCE, lambda at: at + 1)
        self._repeat(TWICE_LATER, lambda at: self._rng.randint(at + 1, len(self._facts)))

    def insert(self, fact: FedFact, after: FedFact | None = None) -> None:
        """Put a fact somewhere, or somewhere after another."""
        least = 0 if after is None else self._place(after) + 1
        self._facts.insert(self._rng.randint(least, len(self._facts)), fact)

    def draw(self, fits: Callable[[list[FedFact]], bool]) -> list[FedFact]:
        """Return the facts of an undisturbed subject that fits, in order; it counts as disturbed from now on.

        Empty when there is none: a small demo has fewer oddities.
        """
        fitting = [s for s, own in self._by_subject().items() if s not in self._touched and fits(own)]
        if not fitting:
            return []
        subject = self._rng.choice(fitting)
        self._touched.add(subject)
        return self._by_subject()[subject]

    def _swap(self, times: int, *, first: bool) -> None:
        """Let a fact come right after its successor. The first fact of a case makes the successor an
        early one.
        """
        for _ in range(self._scaled(times)):
            own = self.draw(lambda own: len(own) >= (2 if first else 3))
            if not own:
                return
            at = 0 if first else self._rng.randint(1, len(own) - 2)
            moved, successor = own[at], own[at + 1]
            self._facts.pop(self._place(moved))
            place = self._place(successor)
            if first:
                self._facts[place] = replace(successor, note="early")
                self._facts.insert(place + 1, moved)
            else:
                self._facts.insert(place + 1, replace(moved, note="late"))

    def _repeat(self, times: int, where: Callable[[int], int]) -> None:
        for _ in range(self._scaled(times)):
            own = self.draw(bool)
            if not own:
                return
            fact = self._rng.choice(own)
            again = replace(fact, expect="duplicate", note="twice")
            self._facts.insert(where(self._place(fact)), again)

    def _scaled(self, times: int) -> int:
        return max(1, round(times * self._share))

    def _place(self, fact: FedFact) -> int:
        return next(at for at, one in enumerate(self._facts) if one is fact)

    def _by_subject(self) -> dict[str, list[FedFact]]:
        grouped: dict[str, list[FedFact]] = defaultdict(list)
        for fact in self._facts:
            if fact.expect == "applied":
                grouped[fact.subject].append(fact)
        return grouped


def ends_in_meter(own: list[FedFact]) -> bool:
    """Whether a case has a meter."""
    return any(fact.of_type(facts.MeterFitted) for fact in own)


def is_withdrawn(own: list[FedFact]) -> bool:
    """Whether a case was withdrawn."""
    return any(fact.of_type(facts.Withdrawn) for fact in own)
