"""Which application or project a fact belongs to: aliases, numbers and stream keys, inside the inbox
transaction."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from activities.outcomes import Connection
from events.errors import Problem
from events.sealing import StreamKey
from workflows.intake import staff_subjects
from workflows.intake.arrivals import Arrival
from workflows.intake.desk import Desk
from workflows.intake.numbers import CONNECTION, prefix_in, prefix_of, prefixes_of
from workflows.policy.model import Policy


@dataclass(frozen=True)
class Subject:
    """An application, or a project, as intake knows it. `key` is None once it is erased."""

    number: str
    profile: str
    stream: str
    key: StreamKey | None


class Ref(NamedTuple):
    """How a fact names its application: an alias counts within its source, a number everywhere."""

    source: str
    name: str


class Opening(NamedTuple):
    """What a name that nobody has used before needs to become an application. `year` is its local one."""

    policy: Policy
    year: int
    stream: str


class Subjects:
    """What one batch speaks of: applications and projects that are known, and those that it brings."""

    def __init__(self, desk: Desk, known: dict[Ref, Subject]) -> None:
        self._desk = desk
        self._known = known

    def find(self, arrival: Arrival) -> Subject | None:
        """Return the application that the fact names, if there is one."""
        return self._known.get(Ref(arrival.source, arrival.alias or ""))

    def against(self, arrival: Arrival) -> Problem | None:
        """What speaks against the fact, given what its name stands for."""
        subject, policy = self.find(arrival), arrival.checked.policy
        if policy is None or arrival.alias is None:
            return None
        return objection(policy, arrival.alias, subject, arrival.checked.stream)

    async def add(self, conn: Connection, arrivals: Iterable[Arrival]) -> None:
        """Give a number, an alias and a key to each new name, in the order of arrival."""
        new: dict[Ref, Opening] = {}
        staff: dict[Ref, tuple[str, str]] = {}
        for arrival in arrivals:
            policy, time, stream = arrival.checked.policy, arrival.checked.time, arrival.checked.stream
            ref = Ref(arrival.source, arrival.alias or "")
            if ref in self._known or ref in new or not (policy and time and stream):
                continue
            if (name := staff_subjects.called(arrival)) is not None:
                staff[ref] = name, policy.profile
            else:
                new[ref] = Opening(policy, local_year(policy, time), stream)
        self._known |= await open_subjects(conn, self._desk, new)
        if staff:
            await staff_subjects.open_staff(
                conn, self._desk, [(*ref, *whose) for ref, whose in staff.items()]
            )
            self._known |= await look_up(conn, self._desk, staff.keys())


def objection(policy: Policy, name: str, subject: Subject | None, stream: str | None) -> Problem | None:
    """What speaks against a name: it has the form of a number that was never given, or what it stands for
    belongs elsewhere, is of another stream than the fact, or is erased."""
    if subject is None:
        if prefix_in(name) in prefixes_of(policy):
            return _problem("unknown_number", "We gave out no such number. Check it, or use your reference.")
        return None
    if subject.profile != policy.profile:
        return _problem("wrong_profile", "The application belongs to another profile. Check the attribute.")
    if stream is not None and subject.stream != stream:
        return _problem(
            "wrong_stream", f"The name stands for something of the stream {subject.stream}. Use another name."
        )
    if subject.key is None:
        return _problem(
            "subject_erased", "The personal data of this application was erased; it takes no facts."
        )
    return None


async def open_subjects(conn: Connection, desk: Desk, new: Mapping[Ref, Opening]) -> dict[Ref, Subject]:
    """Give a number, an alias and a key to each name, in their order. Inside the caller's transaction."""
    if not new:
        return {}
    numbers = await _mint(conn, list(new.values()))
    made = [(ref, number, one) for (ref, one), number in zip(new.items(), numbers, strict=True)]
    keys = {number: desk.keys.make() for number in numbers}
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO intake.subject (number, profile, stream) VALUES (%s, %s, %s)",
            [(number, one.policy.profile, one.stream) for _, number, one in made],
        )
        await cursor.executemany(
            "INSERT INTO intake.alias (source, alias, number) VALUES (%s, %s, %s)",
            [(ref.source, ref.name, number) for ref, number, _ in made],
        )
        await cursor.executemany(
            "INSERT INTO intake.stream_key (kid, subject, master, wrapped) VALUES (%s, %s, %s, %s)",
            [(new_key.key.kid, number, new_key.master, new_key.wrapped) for number, new_key in keys.items()],
        )
    return {
        ref: Subject(number, one.policy.profile, one.stream, keys[number].key) for ref, number, one in made
    }


class Link(NamedTuple):
    """What a case of its own is about: a dispute of a closed case."""

    linked_to: str
    dispute: str


async def open_linked(
    conn: Connection, desk: Desk, policy: Policy, time: datetime, link: Link
) -> tuple[str, StreamKey]:
    """Give a number and a key to a case about another one, in its stream; no name of upstream's leads to it.

    Raises `UniqueViolation` when the dispute has its case already.
    """
    [number] = await _mint(conn, [Opening(policy, local_year(policy, time), CONNECTION)])
    made = desk.keys.make()
    await conn.execute(
        """
        INSERT INTO intake.subject (number, profile, stream, linked_to, dispute)
        SELECT %s, profile, stream, number, %s FROM intake.subject WHERE number = %s
        """,
        (number, link.dispute, link.linked_to),
    )
    await conn.execute(
        "INSERT INTO intake.stream_key (kid, subject, master, wrapped) VALUES (%s, %s, %s, %s)",
        (made.key.kid, number, made.master, made.wrapped),
    )
    return number, made.key


async def find_subjects(conn: Connection, desk: Desk, arrivals: Sequence[Arrival]) -> Subjects:
    """Look up every name that the arrivals use."""
    refs = {Ref(a.source, a.alias) for a in arrivals if a.nameable and a.alias is not None}
    return Subjects(desk, await look_up(conn, desk, refs))


async def look_up(conn: Connection, desk: Desk, refs: Collection[Ref]) -> dict[Ref, Subject]:
    """Return the applications behind these names; a name that nobody has used is left out."""
    prefixes = {one for policy in desk.policies.values() for one in prefixes_of(policy)}
    cursor = await conn.execute(
        """
        SELECT r.source, r.name, s.number, s.profile, s.stream, k.kid, k.wrapped
        FROM unnest(%s::text[], %s::text[], %s::boolean[]) AS r (source, name, is_number)
        LEFT JOIN intake.alias a ON NOT r.is_number AND a.source = r.source AND a.alias = r.name
        JOIN intake.subject s ON s.number = CASE WHEN r.is_number THEN r.name ELSE a.number END
        LEFT JOIN intake.stream_key k ON k.subject = s.number
        """,
        (
            [ref.source for ref in refs],
            [ref.name for ref in refs],
            [prefix_in(ref.name) in prefixes for ref in refs],
        ),
    )
    known: dict[Ref, Subject] = {}
    async for source, name, number, profile, stream, kid, wrapped in cursor:
        key = desk.keys.open(kid, wrapped) if wrapped is not None else None
        known[Ref(source, name)] = Subject(number, profile, stream, key)
    return known


async def _mint(conn: Connection, wanted: Sequence[Opening]) -> list[str]:
    """Numbers in the order asked. The counter is locked until commit: none is skipped or twice given."""
    last: dict[tuple[str, str, int], int] = {}
    counts = Counter((one.policy.profile, one.stream, one.year) for one in wanted)
    for (profile, stream, year), count in sorted(counts.items()):
        cursor = await conn.execute(
            """
            INSERT INTO intake.number_counter AS c (profile, stream, year, last) VALUES (%s, %s, %s, %s)
            ON CONFLICT (profile, stream, year) DO UPDATE SET last = c.last + excluded.last
            RETURNING c.last
            """,
            (profile, stream, year, count),
        )
        row = await cursor.fetchone()
        last[profile, stream, year] = (row[0] if row else count) - count
    numbers = []
    for one in wanted:
        counter = one.policy.profile, one.stream, one.year
        last[counter] += 1
        numbers.append(f"{prefix_of(one.policy, one.stream)}-{one.year}-{last[counter]:06d}")
    return numbers


def local_year(policy: Policy, time: datetime) -> int:
    """Return the year in which a moment lies where the profile is at home."""
    return time.astimezone(ZoneInfo(policy.timezone)).year


def _problem(code: str, sentence: str) -> Problem:
    return Problem(code=code, field="subject", sentence=sentence)
