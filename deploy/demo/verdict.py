"""Holds what became of each fact against the book: is everything accounted for as it should be?"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from deploy.demo.facts import FedFact
from deploy.feed.ledger import Fate, Ledger
from deploy.feed.rows import Fact
from deploy.feed.send import Answer


@dataclass(frozen=True)
class Surprise:
    """A fact whose fate is not the expected one."""

    id: str
    expected: str
    found: str


@dataclass(frozen=True)
class Verdict:
    """What a run came to. `refused` counts reasons."""

    read: int
    accepted: int
    duplicates: int
    refused: Counter[str]
    surprises: tuple[Surprise, ...]


def as_facts(day: Iterable[FedFact]) -> list[Fact]:
    """Return the day as it is sent."""
    return [Fact(one.source, one.id, one.body) for one in day]


def judge(
    day: Sequence[FedFact], fates: Sequence[Fate], answers: Sequence[Answer], before: Ledger
) -> Verdict:
    """Compare. What the inbox knew before the feed must come back as a duplicate, whatever it was then."""
    surprises: list[Surprise] = []
    for one, fate, answer in zip(day, fates, answers, strict=True):
        known = answer.received and (one.source, one.id) in before and "id_reused" not in one.codes
        expected = "duplicate" if known else one.expect
        right = fate.outcome == expected and (expected != "refused" or fate.code in one.codes)
        if not right:
            codes = f" ({', '.join(sorted(one.codes))})" if one.codes else ""
            found = f"{fate.outcome} ({fate.code})" if fate.code else fate.outcome
            surprises.append(Surprise(one.id or "no event", f"{expected}{codes}", found))
    outcomes = Counter(fate.outcome for fate in fates)
    refused = Counter(fate.code or "refused" for fate in fates if fate.outcome == "refused")
    return Verdict(len(day), outcomes["applied"], outcomes["duplicate"], refused, tuple(surprises))


def joined(first: Verdict, second: Verdict) -> Verdict:
    """Return two verdicts as one."""
    return Verdict(
        first.read + second.read,
        first.accepted + second.accepted,
        first.duplicates + second.duplicates,
        first.refused + second.refused,
        (*first.surprises, *second.surprises),
    )
