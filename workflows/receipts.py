"""E-receipts (电子回执): what a customer holds in hand after every step, and the measure at the end."""

import hashlib
from datetime import datetime
from typing import Protocol

from events.catalogue.base import Boundary, EventData
from events.catalogue.connection_events import ElapsedMeasured, Officer, ReceiptCause, ReceiptIssued
from events.catalogue.traits import Traits
from workflows.deadlines import OpenStep, Pause, limit_of, spans, total_limit
from workflows.messages import CaseStart
from workflows.papers import Folder
from workflows.policy import clock, staffing
from workflows.policy.model import CaseSlice


class Standing(Protocol):
    """What a receipt needs to know of a case as it stands."""

    @property
    def start(self) -> CaseStart: ...
    @property
    def policy(self) -> CaseSlice: ...
    @property
    def step(self) -> OpenStep: ...
    @property
    def steps(self) -> list[OpenStep]: ...
    @property
    def pauses(self) -> list[Pause]: ...
    @property
    def folder(self) -> Folder: ...
    @property
    def traits(self) -> Traits | None: ...
    @property
    def channel(self) -> str | None: ...
    @property
    def boundary(self) -> Boundary | None: ...
    @property
    def manager(self) -> Officer | None: ...
    @property
    def supervisor(self) -> Officer | None: ...
    @property
    def seats(self) -> dict[str, Officer]: ...
    @property
    def accepted_at(self) -> datetime | None: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def due(self) -> datetime | None: ...
    @property
    def now(self) -> datetime: ...
    def key_of(self, kind: type[EventData]) -> str: ...
    def missing(self, step: str) -> tuple[str, ...]: ...


def issue(case: Standing, cause: ReceiptCause) -> ReceiptIssued:
    """Return the receipt of the open step as things stand."""
    policy, step = case.policy, case.step
    gross, net = elapsed(case, case.now)
    codes = [rule.code for rule in policy.steps]
    following = codes[codes.index(step.rule.code) + 1 :]
    open_pauses = [pause.cause for pause in case.pauses if pause.ended_at is None]
    return ReceiptIssued(
        receipt_no=_number(case),
        cause=cause,
        channel=case.channel,
        step=step.rule.code,
        step_name=step.rule.name,
        entered_at=step.entered_at,
        due_at=case.due,
        limit=limit_of(policy, step, case.traits) or total_limit(policy, case.traits),
        elapsed_gross_days=gross,
        elapsed_net_days=net,
        paused_cause=open_pauses[-1] if open_pauses else None,
        responsible=responsible(case),
        supervisor=supervisor(case),
        next_step=following[0] if following else None,
        documents_have=tuple(sorted(case.folder.have)),
        documents_missing=case.missing(step.rule.code),
        boundary=case.boundary,
    )


def elapsed(case: Standing, until: datetime) -> tuple[int, int] | tuple[None, None]:
    """Return the calendar days from acceptance to `until`, gross and without pauses; none before it."""
    if case.accepted_at is None:
        return None, None
    policy = case.policy
    stopped = spans(policy, case.pauses, end_to_end=True)
    return clock.elapsed_days(case.accepted_at, until, stopped, policy.timezone)


def responsible(case: Standing) -> Officer:
    """Return who answers for the open step: the holder of its role, never the supervisor."""
    return holder(case, case.step.rule.responsible_role)


def holder(case: Standing, role: str) -> Officer:
    """Return who holds a role for this case; its manager where nobody does."""
    assert case.manager is not None
    return case.seats.get(role) or case.manager


def supervisor(case: Standing) -> Officer:
    """Return who watches over the case."""
    assert case.supervisor is not None
    return case.supervisor


def watcher(case: Standing, responsible: Officer) -> Officer:
    """Return who watches over what somebody has to do: where that is the supervisor, another one."""
    usual = supervisor(case)
    return case.seats.get(staffing.SECOND_SUPERVISOR, usual) if responsible == usual else usual


def measure(case: Standing) -> ElapsedMeasured:
    """Return the days from acceptance to energisation. A case is on time when no step ended late and no
    end-to-end *limit* was broken; a mean judges all cases together, never one."""
    assert case.accepted_at is not None and case.ended_at is not None and case.traits is not None
    policy = case.policy
    gross, net = elapsed(case, case.ended_at)
    assert gross is not None and net is not None
    target = clock.target_for(policy, case.traits)
    limit_broken = target is not None and target.statistic == "limit" and net > target.days
    late = sum(step.overdue for step in case.steps)
    return ElapsedMeasured(
        accepted_at=case.accepted_at,
        energised_at=case.ended_at,
        gross_days=gross,
        net_days=net,
        target=target.id if target else None,
        target_days=target.days if target else None,
        target_statistic=target.statistic if target else None,
        energised_month=f"{clock.local_day(case.ended_at, policy.timezone):%Y-%m}",
        steps_late=late,
        on_time=late == 0 and not limit_broken,
    )


def _number(case: Standing) -> str:
    """A receipt's number follows from what led to it, so a second reading issues the same receipt again,
    not another."""
    mark = case.key_of(ReceiptIssued)
    return f"{case.start.number}-{hashlib.sha256(mark.encode()).hexdigest()[:8].upper()}"
