"""Who sits in the team of a key project: seated as in a case, by who is there and has least to do."""

from datetime import datetime

from activities.outcomes import Connection
from workflows.intake import seats
from workflows.policy import clock, project_team, staffing
from workflows.policy.force import as_of
from workflows.policy.model import Policy
from workflows.policy.project_team import ROLES
from workflows.policy.staffing import MANAGER, SUPERVISOR
from workflows.project_messages import ProjectStart, Standing

_HELD = "SELECT role, staff_id FROM intake.seat WHERE number = %s"
_SEAT = """
INSERT INTO intake.seat (number, role, profile, region, staff_id) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (number, role) DO UPDATE SET staff_id = excluded.staff_id
"""
_ADOPT = """
INSERT INTO intake.seat (number, role, profile, region, staff_id, ended_at)
SELECT number, %s, profile, %s, %s, CASE WHEN %s THEN now() END FROM intake.subject WHERE number = %s
ON CONFLICT (number, role) DO UPDATE SET ended_at = excluded.ended_at
"""
_REST = """
UPDATE intake.seat SET ended_at = CASE WHEN %(rests)s THEN now() END
WHERE number = %(number)s AND (ended_at IS NOT NULL) <> %(rests)s
"""
_LOAD = """
SELECT s.staff_id, count(*) FROM intake.seat s JOIN intake.subject p USING (number)
WHERE s.profile = %s AND p.stream = 'project' AND s.ended_at IS NULL AND s.role <> %s GROUP BY s.staff_id
"""
_SEATED = "UPDATE intake.subject SET seated = true WHERE number = %s"


async def seat(conn: Connection, policy: Policy, start: ProjectStart, now: datetime) -> ProjectStart:
    """Return the start of a project with one person in each seat of its team, of those whom the tables of
    today name, and note who sits where. As `seats.seat`."""
    async with conn.transaction():
        await seats.lock(conn, policy.profile)
        day = clock.local_day(now, policy.timezone)
        staff, region = seats.today(policy, day), start.policy.region
        team = project_team.candidates(as_of(policy, day), region)
        away = await seats.away_on(conn, policy.profile, day)
        held: dict[str, str] = dict(await (await conn.execute(_HELD, (start.number,))).fetchall())
        everybody = {one.staff_id for officers in staff.values() for one in officers}
        chosen = staffing.fill(
            ROLES,
            team,
            staff,
            await seats.load(conn, policy.profile, everybody),
            key=True,
            away=away,
            held={role: one for role, one in held.items() if one not in away},
        )
        if not {MANAGER, SUPERVISOR} <= chosen.keys():
            raise staffing.no_staff(region)
        async with conn.cursor() as cursor:
            rows = [
                (start.number, role, policy.profile, region, officer.staff_id)
                for role, officer in sorted(chosen.items())
            ]
            await cursor.executemany(_SEAT, rows)
        await conn.execute(_SEATED, (start.number,))
    sits = project_team.team_in(chosen)
    return start.model_copy(update={"policy": start.policy.model_copy(update={"team": sits})})


async def adopt(conn: Connection, number: str, standing: Standing | None) -> None:
    """Note who sits in a project by what its run says, where nobody is noted, and whether it is anybody's
    work; None for a run that is gone."""
    async with conn.transaction():
        if standing is not None:
            held = standing.policy
            for role, officer in sorted(project_team.seats_of(held.team).items()):
                await conn.execute(_ADOPT, (role, held.region, officer.staff_id, standing.rests, number))
        await conn.execute(_SEATED, (number,))


async def load(conn: Connection, profile: str) -> dict[str, int]:
    """Return in how many projects under way each officer has work; who has none is left out."""
    return dict(await (await conn.execute(_LOAD, (profile, staffing.PROVINCE))).fetchall())


async def rest(conn: Connection, number: str, *, rests: bool) -> None:
    """Note whether a project is anybody's work: one that has ended, or goes on under another, is not."""
    await conn.execute(_REST, {"number": number, "rests": rests})
