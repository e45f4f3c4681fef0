"""Valid chained streams by the hundred thousand: a few dozen cases told once, then stamped out under other
numbers, each event with a hash of its own."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from deploy.demo.day import working_day
from events.canonical import canonical
from events.catalogue.registry import FACT_MODELS
from events.cloudevents import read_structured
from events.envelope import Draft, Head, read_time, seal
from events.personal import personal_fields
from workflows.casefile import CaseFile
from workflows.lifecycles import LIFECYCLES, process_of
from workflows.messages import FactMessage
from workflows.opening import open_case
from workflows.policy.model import Policy

NOW = datetime(2026, 9, 15, 2, 41, tzinfo=UTC)
CASES = 60
OPEN_AT_ONCE = 2_000
"""How many cases are under way at a time: their events lie mingled in the log, as they would."""

_NUMBER, _BEFORE = "HN-2026-000000", "f" * 64
_SEALED = {"kid": "bench", "nonce": "AAAAAAAAAAAAAAAA", "ct": "A" * 48}
_WAIT = timedelta(seconds=20)


class Stamp(NamedTuple):
    """An event's canonical bytes before and after the place of its hash; number and last hash stand for
    others."""

    before: bytes
    after: bytes


def stamps(policy: Policy) -> list[list[Stamp]]:
    """Return the cases of a working day, each as the events it leaves."""
    stories: dict[str, list[FactMessage]] = {}
    for fed in working_day(policy, 7, 1, NOW, CASES):
        if fed.event is not None and fed.expect == "applied":
            stories.setdefault(fed.subject, []).append(_fact(fed.body))
    return [[_stamp(event) for event in _told(policy, story)] for story in stories.values()]


def records(cases: list[list[Stamp]], events: int, seed: int = 7) -> Iterator[tuple[bytes, bytes]]:
    """Yield exactly `events` records, key and value: whole streams but for those cut off at the end."""
    rng = Random(seed)  # noqa: S311 - drawn, not secret
    numbers = iter(range(1, events + 1))
    under_way = [_stream(cases, next(numbers)) for _ in range(min(OPEN_AT_ONCE, events))]
    left = events
    while left:
        place = rng.randrange(len(under_way))
        record = next(under_way[place], None)
        if record is None:
            under_way[place] = _stream(cases, next(numbers))
            continue
        left -= 1
        yield record


def _stream(cases: list[list[Stamp]], place: int) -> Iterator[tuple[bytes, bytes]]:
    number = f"HN-{2026 + place // 1_000_000}-{place % 1_000_000:06d}".encode()
    last = Head().hash.encode()
    for stamp in cases[place % len(cases)]:
        before = stamp.before.replace(_NUMBER.encode(), number)
        after = stamp.after.replace(_NUMBER.encode(), number).replace(_BEFORE.encode(), last)
        last = hashlib.sha256(before + after).hexdigest().encode()
        yield number, b'%b"hash":"%b",%b' % (before, last, after)


def _stamp(event: dict[str, Any]) -> Stamp:
    whole = canonical({**event, "prevhash": _BEFORE})
    before, _, after = whole.partition(b'"hash":"' + event["hash"].encode() + b'",')
    return Stamp(before, after)


def _told(policy: Policy, story: list[FactMessage]) -> Iterator[dict[str, Any]]:
    """What a case says about its facts, as its run would."""
    facts = sorted(story, key=lambda fact: (not FACT_MODELS[fact.type].opens, fact.time))
    name, start = open_case(policy, facts[0], _NUMBER, _WAIT, _WAIT)
    lifecycle = LIFECYCLES[name]
    file = CaseFile(start, process_of(lifecycle), lifecycle.step_facts, NOW)
    head = Head()
    for fact in [None, *facts[1:]]:
        if fact is not None:
            file.take(fact, NOW)
        drafts: list[Draft] = [one.draft for one in file.state.queue]
        for one, event in zip(file.state.queue, _sealed(head, drafts, start.source), strict=True):
            if one.key in file.state.spoken:
                file.state.spoken[one.key].sequence = int(event["sequence"])
            head = Head(sequence=int(event["sequence"]), hash=event["hash"])
            yield event
        file.state.queue.clear()


def _sealed(head: Head, drafts: list[Draft], source: str) -> list[dict[str, Any]]:
    sealed = seal(head, drafts, source=source, subject=_NUMBER, correlationid=_NUMBER, policyversion="bench")
    return [event.as_json() for event in sealed]


def _fact(body: bytes) -> FactMessage:
    """A fact as intake hands it on: something stands where its personal fields were."""
    event = read_structured(body)
    kind = event.attributes["type"]
    model = FACT_MODELS[kind]
    closed = {name: _SEALED for name in personal_fields(model) if event.data.get(name)}
    data = model.model_validate({**event.data, **closed}).model_dump(mode="json", exclude_none=True)
    return FactMessage(
        source="/upstream/bench",
        id=f"{_NUMBER}-{event.attributes['id']}",  # another fact in every stream
        type=kind,
        time=read_time(event.attributes["time"]),
        data=data,
    )
