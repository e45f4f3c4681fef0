"""When a run must wake although nobody speaks: to judge a due date, to give back a held fact, to close."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from workflows.case import Case
from workflows.disputes import any_open
from workflows.messages import CaseStart
from workflows.silence import next_moment
from workflows.state import CaseState

_JUST_AFTER = timedelta(seconds=1)  # a due date is the last moment that is still in time


@dataclass(frozen=True)
class Timetable:
    """The moments of a run as things stand; None where there is none."""

    start: CaseStart
    state: CaseState
    case: Case

    @property
    def judging(self) -> datetime | None:
        """When the open step's due date, or its escalation, is judged. One that was past when it was
        computed waits for quiet: facts that show the step was done in time may still be on their way."""
        moment = next_moment(self.case)
        if moment is None:
            return None
        if moment > self.state.last_arrival:
            return moment + _JUST_AFTER
        return self.state.last_arrival + self._late_grace

    @property
    def judging_needs_quiet(self) -> bool:
        """True when the due date was past when it was computed. One that lies ahead rings whatever is on
        its way."""
        moment = next_moment(self.case)
        return moment is None or moment <= self.state.last_arrival

    @property
    def parking(self) -> datetime | None:
        """When facts that are held have waited long enough."""
        if not self.state.held:
            return None
        return self.state.last_arrival + timedelta(seconds=self.start.early_wait)

    @property
    def closing(self) -> datetime | None:
        """When an ended case closes: after its service window, its disputes, and a while of quiet."""
        if self.case.ended_at is None or self.state.held or any_open(self.case):
            return None
        quiet = self.state.last_arrival + self._late_grace
        until = self.case.service_until
        return quiet if until is None else max(quiet, until + _JUST_AFTER)

    @property
    def next(self) -> datetime | None:
        """The first of these moments."""
        moments = [one for one in (self.judging, self.parking, self.closing) if one is not None]
        return min(moments, default=None)

    @staticmethod
    def is_past(moment: datetime | None, now: datetime) -> bool:
        """True when the moment exists and has come."""
        return moment is not None and now >= moment

    @property
    def _late_grace(self) -> timedelta:
        return timedelta(seconds=self.start.late_grace)
