"""What the log knows of the staff, for a restored database: who was away or had left, who has which case."""

from datetime import datetime, timedelta

from activities.outcomes import Connection
from events.catalogue import connection_events as says
from events.catalogue import project_events as projects
from events.catalogue.project_change_events import ProjectHandedOver
from events.catalogue.service_events import LinkedCaseOpened
from events.catalogue.staff_events import CaseHandedOver
from events.catalogue.team_events import StaffAbsent, StaffLeft, StaffReturned
from events.envelope import Event
from events.topics import TEAM
from events.upcasting import read_data
from workflows.policy.staffing import ENGINEER, MANAGER, SECOND_ENGINEER, SUPERVISOR

# What its stream said last of somebody is so, whatever the database remembers.
_FORGET = "DELETE FROM intake.absence WHERE profile = %(profile)s AND staff_id = %(staff)s"
_ABSENT = """
INSERT INTO intake.absence (profile, staff_id, first, last, gone, hand_over)
VALUES (%(profile)s, %(staff)s, %(first)s, %(last)s, %(gone)s, %(hand_over)s)
ON CONFLICT (profile, staff_id, first) DO UPDATE
SET last = excluded.last, gone = excluded.gone, hand_over = excluded.hand_over
"""
_LATER = _FORGET + " AND first >= %(on)s"
_UNTIL = """
UPDATE intake.absence SET last = %(before)s, gone = false
WHERE profile = %(profile)s AND staff_id = %(staff)s AND coalesce(last, 'infinity') >= %(on)s
"""
_HEAD = """
INSERT INTO intake.stream_head AS h (subject, topic, sequence, hash) VALUES (%s, %s, %s, %s)
ON CONFLICT (subject) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash
WHERE h.sequence < excluded.sequence
"""
_SEAT = """
INSERT INTO intake.seat (number, role, profile, region, staff_id, ended_at) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (number, role) DO UPDATE SET staff_id = excluded.staff_id
"""
# Whether a project is anybody's work, its run knows best.
_ASK_ITS_RUN = "UPDATE intake.subject SET seated = false WHERE number = %s"
# A seat that has changed hands so often changes them under another name the next time.
_HAND = """
INSERT INTO intake.hand_over (id, profile, number, role, nth, held_by, goes_to, fact, at, sent_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, '{}', %s, now()) ON CONFLICT DO NOTHING
"""


async def hear_team(conn: Connection, event: Event) -> None:
    """Take one event of the roster, in the order of its stream: absences are as it says, and the next event
    takes no used place."""
    said = read_data(event.type, event.data)
    profile = event.source.rsplit("/", 1)[-1]
    who = {"profile": profile}
    if event.number == 1 and isinstance(said, StaffAbsent | StaffLeft | StaffReturned):
        await conn.execute(_FORGET, {**who, "staff": said.staff_id})
    match said:
        case StaffAbsent():
            days = {"first": said.first, "last": said.last, "gone": False, "hand_over": said.hand_over}
            await conn.execute(_ABSENT, {**who, "staff": said.staff_id, **days})
        case StaffReturned() | StaffLeft():
            bounds = {"on": said.on, "before": said.on - timedelta(days=1)}
            await conn.execute(_LATER, {**who, "staff": said.staff_id, **bounds})
            await conn.execute(_UNTIL, {**who, "staff": said.staff_id, **bounds})
            if isinstance(said, StaffLeft):
                days = {"first": said.on, "last": None, "gone": True, "hand_over": True}
                await conn.execute(_ABSENT, {**who, "staff": said.staff_id, **days})
    await conn.execute(_HEAD, (event.subject, TEAM, event.number, event.hash))


class Seats:
    """Who sits in which case or project, as its stream says. Who has a role that no event has named, its run
    knows."""

    def __init__(self) -> None:
        self._regions: dict[str, tuple[str, bool]] = {}
        self._handed: dict[tuple[str, str], datetime] = {}

    async def hear(self, conn: Connection, event: Event) -> None:
        """Take one event of a case or project, in the order of its stream."""
        said = read_data(event.type, event.data)
        if isinstance(said, CaseHandedOver | ProjectHandedOver):
            await self._hand(conn, event, said)
            return
        match said:
            case projects.ProjectOpened():
                self._regions[event.subject] = said.region, False
                await conn.execute(_ASK_ITS_RUN, (event.subject,))
            case projects.TeamAssigned():
                engineers = zip((ENGINEER, SECOND_ENGINEER), said.engineers, strict=False)
                team = {MANAGER: said.manager, SUPERVISOR: said.supervisor, **dict(engineers)}
                for role, officer in team.items():
                    await self._sits(conn, event, role, officer)
            case says.ApplicationReceived():
                self._regions[event.subject] = said.region, False
            case LinkedCaseOpened():
                self._regions[event.subject] = said.region, True
            case says.StaffAssigned():
                await self._sits(conn, event, MANAGER, said.manager)
                await self._sits(conn, event, SUPERVISOR, said.supervisor)
            case says.Energised():
                query = "UPDATE intake.seat SET ended_at = coalesce(ended_at, %s) WHERE number = %s"
                await conn.execute(query, (event.at, event.subject))
            case says.ApplicationWithdrawn():
                await conn.execute("DELETE FROM intake.seat WHERE number = %s", (event.subject,))

    async def _hand(self, conn: Connection, event: Event, said: CaseHandedOver | ProjectHandedOver) -> None:
        """A seat has changed hands; what was told late of an earlier moment does not count any more."""
        key = event.subject, said.role
        if event.at >= self._handed.get(key, event.at):
            self._handed[key] = event.at
            await self._sits(conn, event, said.role, said.after)
        await _changed_hands(conn, event, said)

    async def _sits(self, conn: Connection, event: Event, role: str, officer: says.Officer) -> None:
        if event.subject not in self._regions:
            return
        region, linked = self._regions[event.subject]
        profile = event.source.rsplit("/", 1)[-1]
        ended = event.at if linked else None
        await conn.execute(_SEAT, (event.subject, role, profile, region, officer.staff_id, ended))


async def _changed_hands(conn: Connection, event: Event, said: CaseHandedOver | ProjectHandedOver) -> None:
    _, _, name = (event.causationid or "").partition("|")
    _, _, nth = name.rpartition(":")
    if not nth.isdecimal():
        return
    profile = event.source.rsplit("/", 1)[-1]
    held_by, goes_to = said.before.staff_id, said.after.staff_id
    await conn.execute(_HAND, (name, profile, event.subject, said.role, int(nth), held_by, goes_to, event.at))
