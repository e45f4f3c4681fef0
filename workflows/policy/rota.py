"""The duty rota of key customers (值班表): who is on duty at any moment, from a table and nothing else."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from events.catalogue.connection_events import Officer
from workflows.policy.clock import local_day
from workflows.policy.force import as_of
from workflows.policy.model import Policy
from workflows.policy.rows import Shift
from workflows.policy.slices import staff_of

_MIDNIGHT = time(0)
_DAY_MINUTES = 24 * 60


def on_duty(rota: Sequence[Shift], moment: datetime, timezone: str, away: Collection[str] = ()) -> str | None:
    """Return the staff id of who is on duty at an aware moment; None when everybody on the rota is away.

    The first shift that is running counts, and in it whose turn it is; who is away (of `away`, on the
    moment's local day) is passed over in the order of the shift, then in that of the others.
    """
    local = moment.astimezone(ZoneInfo(timezone))
    begun = [(shift, _begun(shift, local)) for shift in rota]
    running = [(shift, day) for shift, day in begun if day is not None]
    for shift, day in (*running, *((shift, local.date()) for shift, day in begun if day is None)):
        for staff_id in in_turn(shift, day):
            if staff_id not in away:
                return staff_id
    return None


def officer_on_duty(policy: Policy, moment: datetime, away: Collection[str] = ()) -> Officer | None:
    """Return who is on duty at a moment, by the tables of its local day; None without a rota, or with
    everybody away."""
    held = as_of(policy, local_day(moment, policy.timezone))
    name = on_duty(held.rota, moment, policy.timezone, away)
    everybody = (one for officers in staff_of(held).values() for one in officers)
    return next((one for one in everybody if one.staff_id == name), None)


def in_turn(shift: Shift, day: date) -> tuple[str, ...]:
    """Return the people of a shift that begins on a local day: who has it first, then who stands in."""
    first = (day - shift.since).days // shift.days % len(shift.staff)
    return (*shift.staff[first:], *shift.staff[:first])


def gap(rota: Sequence[Shift]) -> time | None:
    """Return the first minute of a local day in which no shift is running; None when there is none."""
    day = datetime.combine(date(2000, 1, 1), _MIDNIGHT)
    for minute in range(_DAY_MINUTES):
        local = day + timedelta(minutes=minute)
        if all(_begun(shift, local) is None for shift in rota):
            return local.time()
    return None


def _begun(shift: Shift, local: datetime) -> date | None:
    """The local day on which the running shift began: one past midnight is still that of the evening."""
    at, today = local.time(), local.date()
    if shift.begins < shift.ends:
        return today if shift.begins <= at < shift.ends else None
    if at >= shift.begins:
        return today
    return today - timedelta(days=1) if at < shift.ends else None
