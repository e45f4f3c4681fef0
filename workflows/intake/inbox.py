"""One batch of arrivals into the inbox, with the offsets, in one transaction: all of it or nothing.

Nothing here waits for Temporal, Kafka or a person, so nothing can stall a partition.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import AsyncCursor
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from activities.outcomes import Connection
from events.catalogue.project_facts import IntentionReported
from events.errors import Problem
from events.personal import finding_fields, identifiers, personal_fields
from events.sealing import StreamKey, blind_index, seal, seal_bytes
from workflows.intake import inbox_sql as sql
from workflows.intake import projects
from workflows.intake.arrivals import Arrival, pack, reasons
from workflows.intake.desk import Desk
from workflows.intake.on_call import stamped
from workflows.intake.recover import UNKNOWN
from workflows.intake.subjects import Subject, find_subjects
from workflows.messages import FactMessage

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
                same = arrival.content_hmac in first or UNKNOWN in first
                taken.duplicates += same
                taken.refused += not same
                await _again(cursor, desk, arrival, subject, same=same)
                continue
            if arrival.nameable:
                known[arrival.source, arrival.id] = (arrival.content_hmac,)
            if arrival.problems or subject is None or subject.key is None:
                taken.refused += 1
                await _refuse(cursor, desk, arrival, subject)
            else:
                taken.accepted += 1
                values = await accepted(cursor, desk, arrival, subject, subject.key)
                await cursor.execute(sql.ACCEPT, values)
                if org_code := _whose(arrival):
                    await cursor.execute(projects.NOTE, {"org_code": org_code, "number": subject.number})
                numbers.add(subject.number)
        # In the order of numbers, so that two batches never wait for each other in a ring.
        await cursor.execute(sql.WAKE, (sorted(numbers),))
    return taken


def _whose(arrival: Arrival) -> str | None:
    """The organisation that a row of a feed names as the project's."""
    fact = arrival.checked.fact
    return fact.org_code if isinstance(fact, IntentionReported) else None


async def _known(conn: Connection, arrivals: Sequence[Arrival]) -> dict[tuple[str, str], tuple[bytes, ...]]:
    """What each known id stands for: what upstream sent, and what a person made of it."""
    named = [(a.source, a.id) for a in arrivals if a.nameable]
    cursor = await conn.execute(sql.KNOWN, ([source for source, _ in named], [id_ for _, id_ in named]))
    return {
        (source, id_): tuple(bytes(digest) for digest in digests if digest is not None)
        async for source, id_, *digests in cursor
    }


async def accepted(
    cursor: Cursor, desk: Desk, arrival: Arrival, subject: Subject, key: StreamKey, *, n: int = 1
) -> dict[str, object]:
    """The inbox row of a sound fact, sealed, its `n`-th version; what finds the person is indexed."""
    checked = arrival.checked
    if checked.fact is None or checked.time is None or checked.policy is None:
        raise ValueError("an unchecked fact")
    fact = await stamped(cursor, checked.policy, checked.fact, checked.time)
    data = fact.model_dump(mode="json", exclude_none=True)
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
        n=n,
        type=checked.fact.type,
        time=checked.time,
        data=data,
        traceparent=arrival.traceparent,
    )
    packed = pack(arrival.record.headers, arrival.record.value)
    return {
        **shared(arrival, subject, n),
        "fact": Jsonb(message.model_dump(mode="json")),
        "kid": key.kid,
        "raw": seal_bytes(key.key, packed, raw_context(subject.number)),
        "ordered": checked.fact.ordered,
        "opens": checked.fact.opens,
    }


async def _refuse(cursor: Cursor, desk: Desk, arrival: Arrival, subject: Subject | None) -> None:
    """Keep it among the dead letters; where it can be named, in the inbox too, and tell its sender."""
    row = shared(arrival, subject)
    if arrival.nameable:
        await cursor.execute(sql.REFUSE, row)
        await cursor.execute(sql.TELL, {**row, "outcome": "refused"})
    await keep_letter(cursor, desk, arrival, subject, row, blocks=_blocks(arrival, subject))


def _blocks(arrival: Arrival, subject: Subject | None) -> bool:
    """Whether what comes later must wait for the fact: it has its place in the case, and is badly told."""
    model, key = arrival.checked.model, subject.key if subject else None
    return (
        key is not None
        and model is not None
        and model.ordered
        and not model.opens
        and all(problem.code not in {"wrong_profile", "wrong_stream"} for problem in arrival.problems)
    )


async def keep_letter(
    cursor: Cursor,
    desk: Desk,
    arrival: Arrival,
    subject: Subject | None,
    row: dict[str, object],
    *,
    blocks: bool,
    version_of: int | None = None,
) -> None:
    """Keep a refused arrival among the dead letters. Of somebody who was erased nothing is taken in again."""
    erased = subject is not None and subject.key is None
    key, raw = None, None
    if not erased:
        key, raw = desk.quarantine.seal(pack(arrival.record.headers, arrival.record.value))
    kept = {"blocks": blocks, "raw": raw, "quarantine": key, "version_of": version_of}
    await cursor.execute(sql.LETTER, {**row, **kept})


async def _again(
    cursor: Cursor, desk: Desk, arrival: Arrival, subject: Subject | None, *, same: bool
) -> None:
    """The same id once more: counted when it says the same, refused when it says something else."""
    if same:
        await cursor.execute(sql.DUPLICATE, (arrival.source, arrival.id))
        return
    sentence = "This id was used for another content. Send a new fact under a new id."
    row = shared(arrival.refused(Problem(code="id_reused", field="id", sentence=sentence)), subject)
    row.update(code="id_reused", sentence=sentence)
    await cursor.execute(sql.REUSED, (arrival.source, arrival.id))
    await keep_letter(cursor, desk, arrival, subject, row, blocks=False)
    await cursor.execute(sql.TELL, {**row, "outcome": "refused"})


def shared(arrival: Arrival, subject: Subject | None, n: int = 1) -> dict[str, object]:
    """The columns that all rows share. What can't be named leaves nothing of its text but the seal."""
    named, record = arrival.nameable, arrival.record
    first = arrival.problems[0] if arrival.problems else None
    policy, model = arrival.checked.policy, arrival.checked.model
    return {
        "n": n,
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
