"""Everything that can be said against a fact without looking at a case: pure, and all reasons at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from events.catalogue.base import Fact
from events.catalogue.project_facts import IntentionGone, IntentionReported
from events.catalogue.registry import stream_of
from events.catalogue.roster_facts import RosterFact
from events.cloudevents import InboundEvent
from events.errors import Problem
from events.personal import personal_fields
from events.rfc3339 import read_strict
from events.upcasting import fact_as_sent, newest_fact, read_fact
from workflows.intake.complaints import complaints
from workflows.intake.numbers import is_project_number
from workflows.policy.checks import fact_problems
from workflows.policy.model import Policy
from workflows.policy.project_slice import feed_of

MAX_AHEAD = timedelta(minutes=5)

# Stands in for a faulty field while the others are looked up, so that all reasons are told at once.
_STAND_INS: dict[str, Any] = {
    "region": "-",
    "customer_type": "enterprise",
    "usage": "commercial",
    "voltage_kv": "10",
    "capacity_kva": "100",
    "channel": "-",
}
_LOOKED_UP = {"region", "channel", "documents", "cause"}


@dataclass(frozen=True)
class Checked:
    """A fact and what is against it. With no problems `policy`, `fact` and `time` are there."""

    problems: tuple[Problem, ...]
    policy: Policy | None = None
    model: type[Fact] | None = None
    fact: Fact | None = None
    time: datetime | None = None

    @property
    def stream(self) -> str | None:
        """The stream that the fact belongs to, when its type is known."""
        return stream_of(self.model.type) if self.model else None


def check(event: InboundEvent, policies: Mapping[str, Policy], now: datetime, max_bytes: int) -> Checked:
    """Check one event. `policies` by profile; `now` is the receiver's clock."""
    if not event.attributes:  # nothing of it could be read: there is no more to say
        return Checked(event.problems)
    problems = list(event.problems)
    if len(event.raw) > max_bytes:
        problems.append(
            _problem("too_large", "", f"The event is larger than {max_bytes} bytes. Send references.")
        )
    time = _time(event, now, problems)
    policy = policies.get(event.text("profile") or "")
    if policy is None:
        problems.append(
            _problem("unknown_profile", "profile", "The attribute profile names none that is served.")
        )
    if not event.text("subject"):
        problems.append(
            _problem("no_subject", "subject", "Name the application: your reference or our number.")
        )
    model = newest_fact(event.text("type") or "")
    if model is None and event.text("type"):
        problems.append(
            _problem("unknown_type", "type", "There is no such fact. See the catalogue of types.")
        )
    if model is not None and model.internal and (policy is None or event.text("source") != policy.source):
        problems.append(_problem("internal_fact", "type", "Only the platform itself sends such a fact."))
    fact = _read_data(event, policy, problems) if model else None
    if isinstance(fact, IntentionReported | IntentionGone):
        problems += _of_feed(event, policy, fact)
    if isinstance(fact, RosterFact):
        problems += _of_staff(event, policy, fact)
    return Checked(tuple(problems), policy, model, fact, time)


def _time(event: InboundEvent, now: datetime, problems: list[Problem]) -> datetime | None:
    moment = read_strict(event.text("time") or "")
    if isinstance(moment, Problem):  # told by the reader of the envelope already
        return None
    if moment > now + MAX_AHEAD:
        problems.append(
            _problem("future_time", "time", "The time is more than 5 minutes ahead of our clock.")
        )
    return moment


def _read_data(event: InboundEvent, policy: Policy | None, problems: list[Problem]) -> Fact | None:
    """The data as its newest version, once it was found to be what its own version allows."""
    if any(problem.field == "data" for problem in event.problems):
        return None
    data = {} if event.data is None else event.data
    if not isinstance(data, dict):
        problems.append(_problem("bad_value", "data", "The data is a JSON object."))
        return None
    kind = event.text("type") or ""
    model = fact_as_sent(kind)
    assert model is not None
    problems += [
        _problem("sealed_inbound", name, "Send personal fields as texts; sealing is done here.")
        for name in personal_fields(model)
        if isinstance(data.get(name), dict)
    ]
    try:
        model.model_validate(data)
        fact = read_fact(kind, data)
    except ValidationError as error:
        faults = complaints(error)
        problems += faults
        if policy is not None:
            problems += _looked_up(data, kind, policy, {fault.field.split(".")[0] for fault in faults})
        return None
    if policy is not None:
        problems += fact_problems(policy, fact)
    return fact


def _of_feed(
    event: InboundEvent, policy: Policy | None, fact: IntentionReported | IntentionGone
) -> Iterator[Problem]:
    """What only a feed may tell, and only of its own records: by their names it is known which project a row
    belongs to."""
    if policy is not None and feed_of(policy, event.text("source") or "") is None:
        yield _problem(
            "unknown_feed", "source", "The source is no feed of this profile. Have it listed, or check it."
        )
    if event.text("subject") != fact.record and not is_project_number(policy, event.text("subject")):
        yield _problem(
            "wrong_record", "record", "The record is not the one that subject names. Name the same in both."
        )


def _of_staff(event: InboundEvent, policy: Policy | None, fact: RosterFact) -> Iterator[Problem]:
    """Only the personnel department speaks of staff, of somebody who is listed, and names the same person in
    both places."""
    if policy is not None and event.text("source") not in policy.personnel:
        yield _problem(
            "unknown_personnel", "source", "The source may not speak of staff. Have it listed, or check it."
        )
    if policy is not None and fact.staff_id not in {row.id for row in policy.teams}:
        yield _problem("unknown_staff", "staff_id", "The staff id is in no team of this profile. Check it.")
    if event.text("subject") != fact.staff_id:
        yield _problem(
            "wrong_staff",
            "staff_id",
            "The staff id is not the one that subject names. Name the same.",
        )


def _looked_up(data: dict[str, Any], kind: str, policy: Policy, faulty: set[str]) -> list[Problem]:
    """What the policy's lists say about the sound fields of faulty data."""
    model = fact_as_sent(kind)
    assert model is not None
    sound = {name: value for name, value in data.items() if name not in faulty}
    stand_ins = {name: value for name, value in _STAND_INS.items() if name in model.model_fields}
    try:
        model.model_validate({**stand_ins, **sound})
        fact = read_fact(kind, {**stand_ins, **sound})
    except ValidationError:
        return []
    told = _LOOKED_UP & set(sound)
    return [problem for problem in fact_problems(policy, fact) if problem.field.split(".")[0] in told]


def _problem(code: str, field: str, sentence: str) -> Problem:
    return Problem(code=code, field=field, sentence=sentence)
