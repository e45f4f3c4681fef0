"""When things happen in a working day: staff act in office hours on working days, customers when they
have time.
"""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from workflows.policy import clock
from workflows.policy.calendars import calendar_of
from workflows.policy.model import Policy

_OFFICE = (time(8, 30), time(17, 30))
_AWAKE = (time(7), time(22, 30))
_LEAST_GAP = timedelta(minutes=4)
_DAY = timedelta(days=1)


class Office:
    """Moments in the profile's time zone, by its calendar. Every moment given lies after the one it
    follows.
    """

    def __init__(self, policy: Policy, rng: Random) -> None:
        self._zone = ZoneInfo(policy.timezone)
        self._calendar = calendar_of(policy)
        self._rng = rng

    def staff(self, after: datetime, working_days: int = 0) -> datetime:
        """A moment in office hours, `working_days` after the local day of `after` (0: that day if it is
        not over).
        """
        day = after.astimezone(self._zone).date()
        for _ in range(working_days):
            day = self._next_working(day)
        if not clock.working_day(self._calendar, day) or self._over(day, after):
            day = self._next_working(day)
        return self._moment(day, after, _OFFICE)

    def customer(self, after: datetime, days: int = 0) -> datetime:
        """A moment of the waking day, `days` after the local day of `after` (0: that day if it is not
        over).
        """
        day = after.astimezone(self._zone).date() + days * _DAY
        if self._ends(day, _AWAKE) <= after + _LEAST_GAP:
            day += _DAY
        return self._moment(day, after, _AWAKE)

    def soon(self, after: datetime, minutes: tuple[int, int]) -> datetime:
        """A moment some minutes later: the same visit goes on."""
        return after + timedelta(minutes=self._rng.randint(*minutes), seconds=self._rng.randint(0, 59))

    def _next_working(self, day: date) -> date:
        day += _DAY
        while not clock.working_day(self._calendar, day):
            day += _DAY
        return day

    def _over(self, day: date, after: datetime) -> bool:
        return self._ends(day, _OFFICE) <= after + _LEAST_GAP

    def _ends(self, day: date, hours: tuple[time, time]) -> datetime:
        return datetime.combine(day, hours[1], self._zone)

    def _moment(self, day: date, after: datetime, hours: tuple[time, time]) -> datetime:
        begins = max(datetime.combine(day, hours[0], self._zone).astimezone(UTC), after + _LEAST_GAP)
        span = (self._ends(day, hours).astimezone(UTC) - begins).total_seconds()
        return begins + timedelta(seconds=self._rng.randint(0, max(0, int(span))))
