"""From a Kafka record to an arrival: read, checked and fingerprinted, all without a database."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import rfc8785

from events.canonical import canonical
from events.cloudevents import InboundEvent, read_record
from events.consumer import Record
from events.errors import Problem
from events.topics import INBOUND
from events.tracing import from_headers, readable
from workflows.intake.checks import Checked, check
from workflows.intake.list_records import read_own_words
from workflows.policy.lists import ListTable
from workflows.policy.model import Policy

MARKER = "mingdian-marker"
"""Header of a record without content that makes a quiet partition roll its segment; it is not a fact."""

_NOT_CONTENT = {"traceparent", "tracestate", "specversion"}


@dataclass(frozen=True)
class Arrival:
    """One record of an inbound topic. `foreign`: its `source` is not the one that its topic is bound to."""

    record: Record
    event: InboundEvent
    checked: Checked
    content_hmac: bytes
    traceparent: str | None
    foreign: bool = False
    unstorable: bool = False

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that is against it."""
        return self.checked.problems

    @property
    def nameable(self) -> bool:
        """Whether it may take its (source, id) in the inbox."""
        return self.event.identified and not self.foreign and not self.unstorable

    @property
    def source(self) -> str:
        """Its source, where it is nameable."""
        return self.event.text("source") or ""

    @property
    def id(self) -> str:
        """Its id, where it is nameable."""
        return self.event.text("id") or ""

    @property
    def alias(self) -> str | None:
        """The subject as upstream names it, when it is fit to be stored."""
        faulty = any(problem.field == "subject" for problem in self.event.problems)
        return None if faulty else self.event.text("subject")

    def refused(self, problem: Problem) -> "Arrival":
        """The same with one more reason against it."""
        return replace(self, checked=replace(self.checked, problems=(*self.problems, problem)))

    def given_up(self) -> "Arrival":
        """The same as a record that the database can't take in any form but sealed bytes."""
        problem = Problem(
            code="unstorable", field="", sentence="The fact can't be stored. Send it anew, in plain texts."
        )
        return replace(self.refused(problem), unstorable=True)


def bound_source(inbound: Mapping[str, str], topic: str) -> str | None:
    """The one source that a topic may carry; None for the topic of the door, which has seen to it."""
    return inbound.get(topic.removeprefix(f"{INBOUND}."))


def is_marker(record: Record) -> bool:
    """Whether the record only makes a segment roll."""
    return not record.value and any(name == MARKER for name, _ in record.headers)


def arrive(
    record: Record,
    *,
    policies: Mapping[str, Policy],
    bound_source: str | None,
    inbox_secret: bytes,
    now: datetime,
    max_bytes: int,
    table: ListTable | None = None,
) -> Arrival:
    """Read and check one record. Never raises for what is in it. `table`: how the feed's own words are read
    that the topic is bound to."""
    own = None
    if table is not None and bound_source is not None:
        own = read_own_words(record, table, bound_source, policies)
    event = own or read_record(record.headers, record.value)
    checked = check(event, policies, now, max_bytes)
    if own is not None and own.problems:  # what was not understood is not missed a second time
        checked = replace(checked, problems=own.problems)
    foreign = bound_source is not None and event.text("source") != bound_source
    arrival = Arrival(
        record=record,
        event=event,
        checked=checked,
        content_hmac=fingerprint(inbox_secret, event),
        traceparent=from_headers(record.headers) or readable(event.text("traceparent")),
        foreign=foreign,
    )
    if not foreign:
        return arrival
    sentence = "This topic carries the facts of one source only. Send under your own source."
    return arrival.refused(Problem(code="foreign_source", field="source", sentence=sentence))


def fingerprint(secret: bytes, event: InboundEvent) -> bytes:
    """HMAC of the canonical fact, whichever mode it came in; of its bytes where it has no canonical form."""
    content = {name: value for name, value in event.attributes.items() if name not in _NOT_CONTENT}
    try:
        if any(problem.field == "data" for problem in event.problems) or not event.attributes:
            raise ValueError
        body = canonical({"attributes": content, "data": event.data})
    except (ValueError, RecursionError, rfc8785.CanonicalizationError):
        body = b"raw\0" + event.raw
    return hmac.new(secret, body, hashlib.sha256).digest()


def pack(headers: Sequence[tuple[str, bytes]], body: bytes) -> bytes:
    """Headers and bytes as one, for sealing."""
    listed = [[name, base64.b64encode(value).decode()] for name, value in headers]
    return json.dumps({"headers": listed}).encode() + b"\n" + body


def unpack(packed: bytes) -> tuple[list[tuple[str, bytes]], bytes]:
    """Undo `pack`."""
    head, _, body = packed.partition(b"\n")
    return [(name, base64.b64decode(value)) for name, value in json.loads(head)["headers"]], body


def reasons(problems: Iterable[Problem]) -> list[dict[str, str]]:
    """Problems as JSON."""
    return [problem.model_dump() for problem in problems]
