"""Dead letters given another try: as they were, or corrected by a person. One letter, one transaction.

What a case has refused goes to it again as it was sealed. What intake refused is read anew, by the tables
and limits of today. So is a correction: it becomes the fact's next version, beside the letter that stays.
"""

import json
from typing import Any, NamedTuple

from activities.outcomes import Connection
from events.cloudevents import STRUCTURED, read_record, standard_form
from events.consumer import Record
from events.errors import MingdianError, Problem
from events.plainjson import BadJsonError, read_json
from workflows.intake import inbox_sql as sql
from workflows.intake import letters
from workflows.intake.arrivals import Arrival, arrive, bound_source
from workflows.intake.desk import Desk
from workflows.intake.inbox import accepted, keep_letter, shared, take
from workflows.intake.letters import DOOR, Letter, Opened
from workflows.intake.subjects import find_subjects


class NotReplayableError(MingdianError):
    """The letter can't be tried again; `code` and `sentence` say why and what to do instead."""


class Replayed(NamedTuple):
    """What a replay came to. `n` is the version that is tried; `problems` say why it was refused at once.
    With none the fact is on its way to its case, and its outcome will be told as any other."""

    letter: int
    source: str | None
    id: str | None
    n: int
    problems: tuple[Problem, ...]


async def replay(conn: Connection, desk: Desk, number: int, correction: bytes | None = None) -> Replayed:
    """Try letter `number` again, in the caller's transaction.

    `correction`: a JSON object, either a whole event (it has `specversion`) or data that takes the place of
    the letter's. Raises `NotReplayableError`, and `SealingError` when the keys are not those that sealed it.
    """
    found = await letters.show(conn, desk.keys, desk.quarantine, number, lock=True)
    if found is None:
        raise NotReplayableError("no_letter", f"There is no dead letter {number}.")
    letter, opened = found
    row = await _row(conn, letter)
    _objections(letter, row, correction is not None)
    await conn.execute("UPDATE intake.dead_letter SET replayed_at = now() WHERE letter = %s", (number,))
    if correction is None and row is not None and row.has_fact:
        return await _requeue(conn, letter, row)
    body = _corrected(letter, opened, correction) if correction is not None else _whole(letter, opened)
    return await _read_anew(conn, desk, letter, row, body)


class _Row(NamedTuple):
    n: int
    state: str
    outcome: str | None
    has_fact: bool
    kid_destroyed: bool


async def _row(conn: Connection, letter: Letter) -> _Row | None:
    """The fact's inbox row, locked: nobody else replays it meanwhile."""
    if letter.source is None or letter.id is None:
        return None
    cursor = await conn.execute(
        """
        SELECT n, state, outcome, fact IS NOT NULL,
               EXISTS (SELECT FROM intake.stream_key k WHERE k.subject = i.subject AND k.wrapped IS NULL)
        FROM intake.inbox i WHERE source = %s AND id = %s FOR UPDATE
        """,
        (letter.source, letter.id),
    )
    found = await cursor.fetchone()
    return _Row(*found) if found else None


def _objections(letter: Letter, row: _Row | None, corrected: bool) -> None:
    """Raise what speaks against a replay."""

    def refuse(code: str, sentence: str) -> None:
        raise NotReplayableError(code, sentence)

    if letter.code == "id_reused":
        refuse("id_reused", "Its id stands for another fact. Send the content anew, under an id of its own.")
    done = letter.cleared_at is not None and letter.dismissed is None
    if done or (row and row.outcome == "applied"):
        refuse("already_applied", "The fact has been applied since.")
    if row and row.state != "final":
        refuse("under_way", "The fact is on its way already. See its outcome.")
    if row and letter.n is not None and letter.n < row.n:
        refuse("older_version", f"There is a newer version ({row.n}) of this fact. Replay its letter.")
    if row and row.kid_destroyed:
        refuse("subject_erased", "The personal data of this application was erased; it takes no facts.")
    if letter.origin == DOOR and not corrected:
        refuse("refused_at_door", "The door could not read it. Correct it with a whole event.")
    if letter.truncated and not corrected:
        refuse("truncated", "Only its beginning was kept. Correct it with a whole event.")


async def _requeue(conn: Connection, letter: Letter, row: _Row) -> Replayed:
    cursor = await conn.execute("SELECT kid, raw FROM intake.dead_letter WHERE letter = %s", (letter.letter,))
    kid, raw = await cursor.fetchone() or (None, None)
    values = {"source": letter.source, "id": letter.id, "n": row.n + 1, "kid": kid, "raw": raw}
    await conn.execute(sql.REQUEUE, values)
    await conn.execute(sql.WAKE, ([letter.number],))
    return Replayed(letter.letter, letter.source, letter.id, row.n + 1, ())


def _whole(letter: Letter, opened: Opened | None) -> Opened:
    if opened is None:
        raise NotReplayableError(
            "bytes_gone", "Its bytes are past their retention. Correct it with a whole event."
        )
    return opened


def _corrected(letter: Letter, opened: Opened | None, correction: bytes) -> Opened:
    """The letter's event with what the person gave, in structured mode."""
    try:
        given = read_json(correction)
    except BadJsonError as error:
        raise NotReplayableError(error.code, f"The correction can't be read. {error.sentence}") from None
    if not isinstance(given, dict):
        raise NotReplayableError("bad_correction", "The correction is a JSON object: an event, or its data.")
    if "specversion" not in given:
        given = {**_attributes(_whole(letter, opened)), "data": given}
    if letter.source is not None and given.get("source") != letter.source:
        raise NotReplayableError("other_source", "A correction keeps the source of its letter.")
    if letter.id is not None and given.get("id") != letter.id:
        raise NotReplayableError("other_id", "A correction keeps the id of its letter.")
    return Opened([("content-type", STRUCTURED.encode())], json.dumps(given, ensure_ascii=False).encode())


def _attributes(opened: Opened) -> dict[str, Any]:
    """The attributes of the letter's event, without its data."""
    event = read_record(opened.headers, opened.body)
    try:
        whole = json.loads(standard_form(event))
    except ValueError:
        whole = None
    if not event.attributes or not isinstance(whole, dict):
        raise NotReplayableError("no_envelope", "Its envelope can't be read. Correct it with a whole event.")
    return {name: value for name, value in whole.items() if name not in {"data", "data_base64"}}


async def _read_anew(
    conn: Connection, desk: Desk, letter: Letter, row: _Row | None, opened: Opened
) -> Replayed:
    """Read the bytes as if they had just come, in the place where they came."""
    place = (letter.partition, letter.offset) if letter.offset is not None else (-1, letter.letter)
    record = Record(letter.origin, place[0] or 0, place[1], 0, None, opened.body, opened.headers)
    bound = letter.source if letter.origin == DOOR else bound_source(desk.inbound, letter.origin)
    arrival = arrive(
        record,
        policies=desk.policies,
        bound_source=bound,
        inbox_secret=desk.inbox_secret,
        now=desk.clock(),
        max_bytes=desk.max_bytes,
    )
    if row is None:
        return await _as_new(conn, desk, letter, arrival)
    subjects = await find_subjects(conn, desk, [arrival])
    problem = subjects.against(arrival)
    if problem is not None:
        arrival = arrival.refused(problem)
    n = row.n + 1
    if not arrival.problems:
        await subjects.add(conn, [arrival])
    subject = subjects.find(arrival)
    async with conn.cursor() as cursor:
        if arrival.problems or subject is None or subject.key is None:
            values = shared(arrival, subject, n)
            await cursor.execute(sql.REFUSE_AGAIN, values)
            await cursor.execute(sql.TELL, {**values, "outcome": "refused"})
            await keep_letter(
                cursor,
                desk,
                arrival,
                subject,
                values,
                blocks=False,
                version_of=letter.version_of or letter.letter,
            )
        else:
            values = await accepted(cursor, desk, arrival, subject, subject.key, n=n)
            await cursor.execute(sql.CORRECT, values)
            await cursor.execute(sql.WAKE, ([subject.number],))
    return Replayed(letter.letter, arrival.source, arrival.id, n, arrival.problems)


async def _as_new(conn: Connection, desk: Desk, letter: Letter, arrival: Arrival) -> Replayed:
    """What had no name has one now, or not: it is taken in as anything that comes for the first time."""
    if not arrival.nameable:
        return Replayed(letter.letter, letter.source, letter.id, 1, arrival.problems)
    taken = await take(conn, desk, [arrival])
    if taken.refused:
        return Replayed(letter.letter, arrival.source, arrival.id, 1, arrival.problems)
    # It stands under its own name now: the nameless letter is done with.
    await conn.execute("UPDATE intake.dead_letter SET cleared_at = now() WHERE letter = %s", (letter.letter,))
    return Replayed(letter.letter, arrival.source, arrival.id, 1, ())
