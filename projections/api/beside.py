"""From the stored state to what stands beside the steps: duties, checks, disputes, changes. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from events.catalogue.base import Text
from events.catalogue.connection_events import LimitShown
from projections.api.beside_views import (
    AmendmentView,
    CheckView,
    CorrectionView,
    DisputeStepView,
    DisputeView,
    DutyView,
    PromiseView,
    RequestView,
    RoundView,
    ServiceView,
    SoFarView,
)
from projections.api.names import Names, limit, officer, plain
from projections.progress.beside import CheckState, DutyState
from projections.progress.state import ApplicationState
from workflows.policy import calendars, clock
from workflows.policy.model import Policy, Task

MAIN = "-"
"""Reference of a duty that a case has once at a time."""

CHECKS = ("design_review", "mid_inspection")
WORDS_OF_FIELDS = ("channel",)
"""Fields of the record whose value is a code that has a name."""


class Clock:
    """Tells days in the profile's time zone, by its calendar, as of `now`."""

    def __init__(self, policy: Policy, now: datetime) -> None:
        self.now = now
        self._zone = policy.timezone
        self._calendar = calendars.calendar_of(policy)

    def days(self, since: datetime, until: datetime) -> int:
        """Local days from one moment to another."""
        return (clock.local_day(until, self._zone) - clock.local_day(since, self._zone)).days

    def provisional(self, due_at: datetime | None, by: LimitShown | None) -> bool:
        """Whether a due date may still move because a year's holidays are not published."""
        return self.moves(due_at, by.unit if by else None)

    def moves(self, due_at: datetime | None, unit: str | None) -> bool:
        """The same, of a limit in `unit`: only working days know holidays."""
        counted = due_at is not None and unit == "WD"
        return counted and due_at is not None and clock.provisional(self._calendar, due_at, self._zone)


def duties(state: ApplicationState, names: Names, at: Clock) -> tuple[DutyView, ...]:
    """Return the duties, open ones first; those of checks and disputes too, which a page tells with these."""
    return tuple(duty(one, names, at) for one in sorted(state.duties, key=lambda one: not one.is_open))


def duty(one: DutyState, names: Names, at: Clock) -> DutyView:
    """Return a duty as the public may read it."""
    row = names.task(one.duty)
    ended = one.done_at or one.lapsed_at
    return DutyView(
        code=one.duty,
        ref=one.ref if one.ref != MAIN else None,
        name=one.name,
        plain=row.plain if row else plain(""),
        actor=one.actor,
        ours=one.actor == "utility",
        status="done" if one.done_at else "lapsed" if one.lapsed_at else "open",
        opened_at=one.opened_at,
        due_at=one.due_at,
        provisional=one.is_open and at.provisional(one.due_at, one.limit),
        done_at=one.done_at,
        late=one.late,
        days_left=at.days(ended or at.now, one.due_at) if one.due_at else None,
        escalated_at=one.escalated_at,
        limit=limit(one.limit),
        responsible=officer(one.responsible) if one.responsible else None,
        supervisor=officer(one.supervisor) if one.supervisor else None,
    )


def checks(state: ApplicationState, names: Names, at: Clock) -> tuple[CheckView, ...]:
    """Return the internal checks of this case, those that have not begun too; where one is a step of the
    process, it stands among the steps."""
    steps = {step.code for step in names.steps(state)}
    over = state.energised_at or state.withdrawn_at
    expected: Mapping[str, Task] = {} if over else names.tasks_of(state)
    found = []
    for code in CHECKS:
        rounds = [one for one in state.checks if one.check == code]
        if code not in steps and (rounds or code in expected):
            found.append(_check(code, rounds, state, names, at))
    return tuple(found)


def _check(
    code: str, rounds: list[CheckState], state: ApplicationState, names: Names, at: Clock
) -> CheckView:
    row = names.task(code)
    clocks = {one.opened_at: one for one in state.duties if one.duty == code}
    last = rounds[-1] if rounds else None
    status = "to_come" if last is None else "passed" if last.passed else "under_way"
    return CheckView.model_validate(
        {
            "code": code,
            "name": row.name if row else plain(code),
            "plain": row.plain if row else plain(""),
            "limit": limit(row.shown) if row else None,
            "status": "failed" if last is not None and last.passed is False else status,
            "rounds": tuple(_round(one, clocks.get(one.handed_in_at), at) for one in rounds),
        }
    )


def _round(one: CheckState, by: DutyState | None, at: Clock) -> RoundView:
    return RoundView(
        handed_in_at=one.handed_in_at,
        told_at=one.told_at,
        passed=one.passed,
        due_at=by.due_at if by else None,
        provisional=by is not None and by.is_open and at.provisional(by.due_at, by.limit),
        late=by is not None and by.late,
    )


def requests(state: ApplicationState, names: Names) -> tuple[RequestView, ...]:
    """Return what was asked for after the one notice."""
    return tuple(
        RequestView(
            at=one.at, documents=names.documents(one.documents), avoidable=names.documents(one.avoidable)
        )
        for one in state.requests
    )


def promise(state: ApplicationState) -> PromiseView | None:
    """Return what the whole is promised to take: the newest promise counts."""
    made = state.promise
    if made is None:
        return None
    return PromiseView(days=made.days, statistic=made.statistic, basis=made.basis, source=made.source)


def so_far(policy: Policy, state: ApplicationState, now: datetime) -> SoFarView | None:
    """Return the days since acceptance, by the same clock as the measure at the end."""
    if state.accepted_at is None or state.withdrawn_at is not None:
        return None
    if state.elapsed is not None:
        return SoFarView(gross_days=state.elapsed.gross_days, net_days=state.elapsed.net_days)
    stopping = {pause.code for pause in policy.pauses if pause.pauses_end_to_end}
    spans = [clock.Span(one.started_at, one.ended_at) for one in state.pauses if one.cause in stopping]
    gross, net = clock.elapsed_days(state.accepted_at, now, spans, policy.timezone)
    return SoFarView(gross_days=gross, net_days=net)


def amendments(state: ApplicationState) -> tuple[AmendmentView, ...]:
    """Return what changed under the case."""
    return tuple(
        AmendmentView(
            at=one.at,
            changed=one.changed,
            note=one.note,
            due_before=one.due_before,
            due_after=one.due_after,
        )
        for one in state.amendments
    )


def service(state: ApplicationState, now: datetime) -> ServiceView | None:
    """Return the time of service after energisation."""
    if state.service_until is None:
        return None
    return ServiceView(
        until=state.service_until,
        is_open=state.closed_at is None and now <= state.service_until,
        score=state.rating.score if state.rating else None,
        rated_at=state.rating.at if state.rating else None,
    )


def disputes(state: ApplicationState, names: Names, at: Clock) -> tuple[DisputeView, ...]:
    """Return the disputes, each with its steps and with what comes next."""
    return tuple(
        DisputeView(
            ref=one.ref,
            about=one.about,
            settled=any(step.step == "settled" for step in one.steps),
            steps=tuple(
                DisputeStepView(step=s.step, at=s.at, level=s.level, upheld=s.upheld, by=s.by)
                for s in one.steps
            ),
            waiting=next((duty(d, names, at) for d in state.duties if d.ref == one.ref and d.is_open), None),
        )
        for one in state.disputes
    )


def corrections(state: ApplicationState, names: Names) -> tuple[CorrectionView, ...]:
    """Return what was put right in the record, in the order in which it was."""
    return tuple(
        CorrectionView(
            field=one.field,
            before=_value(one.field, one.before, names) if one.before else None,
            value=_value(one.field, one.value, names),
            at=one.at,
        )
        for one in sorted(state.corrections, key=lambda one: one.at)
    )


def corrected(state: ApplicationState, field: str, value: str | None) -> str | None:
    """Return a value of the record as it is now."""
    later = sorted((one for one in state.corrections if one.field == field), key=lambda one: one.at)
    return later[-1].value if later else value


def _value(field: str, value: str, names: Names) -> Text:
    return names.channel(value) if field in WORDS_OF_FIELDS else plain(value)


def waived(names: Names, state: ApplicationState) -> Iterator[str]:
    """Yield the documents that this case need not have."""
    return (one.id for one in names.needed(state) if one.waived)
