"""One batch of arrivals into the inbox, with the offsets, in one transaction: all of it or nothing.

Nothing here waits for Temporal, Kafka or a person, so nothing can stall a partition.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import AsyncCursor
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from activities.outcomes import Connection
from events.errors import Problem
from events.personal import finding_fields, identifiers, personal_fields
from events.sealing import StreamKey, blind_index, seal, seal_bytes
from workflows.intake import inbox_sql as sql
from workflows.intake.arrivals import Arrival, pack, reasons
from workflows.intake.desk import Desk
from workflows.intake.subjects import Subject, find_subjects
from workflows.messages import FactMessage

QUARANTINE = "quarantine"
"""The context under which raw dead letters without a stream are sealed."""

Cursor = AsyncCursor[TupleRow]


def raw_context(number: str) -> str:
    """The context under which a fact's raw bytes are sealed with its stream's key."""
    return f"raw\0{number}"


@dataclass
class Taken:
    """What a batch came to."""

    accepted: int = 0
    duplicates: int = 0
    refused: int = 0


async def take(conn: Connection, desk: Desk, arrivals: Sequence[Arrival]) -> Taken:
    """Write a batch. The caller opens the transaction and moves the positions in it (`positions.advance`)."""
    taken = Taken()
    known = await _known(conn, arrivals)
    subjects = await find_subjects(conn, desk, arrivals)
    checked: list[Arrival] = []
    for arrival in arrivals:
        problem = subjects.against(arrival) if arrival.nameable else None
        checked.append(arrival.refused(problem) if problem else arrival)
    firsts = {(a.source, a.id): a for a in reversed(checked) if a.nameable}
    new = [a for key, a in reversed(firsts.items()) if not a.problems and key not in known]
    await subjects.add(conn, new)
    numbers: set[str] = set()
    async with conn.cursor() as cursor, conn.pipeline():
        for arrival in checked:
            subject = subjects.find(arrival) if arrival.nameable else None
            first = known.get((arrival.source, arrival.id)) if arrival.nameable else None
            if first is not None:
                taken.duplicates += first == arrival.content_hmac
                taken.refused += first != arrival.content_hmac
                await _again(cursor, desk, arrival, subject, same=first == arrival.content_hmac)
                continue
            if arrival.nameable:
                known[arrival.source, arrival.id] = arrival.content_hmac
            if arrival.problems or subject is None or subject.key is None:
                taken.refused += 1
                await _refuse(cursor, desk, arrival, subject)
            else:
                taken.accepted += 1
                await _accept(cursor, desk, arrival, subject, subject.key)
                numbers.add(subject.number)
        # In the order of numbers, so that two batches never wait for each other in a ring.
        await cursor.execute(sql.WAKE, (sorted(numbers),))
    return taken


async def _known(conn: Connection, arrivals: Sequence[Arrival]) -> dict[tuple[str, str], bytes]:
    named = [(a.source, a.id) for a in arrivals if a.nameable]
    cursor = await conn.execute(sql.KNOWN, ([source for source, _ in named], [id_ for _, id_ in named]))
    return {(source, id_): bytes(digest) async for source, id_, digest in cursor}


async def _accept(cursor: Cursor, desk: Desk, arrival: Arrival, subject: Subject, key: StreamKey) -> None:
    checked = arrival.checked
    if checked.fact is None or checked.time is None or checked.policy is None:
        raise ValueError("an unchecked fact")
    data = checked.fact.model_dump(mode="json", exclude_none=True)
    finding = finding_fields(type(checked.fact))
    for field in personal_fields(type(checked.fact)):
        clear = data.get(field)
        if clear is None:
            continue
        if field in finding:
            for number in sorted(identifiers(finding[field], clear, checked.policy.calling_code)):
                digest = blind_index(desk.index_secret, number)
                await cursor.execute(sql.INDEX, (digest, field, subject.number))
        data[field] = seal(key, subject.number, field, clear).model_dump()
    message = FactMessage(
        source=arrival.source,
        id=arrival.id,
        type=checked.fact.type,
        time=checked.time,
        data=data,
        traceparent=arrival.traceparent,
    )
    packed = pack(arrival.record.headers, arrival.record.value)
    await cursor.execute(
        sql.ACCEPT,
        {
            **_row(arrival, subject),
            "fact": Jsonb(message.model_dump(mode="json")),
            "kid": key.kid,
            "raw": seal_bytes(key.key, packed, raw_context(subject.number)),
            "ordered": checked.fact.ordered,
            "opens": checked.fact.opens,
        },
    )


async def _refuse(cursor: Cursor, desk: Desk, arrival: Arrival, subject: Subject | None) -> None:
    """Keep it among the dead letters; where it can be named, in the inbox too, and tell its sender."""
    row = _row(arrival, subject)
    row["blocks"] = (
        subject is not None and arrival.checked.model is not None and arrival.checked.model.ordered
    )
    # Of somebody who was erased nothing is taken in again.
    erased = subject is not None and subject.key is None
    await cursor.execute(sql.LETTER, {**row, "raw": None if erased else _quarantined(desk, arrival)})
    if arrival.nameable:
        await cursor.execute(sql.REFUSE, row)
        await cursor.execute(sql.TELL, {**row, "outcome": "refused"})


async def _again(
    cursor: Cursor, desk: Desk, arrival: Arrival, subject: Subject | None, *, same: bool
) -> None:
    """The same id once more: counted when it says the same, refused when it says something else."""
    if same:
        await cursor.execute(sql.DUPLICATE, (arrival.source, arrival.id))
        return
    sentence = "This id was used for another content. Send a new fact under a new id."
    row = _row(arrival.refused(Problem(code="id_reused", field="id", sentence=sentence)), subject)
    row.update(code="id_reused", sentence=sentence, blocks=False)
    erased = subject is not None and subject.key is None
    await cursor.execute(sql.REUSED, (arrival.source, arrival.id))
    await cursor.execute(sql.LETTER, {**row, "raw": None if erased else _quarantined(desk, arrival)})
    await cursor.execute(sql.TELL, {**row, "outcome": "refused"})


def _row(arrival: Arrival, subject: Subject | None) -> dict[str, object]:
    """The columns that all rows share. What can't be named leaves nothing of its text but the seal."""
    named, record = arrival.nameable, arrival.record
    first = arrival.problems[0] if arrival.problems else None
    policy, model = arrival.checked.policy, arrival.checked.model
    return {
        "source": arrival.source if named else None,
        "id": arrival.id if named else None,
        "profile": policy.profile if policy else None,
        "stream": arrival.checked.stream,
        "subject": subject.number if subject else None,
        "alias": arrival.alias if named else None,
        "type": model.type if model else "unknown",
        "time": arrival.checked.time,
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "content_hmac": arrival.content_hmac,
        "traceparent": arrival.traceparent,
        "code": first.code if first else None,
        "sentence": first.sentence if first else None,
        "reasons": Jsonb(reasons(arrival.problems)),
    }


def _quarantined(desk: Desk, arrival: Arrival) -> bytes:
    return seal_bytes(desk.quarantine_key, pack(arrival.record.headers, arrival.record.value), QUARANTINE)
