"""Members of staff as subjects of facts: each is called as its stream, whichever source tells of it."""

from collections.abc import Iterable

from activities.outcomes import Connection
from events.catalogue.roster_facts import RosterFact
from workflows.intake.arrivals import Arrival
from workflows.intake.desk import Desk
from workflows.intake.numbers import ROSTER
from workflows.intake.roster import subject_of

_SUBJECT = """
INSERT INTO intake.subject (number, profile, stream) VALUES (%s, %s, %s) ON CONFLICT (number) DO NOTHING
"""
_KEY = """
INSERT INTO intake.stream_key (kid, subject, master, wrapped) VALUES (%s, %s, %s, %s)
ON CONFLICT (subject) DO NOTHING
"""
_ALIAS = "INSERT INTO intake.alias (source, alias, number) VALUES (%s, %s, %s)"


def called(arrival: Arrival) -> str | None:
    """Return what the member of staff is called of whom a fact tells; None for a fact of anything else."""
    said, policy = arrival.checked.fact, arrival.checked.policy
    return subject_of(policy.profile, said.staff_id) if policy and isinstance(said, RosterFact) else None


async def open_staff(conn: Connection, desk: Desk, new: Iterable[tuple[str, str, str, str]]) -> None:
    """Make known who is told of: source, name, what each is called, profile. Inside the caller's transaction;
    somebody whom another source has told of is known already."""
    for source, name, number, profile in sorted(new, key=lambda one: one[2]):
        made = desk.keys.make()
        await conn.execute(_SUBJECT, (number, profile, ROSTER))
        await conn.execute(_KEY, (made.key.kid, number, made.master, made.wrapped))
        await conn.execute(_ALIAS, (source, name, number))
