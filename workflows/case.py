"""One application as its script sees it: what is known, which step is open, whose clock runs, what has been
said.

The scripts in `workflows/connection.py` speak to a `Case` in the words of the process; here those words
become events, receipts, pauses and due dates. Pure: no clock but the times of the facts.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from events.catalogue import connection_events as says
from events.catalogue import connection_facts as facts
from events.catalogue.base import Boundary, EventData
from events.catalogue.duty_events import PromiseMade
from events.catalogue.service_events import LinkedCaseOpened, ServiceWindowOpened
from events.catalogue.staff_events import KeyTeamAssigned
from events.catalogue.traits import Traits
from events.envelope import Draft
from workflows import receipts
from workflows.deadlines import Duty, OpenStep, Pause, deadline_of
from workflows.messages import CaseStart, Ending
from workflows.papers import Folder
from workflows.policy import clock, staffing
from workflows.policy.model import CaseSlice
from workflows.script import Received


@dataclass(frozen=True)
class Said:
    """A draft under a key that is the same at every reading, so that what was already published is known
    again."""

    key: str
    draft: Draft


@dataclass
class Dispute:
    """What the customer disputes: how far its answer has come. `level` is that of the next or last answer."""

    ref: str
    level: int = 1
    answered: bool = False
    settled: bool = False


@dataclass
class Case:
    """The state of an application at one moment of a reading, and everything said up to it. `service_until`:
    up to when, once energised, it takes ratings, disputes and corrections; said once, so no later policy
    moves it."""

    start: CaseStart
    policy: CaseSlice
    said: list[Said] = field(default_factory=list)
    ended_at: datetime | None = None
    ending: Ending | None = None
    service_until: datetime | None = None
    steps: list[OpenStep] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    duties: list[Duty] = field(default_factory=list)
    disputes: dict[str, Dispute] = field(default_factory=dict)
    projects: set[str] = field(default_factory=set)
    passed: set[str] = field(default_factory=set)
    folder: Folder = field(default_factory=Folder)
    accepted_at: datetime | None = None
    traits: Traits | None = None
    channel: str | None = None
    boundary: Boundary | None = None
    manager: says.Officer | None = None
    supervisor: says.Officer | None = None
    seats: dict[str, says.Officer] = field(default_factory=dict)
    plan: facts.PlanReplied | None = None
    plan_confirmed: bool = False
    meter_no: str | None = None
    site_visits: int = 0
    visits: int = 0
    promise: str | None = None
    _cause: Received | None = None
    _spoken: Counter[tuple[str, str]] = field(default_factory=Counter)

    # ---- what a script reads

    @property
    def now(self) -> datetime:
        """The moment of the fact being read."""
        assert self._cause is not None
        return self._cause.at

    @property
    def step(self) -> OpenStep:
        """The step that is open."""
        return self.steps[-1]

    def has_step(self, code: str) -> bool:
        """True when this case's process has the step."""
        return any(rule.code == code for rule in self.policy.steps)

    def answers_the_plan(self, answer: facts.PlanConfirmed | facts.PlanObjected) -> bool:
        """True when a confirmation or objection names the plan that was replied last."""
        return self.plan is not None and answer.plan_no == self.plan.plan_no

    @property
    def due(self) -> datetime | None:
        """When the open step is due; None without a limit, or while its clock is stopped."""
        if self.ended_at is not None or not self.steps:
            return None
        return deadline_of(self.policy, self.step, self.pauses, self.accepted_at, self.traits)

    def missing(self, step: str) -> tuple[str, ...]:
        """What is still missing at a step, in the order of the catalogue."""
        return self.folder.missing(self.policy, step)

    def is_paused(self, cause: str) -> bool:
        """True while a pause with this cause is open."""
        return any(pause.cause == cause and pause.ended_at is None for pause in self.pauses)

    # ---- what a script says

    def begin(self, received: Received) -> None:
        """From here on everything is said because of this fact."""
        self._cause = received

    def emit(self, data: EventData, *, at: datetime | None = None, key: str | None = None) -> None:
        """Say `data`, now, because of the fact being read."""
        assert self._cause is not None
        message = self._cause.message
        if key is None:
            key = self.key_of(type(data))
            self._spoken[message.update_id, data.type] += 1
        draft = Draft(
            type=data.type,
            time=at or self.now,
            data=data.as_data(),
            causationid=f"{message.source}|{message.id}",
            traceparent=message.traceparent,
        )
        self.said.append(Said(key, draft))

    def key_of(self, kind: type[EventData]) -> str:
        """Return the key of the next event of this kind: what led to it, and a count."""
        assert self._cause is not None
        update_id = self._cause.message.update_id
        return f"{update_id}|{kind.type}|{self._spoken[update_id, kind.type] + 1}"

    def open(self, application: facts.ApplicationSubmitted) -> None:
        """Receive the application and name who answers for it."""
        given = application.model_dump(exclude={"project_no", "org_code"})  # the link itself is told, if any
        given["region"] = self.policy.region  # an old code is never stored
        self.traits = Traits.model_validate({name: given[name] for name in Traits.model_fields})
        self.folder.take(application.documents, application.papers)
        self.channel = application.channel
        self.emit(
            says.ApplicationReceived(
                **given,
                kind=self.policy.kind,
                process=self.policy.process,
                upstream=self.start.fact.source,
            )
        )
        self.assign_staff()

    def open_linked(self) -> None:
        """Open a case about one that is closed, and name who answers for it. Its clock starts at once."""
        assert self.start.linked_to is not None
        self.accepted_at = self.now
        self.emit(
            LinkedCaseOpened(
                linked_to=self.start.linked_to,
                region=self.policy.region,
                kind=self.policy.kind,
                process=self.policy.process,
            )
        )
        self.assign_staff()

    def assign_staff(self) -> None:
        """Name who owns the case and who watches over it."""
        self.manager, self.supervisor = staffing.assign(self.policy, self.start.number)
        self.seats = staffing.seats(self.policy, self.start.number)
        self.emit(says.StaffAssigned(manager=self.manager, supervisor=self.supervisor))
        engineers = self.policy.team.get(staffing.KEY_ENGINEER)
        if engineers and self.policy.task(staffing.KEY_REPLY) is not None:
            self.emit(KeyTeamAssigned(manager=self.manager, engineers=engineers))

    def accept(self) -> None:
        """Accept the application: the end-to-end clock starts."""
        self.accepted_at = self.now
        local_day = clock.local_day(self.now, self.policy.timezone)
        self.emit(says.ApplicationAccepted(accepted_on=local_day))
        self.renew_promise()

    def renew_promise(self) -> None:
        """Say what the whole process is promised to take, when that is new; not of one that is over."""
        if self.traits is None or self.ended_at is not None:
            return
        target = clock.target_for(self.policy, self.traits)
        if target is None or target.id == self.promise:
            return
        self.promise = target.id
        self.emit(
            PromiseMade(
                target=target.id,
                days=target.days,
                unit=target.unit,
                statistic=target.statistic,
                basis=target.basis,
                source=target.source,
            )
        )

    def enter(self, code: str, *, waiting_for: str | None = None) -> None:
        """Enter a step and issue its receipt; `waiting_for` is a pause that begins with it."""
        if self.steps:
            self.step.left_at = self.now
        rule = self.policy.step(code)
        self.steps.append(OpenStep(rule=rule, entered_at=self.now, ordinal=len(self.steps)))
        if waiting_for is None:
            self.issue_receipt("step_entered")
        else:
            self.pause(waiting_for, "customer", receipt="step_entered")

    def reply(self, plan: facts.PlanReplied) -> None:
        """Reply with a supply plan. From now on the plan says whether a cable duct is needed, and so which
        promise counts."""
        assert self.traits is not None
        self.plan = plan
        self.traits = self.traits.model_copy(update={"cable_duct": plan.cable_duct})
        self.emit(says.PlanReplied(**plan.model_dump()))
        self.renew_promise()

    def fit_meter(self, fitted: facts.MeterFitted) -> None:
        """The meter is in its place."""
        self.meter_no = fitted.meter_no
        self.emit(says.MeterFitted(**fitted.model_dump()))

    def pause(self, cause: str, actor: str, *, receipt: says.ReceiptCause = "paused") -> None:
        """Stop the clocks that this cause stops, and say so."""
        self.pauses.append(Pause(cause, self.now))
        self.emit(
            says.ClockPaused.model_validate({"step": self.step.rule.code, "cause": cause, "actor": actor})
        )
        self.issue_receipt(receipt)

    def resume(self, cause: str) -> None:
        """Let the clocks run again, if this cause had stopped them."""
        for pause in self.pauses:
            if pause.cause == cause and pause.ended_at is None:
                pause.ended_at = self.now
                self.emit(says.ClockResumed(step=self.step.rule.code, cause=cause))
                self.issue_receipt("resumed")

    def issue_receipt(self, cause: says.ReceiptCause) -> None:
        """Issue a receipt of the open step as things stand."""
        self.emit(receipts.issue(self, cause))

    def energise(self) -> None:
        """The customer has electricity: close the clocks, measure, and stay at its service for a while."""
        self.emit(says.Energised())
        self.end("energised")
        self.emit(receipts.measure(self))
        self.service_until = self.now + timedelta(days=self.policy.after_service_days)
        self.emit(ServiceWindowOpened(until=self.service_until))

    def end(self, ending: Ending, at: datetime | None = None) -> None:
        """The process is over, now or `at` a moment of silence; duties that belong to it lapse."""
        at = at or self.now
        self.step.left_at = at
        self.ended_at = at
        self.ending = ending
        for pause in self.pauses:
            pause.ended_at = pause.ended_at or at
        for duty in self.duties:
            if duty.ref not in self.disputes or ending == "withdrawn":
                duty.done_at = duty.done_at or at
