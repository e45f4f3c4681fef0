"""The roster: who is away, who is back, who left. Each change is an event of the stream `team`, which has no
workflow: it goes through the outbox, in the transaction that notes it."""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from activities.outcomes import Connection
from events.catalogue.base import EventData
from events.catalogue.team_events import StaffAbsent, StaffLeft, StaffReturned
from events.envelope import Draft
from events.errors import MingdianError
from events.topics import TEAM
from workflows.intake import outbox, seats
from workflows.messages import FactMessage
from workflows.policy.model import Policy

_DAY = timedelta(days=1)


class Change(NamedTuple):
    """What is noted of a member of staff, and when it was; because of which fact, where one says it."""

    policy: Policy
    staff_id: str
    now: datetime
    cause: FactMessage | None = None


async def absent(
    conn: Connection, change: Change, first: date, last: date | None, *, hand_over: bool
) -> None:
    """Note an absence, from one local day to another or until further notice.

    In one transaction, which the caller opens, as all of these. Raises MingdianError `unknown_staff`,
    `staff_left`, or `known_absence` for days that another absence holds already.
    """
    held = await _held(conn, change)
    for begins, ends, gone in held:
        if gone and (last is None or begins <= last):
            raise MingdianError("staff_left", f"{change.staff_id} has left on {begins}.")
        if begins <= (last or date.max) and first <= (ends or date.max):
            raise MingdianError(
                "known_absence", f"{change.staff_id} is known to be away from {begins}. Say back first."
            )
    await _insert(conn, change, first, last, gone=False, hand_over=hand_over)
    said = StaffAbsent(staff_id=change.staff_id, first=first, last=last, hand_over=hand_over)
    await write(conn, change, said)


async def back(conn: Connection, change: Change, on: date) -> None:
    """Note that somebody is there from this local day on: absences end the day before, later ones are off.

    Raises MingdianError `unknown_staff`, or `not_away` where that changes nothing.
    """
    held = await _held(conn, change)
    if not any(on <= (ends or date.max) for _, ends, _ in held):
        raise MingdianError("not_away", f"{change.staff_id} is not away on {on} or later.")
    who = {"profile": change.policy.profile, "staff": change.staff_id, "on": on, "before": on - _DAY}
    await conn.execute(
        "DELETE FROM intake.absence WHERE profile = %(profile)s AND staff_id = %(staff)s AND first >= %(on)s",
        who,
    )
    await conn.execute(
        """
        UPDATE intake.absence SET last = %(before)s, gone = false
        WHERE profile = %(profile)s AND staff_id = %(staff)s AND coalesce(last, 'infinity') >= %(on)s
        """,
        who,
    )
    await write(conn, change, StaffReturned(staff_id=change.staff_id, on=on))


async def leave(conn: Connection, change: Change, on: date) -> bool:
    """Note that somebody is gone for good from this local day on; an absence under way ends in it. False for
    who has left already: then nothing is noted.

    Raises MingdianError `unknown_staff`.
    """
    held = await _held(conn, change)
    if any(gone for _, _, gone in held):
        return False
    who = {"profile": change.policy.profile, "staff": change.staff_id, "on": on, "before": on - _DAY}
    await conn.execute(
        "DELETE FROM intake.absence WHERE profile = %(profile)s AND staff_id = %(staff)s AND first >= %(on)s",
        who,
    )
    await conn.execute(
        """
        UPDATE intake.absence SET last = least(last, %(before)s)
        WHERE profile = %(profile)s AND staff_id = %(staff)s
        """,
        who,
    )
    await _insert(conn, change, on, None, gone=True, hand_over=True)
    await write(conn, change, StaffLeft(staff_id=change.staff_id, on=on))
    return True


async def write(conn: Connection, change: Change, data: EventData) -> None:
    """Write an event of a member of staff into the outbox."""
    policy, cause = change.policy, change.cause
    draft = Draft(
        type=data.type,
        time=change.now,
        data=data.as_data(),
        causationid=f"{cause.source}|{cause.id}" if cause else None,
        traceparent=cause.traceparent if cause else None,
    )
    await outbox.write(
        conn,
        [draft],
        topic=TEAM,
        subject=subject_of(policy.profile, change.staff_id),
        source=policy.source,
        policyversion=policy.version,
    )


def subject_of(profile: str, staff_id: str) -> str:
    """Return what somebody's stream is called."""
    return f"team-{profile}-{staff_id}"


async def _held(conn: Connection, change: Change) -> list[tuple[date, date | None, bool]]:
    """The absences known of somebody, held until the transaction ends: who is seated meanwhile waits."""
    policy = change.policy
    if change.staff_id not in {row.id for row in policy.teams}:
        sentence = f"{change.staff_id} is in no team of {policy.profile}. See ./mingdian teams list."
        raise MingdianError("unknown_staff", sentence)
    await seats.lock(conn, policy.profile)
    cursor = await conn.execute(
        "SELECT first, last, gone FROM intake.absence WHERE profile = %s AND staff_id = %s ORDER BY first",
        (policy.profile, change.staff_id),
    )
    return [(row[0], row[1], row[2]) for row in await cursor.fetchall()]


async def _insert(
    conn: Connection, change: Change, first: date, last: date | None, *, gone: bool, hand_over: bool
) -> None:
    await conn.execute(
        """
        INSERT INTO intake.absence (profile, staff_id, first, last, gone, hand_over)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        (change.policy.profile, change.staff_id, first, last, gone, hand_over),
    )
