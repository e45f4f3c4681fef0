"""A world in memory for a day of the demo: intake's real checks and real case files, without servers."""

from collections import defaultdict
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

from deploy.demo.facts import FedFact
from deploy.profiles.loader import load_profile
from events.cloudevents import InboundEvent, read_structured
from events.envelope import read_time
from workflows.casefile import CaseFile
from workflows.intake.checks import check
from workflows.lifecycles import LIFECYCLES, process_of
from workflows.messages import FactMessage
from workflows.opening import open_case
from workflows.policy.model import Policy

LARGEST = 256 * 1024
ROOT = Path(__file__).resolve().parents[3]
WAIT = timedelta(seconds=20)


class Told(NamedTuple):
    """What became of a fact."""

    outcome: str
    codes: frozenset[str] = frozenset()


@cache
def policy() -> Policy:
    """Hainan as it is shipped."""
    return load_profile(ROOT / "deploy/profiles/hainan")


class World:
    """Takes facts in the order of their coming; `now` stands still."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._known: dict[str, bytes] = {}
        self._files: dict[str, CaseFile] = {}
        self._waiting: dict[str, list[FactMessage]] = defaultdict(list)
        self._fates: dict[str, Told] = {}

    def live(self, day: list[FedFact]) -> list[Told]:
        """Return what became of each fact of a day once all is quiet."""
        at_once = [self._take(fact) for fact in day]
        for file in self._files.values():
            for held in file.state.held:
                self._fates[held.fact.id] = Told("refused", frozenset({"never_possible"}))
        return [told or self._fates[fact.id or ""] for fact, told in zip(day, at_once, strict=True)]

    def _take(self, fact: FedFact) -> Told | None:
        """Return a fate that is known at once, None for one that the case file tells."""
        event = read_structured(fact.body)
        if len(fact.body) > LARGEST:
            return Told("refused", frozenset({"too_large"}))
        if not event.identified:
            return Told("refused", frozenset(p.code for p in event.problems))
        problems = check(event, {"hainan": policy()}, self._now, LARGEST).problems
        name = event.text("id") or ""
        if name in self._known:
            same = self._known[name] == fact.body
            return Told("duplicate") if same else Told("refused", frozenset({"id_reused"}))
        self._known[name] = fact.body
        if problems:
            return Told("refused", frozenset(p.code for p in problems))
        self._deliver(event.text("subject") or "", _message(event))
        return None

    def _deliver(self, subject: str, message: FactMessage) -> None:
        file = self._files.get(subject)
        if file is not None:
            self._hand_in(file, message)
        elif message.type.endswith("application_submitted.v3"):
            file = self._files[subject] = _open(message)
            self._fates[message.id] = Told("applied")
            for waiting in self._waiting.pop(subject, []):
                self._hand_in(file, waiting)
        else:
            self._waiting[subject].append(message)

    def _hand_in(self, file: CaseFile, message: FactMessage) -> None:
        outcome = file.take(message, self._now)
        code = frozenset({outcome.code}) if outcome.code else frozenset()
        self._fates[message.id] = Told("refused", code) if outcome.fate == "impossible" else Told("applied")


def _message(event: InboundEvent) -> FactMessage:
    attributes = event.attributes
    return FactMessage(
        source=attributes["source"],
        id=attributes["id"],
        type=attributes["type"],
        time=read_time(attributes["time"]),
        data=event.data,
    )


def _open(message: FactMessage) -> CaseFile:
    workflow, start = open_case(policy(), message, "HN-2026-000001", WAIT, WAIT)
    lifecycle = LIFECYCLES[workflow]
    return CaseFile(start, process_of(lifecycle), lifecycle.step_facts, message.time)
