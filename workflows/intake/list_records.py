"""A feed that produces to Kafka itself, in its own words: one record a row, as a JSON object; a record of
Kafka without content says that the one it is keyed by has left the feed.

The row is read by the feed's list table. Without a date of change it is of the moment that the header `as-of`
says, or at which the broker took it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from events.catalogue.project_facts import IntentionGone, IntentionReported
from events.cloudevents import InboundEvent, read_record
from events.consumer import Record
from events.errors import Problem
from events.plainjson import BadJsonError, read_json
from workflows.intake.list_files import line_of
from workflows.intake.list_plan import Listed, Name, day_of, told
from workflows.intake.list_rows import is_code, problem, row_of
from workflows.policy import measures
from workflows.policy.lists import ListTable
from workflows.policy.model import Policy

AS_OF = "as-of"
"""Header of the moment of which a row is, where it names none itself."""

_MARKS = 16


def read_own_words(
    record: Record, table: ListTable, source: str, policies: Mapping[str, Policy]
) -> InboundEvent | None:
    """Return what a record of a feed says; None for one that is a CloudEvent already, or whose profile is not
    served."""
    policy = policies.get(table.profile)
    if policy is None or _is_event(record):
        return None
    listed = Listed(table.profile, source, table.timezone or policy.timezone)
    if not record.value:
        return _gone(record, listed)
    try:
        content = read_json(record.value)
    except BadJsonError as error:
        return _faulty(record, listed, None, (Problem(code=error.code, field="", sentence=error.sentence),))
    row = row_of(line_of(record.offset, content), table, policy)
    at = row.at or _as_of(record, listed)
    if row.data is None or row.record is None or at is None:
        faults = row.problems or (problem("bad_date", AS_OF),)
        return _faulty(record, listed, row.record, faults)
    name = Name(row.record, f"{row.record}@{day_of(at, listed)}", at)
    return told(listed, name, IntentionReported.type, row.data)


def _is_event(record: Record) -> bool:
    return "specversion" in read_record(record.headers, record.value).attributes


def _gone(record: Record, listed: Listed) -> InboundEvent:
    name, at = measures.plain((record.key or b"").decode(errors="replace")), _as_of(record, listed)
    if not is_code(name) or at is None:
        code = "bad_date" if at is None else "bad_record" if name else "no_record"
        return _faulty(record, listed, None, (problem(code, AS_OF if at is None else "key"),))
    left = Name(name, f"{name}@{day_of(at, listed)}:gone", at)
    return told(listed, left, IntentionGone.type, {"record": name})


def _as_of(record: Record, listed: Listed) -> datetime | None:
    """Of which moment a record is; None where its header says none that can be read."""
    given = next((value.decode(errors="replace") for name, value in record.headers if name == AS_OF), None)
    if given is None:
        return datetime.fromtimestamp(record.timestamp / 1000, UTC)
    try:
        return measures.moment(given, listed.timezone)
    except ValueError:
        return None


def _faulty(record: Record, listed: Listed, name: str | None, problems: tuple[Problem, ...]) -> InboundEvent:
    """What can't be understood, under an id of its content: mended, it comes under another."""
    mark = hashlib.sha256(record.value or record.key or b"").hexdigest()[:_MARKS]
    at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    kind = IntentionReported.type if record.value else IntentionGone.type
    event = told(listed, Name(name or mark, f"{name or 'row'}@{mark}", at), kind, {})
    return replace(event, raw=record.value, data=None, problems=problems)
