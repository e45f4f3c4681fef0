"""All that a run remembers: the facts it took, what it answered, what it has said and where its stream
ends."""

from dataclasses import dataclass, field
from datetime import datetime

from activities.messages import OutcomeRecord
from events.canonical import digest
from events.catalogue.base import EventData
from events.catalogue.connection_events import Corrected, OverdueRevoked, StepOverdue
from events.catalogue.duty_events import DutyOverdue, DutyOverdueRevoked
from events.envelope import Draft, Head
from workflows.case import Said
from workflows.messages import FactMessage, FactOutcome

APPLIED = FactOutcome(fate="applied")

_SENTENCES = {
    "not_in_this_process": "The process of this application knows no such fact.",
    "case_closed": "The case is closed; open a new one that names it.",
    "case_ended": "The application had ended before this happened.",
    "never_possible": "The state that this fact needs did not come in time. Correct its time or its type.",
}


def impossible(code: str) -> FactOutcome:
    """Return the outcome of a fact that finds no place, with the sentence for people."""
    return FactOutcome(fate="impossible", code=code, sentence=_SENTENCES[code])


@dataclass
class Held:
    """A fact that came before its state."""

    fact: FactMessage
    since: datetime


@dataclass
class Spoken:
    """What was said under a key: the digest of its content, and its sequence once it is sealed."""

    type: str
    digest: str
    draft: Draft
    sequence: int | None = None


@dataclass
class CaseState:
    """The state of a run. `as_of`: up to when silence has been judged; `last_arrival`: when the newest fact
    came; `policy_version`: the policy that the case lives by now."""

    facts: list[FactMessage]
    as_of: datetime
    last_arrival: datetime
    policy_version: str
    arrivals: int = 0
    held: list[Held] = field(default_factory=list)
    outcomes: dict[str, FactOutcome] = field(default_factory=dict)
    spoken: dict[str, Spoken] = field(default_factory=dict)
    queue: list[Said] = field(default_factory=list)
    in_flight: int = 0
    head: Head = field(default_factory=Head)
    reports: list[OutcomeRecord] = field(default_factory=list)
    closing: bool = False
    done: bool = False

    @property
    def quiet(self) -> bool:
        """True when everything said is published and every outcome reported."""
        return not self.queue and not self.in_flight and not self.reports

    def compare(self, said: list[Said], now: datetime) -> None:
        """Take back what no longer holds, then queue what a new reading says and the last one did not. What
        it says otherwise takes the place of what was said, and the log is told so."""
        contents = {one.key: digest(one.draft.model_dump(mode="json")) for one in said}
        gone = [key for key in self.spoken if key not in contents]
        changed = [key for key, old in self.spoken.items() if contents.get(key, old.digest) != old.digest]
        no_longer_held, replaced = self._take_back(gone, now), self._take_back(changed, now)
        self._correct(no_longer_held, now)
        for one in said:
            if one.key not in self.spoken:
                self.spoken[one.key] = Spoken(one.draft.type, contents[one.key], one.draft)
                self.queue.append(one)
        # After what takes their place, so that a reader is never without either.
        self._correct(replaced, now)

    def say(self, data: EventData, now: datetime) -> None:
        """Queue an event that follows from no single fact."""
        draft = Draft(type=data.type, time=now, data=data.as_data())
        self.queue.append(Said("", draft))

    def _take_back(self, keys: list[str], now: datetime) -> list[int]:
        """Forget what was said under these keys, and never send what has not left yet. Returns the sequences
        of the rest. A lateness is taken back in words of its own: figures count it."""
        unsent = {one.key for one in self.queue}
        self.queue = [one for one in self.queue if one.key not in keys]
        sequences: list[int] = []
        for key in keys:
            spoken = self.spoken.pop(key)
            if key in unsent:
                continue
            if (revoked := _revoked(spoken.draft)) is not None:
                self.say(revoked, now)
            if spoken.sequence is not None:
                sequences.append(spoken.sequence)
        return sequences

    def _correct(self, sequences: list[int], now: datetime) -> None:
        """Name the events that hold no longer."""
        if sequences:
            self.say(Corrected(sequences=tuple(sorted(sequences))), now)


def _revoked(said: Draft) -> EventData | None:
    """What takes a lateness back that was said of a step or a duty; None for all else."""
    if said.type == StepOverdue.type:
        step = StepOverdue.model_validate(said.data)
        return OverdueRevoked(step=step.step, due_at=step.due_at)
    if said.type == DutyOverdue.type:
        duty = DutyOverdue.model_validate(said.data)
        return DutyOverdueRevoked(duty=duty.duty, ref=duty.ref, due_at=duty.due_at)
    return None
