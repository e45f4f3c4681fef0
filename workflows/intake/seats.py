"""Who sits where: officers are seated when a case begins, evenly, and nobody who is away gets one."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from activities.outcomes import Connection
from events.catalogue.connection_facts import Energised
from workflows.messages import CaseStart
from workflows.policy import clock, staffing
from workflows.policy.force import as_of
from workflows.policy.model import CaseSlice, Policy
from workflows.policy.slices import staff_of
from workflows.policy.staffing import Absence, Team

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 11))"
# What one has to do: cases and key projects under way, in whichever region. A late dispute goes to who had
# the case and weighs nothing: it counts as ended from its beginning. To be told of red lights is no work.
_LOAD = """
SELECT staff_id, count(*) FROM intake.seat
WHERE profile = %s AND staff_id = ANY(%s) AND ended_at IS NULL AND role <> %s GROUP BY staff_id
"""
# Who sits already, when intake died between seating and beginning; of a late dispute, who had its case.
_HELD = """
SELECT role, staff_id FROM intake.seat WHERE number = %(number)s
UNION ALL
SELECT role, staff_id FROM intake.seat s WHERE number = %(linked_to)s
AND NOT EXISTS (SELECT FROM intake.seat o WHERE o.number = %(number)s AND o.role = s.role)
"""
_SEAT = """
INSERT INTO intake.seat (number, role, profile, region, staff_id, ended_at)
VALUES (%s, %s, %s, %s, %s, CASE WHEN %s THEN now() END)
ON CONFLICT (number, role) DO UPDATE SET staff_id = excluded.staff_id
"""


async def seat(conn: Connection, policy: Policy, start: CaseStart, now: datetime) -> CaseStart:
    """Return the start of a case with one officer in each role of its team, and note who sits where.

    Opens a transaction of its own. Whoever is chosen stays so when it is done again. Raises MingdianError
    `no_staff`.
    """
    async with conn.transaction():
        await lock(conn, policy.profile)
        day = clock.local_day(now, policy.timezone)
        staff = today(policy, day)
        held = await _held(conn, start)
        away = {*await away_on(conn, policy.profile, day), *_strangers(start, staff)}
        chosen = staffing.seated(
            start.policy,
            staff,
            await load(conn, policy.profile, _candidates(start.policy.team, staff, away)),
            away=away,
            held={role: one for role, one in held.items() if one not in away},
        )
        async with conn.cursor() as cursor:
            await cursor.executemany(
                _SEAT,
                [
                    (start.number, role, policy.profile, chosen.region, officers[0].staff_id,
                     start.linked_to is not None)
                    for role, officers in sorted(chosen.team.items())
                    if role != staffing.KEY_ENGINEER
                ],
            )  # fmt: skip
        await conn.execute("UPDATE intake.subject SET seated = true WHERE number = %s", (start.number,))
    return start.model_copy(update={"policy": chosen})


async def lock(conn: Connection, profile: str) -> None:
    """Let one transaction at a time choose among a profile's staff: two would choose the same person."""
    await conn.execute(_LOCK, (f"seats|{profile}",))


async def load(conn: Connection, profile: str, staff_ids: Collection[str]) -> dict[str, int]:
    """Return how many cases and projects under way each of these officers has; who has none is left out."""
    cursor = await conn.execute(_LOAD, (profile, list(staff_ids), staffing.PROVINCE))
    return dict(await cursor.fetchall())


async def unseated(conn: Connection, profile: str, most: int) -> list[tuple[str, bool]]:
    """Return cases and projects of which it is not known who sits in them, and whether each is a project."""
    cursor = await conn.execute(
        """
        SELECT number, stream = 'project' FROM intake.subject
        WHERE NOT seated AND begun_at IS NOT NULL AND erased_at IS NULL AND profile = %s
        AND stream IN ('connection', 'project') ORDER BY number LIMIT %s
        """,
        (profile, most),
    )
    return [(number, is_project) for number, is_project in await cursor.fetchall()]


async def adopt(conn: Connection, number: str, held: CaseSlice | None) -> None:
    """Note who sits in a case by what its run lives by, where nobody is noted; None for a run that is
    gone."""
    async with conn.transaction():
        for role, officer in (staffing.seats(held, number) if held else {}).items():
            assert held is not None
            await conn.execute(
                """
                INSERT INTO intake.seat (number, role, profile, region, staff_id, ended_at)
                SELECT number, %s, profile, %s, %s, CASE WHEN linked_to IS NOT NULL OR EXISTS (
                    SELECT FROM intake.inbox i
                    WHERE i.subject = number AND i.outcome = 'applied' AND i.type = %s) THEN now() END
                FROM intake.subject WHERE number = %s
                ON CONFLICT (number, role) DO NOTHING
                """,
                (role, held.region, officer.staff_id, Energised.type, number),
            )
        await conn.execute("UPDATE intake.subject SET seated = true WHERE number = %s", (number,))


async def vacate(conn: Connection, number: str) -> None:
    """Nobody answers for a case that could not begin."""
    await conn.execute("DELETE FROM intake.seat WHERE number = %s", (number,))


async def absences(conn: Connection, profile: str) -> list[Absence]:
    """Return all that is known of a profile's absences, past ones too."""
    cursor = await conn.execute(
        "SELECT staff_id, first, last FROM intake.absence WHERE profile = %s ORDER BY staff_id, first",
        (profile,),
    )
    return [Absence(*row) for row in await cursor.fetchall()]


async def away_on(conn: Connection, profile: str, day: date) -> frozenset[str]:
    """Return who is away on a local day."""
    return staffing.away_on(await absences(conn, profile), day)


async def strangers(conn: Connection, policy: Policy, day: date) -> list[str]:
    """Return who sits anywhere and stands in no table of that local day any more."""
    known = [one.staff_id for officers in today(policy, day).values() for one in officers]
    cursor = await conn.execute(
        "SELECT DISTINCT staff_id FROM intake.seat WHERE profile = %s AND staff_id <> ALL(%s) ORDER BY 1",
        (policy.profile, known),
    )
    return [name for (name,) in await cursor.fetchall()]


def today(policy: Policy, day: date) -> Team:
    """Return the staff of all regions as the tables have it on a local day, by role."""
    return staff_of(as_of(policy, day))


def _candidates(team: Team, reserve: Team, away: Collection[str]) -> set[str]:
    """Who may be chosen: the team, and all of a role in which nobody of the team is there."""
    found = {one.staff_id for officers in team.values() for one in officers}
    for role, officers in team.items():
        if all(one.staff_id in away for one in officers):
            found |= {one.staff_id for one in reserve.get(role, ())}
    return found


def _strangers(start: CaseStart, staff: Team) -> set[str]:
    """Who is in the case's team and no longer in today's tables."""
    known = {one.staff_id for officers in staff.values() for one in officers}
    return {one.staff_id for officers in start.policy.team.values() for one in officers} - known


async def _held(conn: Connection, start: CaseStart) -> Mapping[str, str]:
    cursor = await conn.execute(_HELD, {"number": start.number, "linked_to": start.linked_to})
    return dict(await cursor.fetchall())
