"""One application as its script sees it: what is known, which step is open, whose clock runs, what has been
said.

The scripts in `workflows/connection.py` speak to a `Case` in the words of the process; here those words
become events, receipts, pauses and due dates. Pure: no clock but the times of the facts.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from events.catalogue import connection_events as says
from events.catalogue import connection_facts as facts
from events.catalogue.base import Boundary, EventData, Fact
from events.catalogue.traits import Traits
from events.envelope import Draft
from workflows import receipts
from workflows.deadlines import OpenStep, Pause, deadline_of
from workflows.messages import CaseStart, Ending
from workflows.policy import boundary, clock, documents, staffing
from workflows.script import Received, Script, fact


@dataclass(frozen=True)
class Said:
    """A draft under a key that is the same at every reading, so that what was already published is known
    again."""

    key: str
    draft: Draft


@dataclass
class Case:
    """The state of an application at one moment of a reading, and everything said up to it."""

    start: CaseStart
    said: list[Said] = field(default_factory=list)
    ended_at: datetime | None = None
    ending: Ending | None = None
    steps: list[OpenStep] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    documents: set[str] = field(default_factory=set)
    accepted_at: datetime | None = None
    traits: Traits | None = None
    channel: str | None = None
    boundary: Boundary | None = None
    manager: says.Officer | None = None
    supervisor: says.Officer | None = None
    plan: facts.PlanReplied | None = None
    site_visits: int = 0
    visits: int = 0
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
        return any(rule.code == code for rule in self.start.policy.steps)

    def answers_the_plan(self, answer: facts.PlanConfirmed | facts.PlanObjected) -> bool:
        """True when a confirmation or objection names the plan that was replied last."""
        return self.plan is not None and answer.plan_no == self.plan.plan_no

    @property
    def due(self) -> datetime | None:
        """When the open step is due; None without a limit, or while its clock is stopped."""
        if self.ended_at is not None or not self.steps:
            return None
        return deadline_of(self.start.policy, self.step, self.pauses, self.accepted_at, self.traits)

    @property
    def next_moment(self) -> datetime | None:
        """The next moment at which silence means something: the due date, then that of the escalation."""
        due = self.due
        if due is None or self.step.escalated:
            return None
        return self._escalation(due) if self.step.overdue else due

    # ---- what a script says

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
        start = self.start
        given = {
            **application.model_dump(),
            "region": start.policy.region,
        }  # an old code is accepted, never stored
        self.traits = Traits.model_validate({name: given[name] for name in Traits.model_fields})
        self.take_documents(application.documents)
        self.channel = application.channel
        self.manager, self.supervisor = staffing.assign(start.policy, start.number)
        self.emit(
            says.ApplicationReceived(
                **given,
                kind=application.connection_kind,
                process=start.policy.process,
                upstream=start.fact.source,
            )
        )
        self.emit(says.StaffAssigned(manager=self.manager, supervisor=self.supervisor))

    def accept(self) -> None:
        """Accept the application: the end-to-end clock starts."""
        self.accepted_at = self.now
        local_day = clock.local_day(self.now, self.start.policy.timezone)
        self.emit(says.ApplicationAccepted(accepted_on=local_day))

    def enter(self, code: str, *, waiting_for: str | None = None) -> None:
        """Enter a step and issue its receipt; `waiting_for` is a pause that begins with it."""
        if self.steps:
            self.step.left_at = self.now
        rule = next(rule for rule in self.start.policy.steps if rule.code == code)
        self.steps.append(OpenStep(rule, self.now, len(self.steps)))
        if waiting_for is None:
            self._receipt("step_entered")
        else:
            self.pause(waiting_for, "customer", receipt="step_entered")

    def decide_boundary(self) -> None:
        """Decide who builds to where, by all rules that match."""
        assert self.traits is not None
        decision = boundary.decide(self.start.policy.boundary_rules, self.traits)
        if decision is not None:
            decided = says.BoundaryDecided(**decision.model_dump())
            self.boundary = decided.boundary
            self.emit(decided)

    def reply(self, plan: facts.PlanReplied) -> None:
        """Reply with a supply plan. From now on the plan says whether a cable duct is needed, and so which
        promise counts."""
        assert self.traits is not None
        self.plan = plan
        self.traits = self.traits.model_copy(update={"cable_duct": plan.cable_duct})
        self.emit(says.PlanReplied(**plan.model_dump()))

    def take_documents(self, given: Iterable[str]) -> None:
        """Put documents to those that are there."""
        self.documents |= set(given)

    def complete_documents(self, step: str) -> Script[None]:
        """Check the documents of a step; name everything missing at once, and wait until all has come."""
        missing = self._missing(step)
        if not missing:
            return
        self.emit(says.DocumentsRequested(step=step, missing=missing))
        self.pause("docs_missing", "customer")
        while missing:
            supplied = yield from fact(facts.DocumentsSupplied)
            self.take_documents(supplied.documents)
            missing = self._missing(step)
            self.emit(says.DocumentsReceived(step=step, missing=missing, **supplied.model_dump()))
        self.resume("docs_missing")

    def pause(self, cause: str, actor: str, *, receipt: says.ReceiptCause = "paused") -> None:
        """Stop the clocks that this cause stops, and say so."""
        self.pauses.append(Pause(cause, self.now))
        self.emit(
            says.ClockPaused.model_validate({"step": self.step.rule.code, "cause": cause, "actor": actor})
        )
        self._receipt(receipt)

    def resume(self, cause: str) -> None:
        """Let the clocks run again, if this cause had stopped them."""
        for pause in self.pauses:
            if pause.cause == cause and pause.ended_at is None:
                pause.ended_at = self.now
                self.emit(says.ClockResumed(step=self.step.rule.code, cause=cause))
                self._receipt("resumed")

    def is_paused(self, cause: str) -> bool:
        """True while a pause with this cause is open."""
        return any(pause.cause == cause and pause.ended_at is None for pause in self.pauses)

    def energise(self) -> None:
        """The customer has electricity: close the clocks and measure."""
        self.emit(says.Energised())
        self._end("energised")
        self.emit(receipts.measure(self))

    # ---- what the reader tells (workflows/script.py)

    def begin(self, received: Received) -> None:
        self._cause = received

    def takes_at_any_time(self, data: Fact) -> bool:
        if self.traits is None:
            return False
        if isinstance(data, facts.Paused):
            rule = self.start.policy.pause(data.cause)
            return rule is not None and not rule.automatic and not self.is_paused(data.cause)
        if isinstance(data, facts.Resumed):
            return self.is_paused(data.cause)
        return isinstance(data, facts.Withdrawn | facts.CustomerVisited)

    def take(self, received: Received) -> None:
        match received.data:
            case facts.Paused() as pause:
                self.pause(pause.cause, pause.actor)
            case facts.Resumed() as resumption:
                self.resume(resumption.cause)
            case facts.CustomerVisited() as visit:
                self._count(visit)
            case facts.Withdrawn() as withdrawal:
                self.emit(says.ApplicationWithdrawn(step=self.step.rule.code, reason=withdrawal.reason))
                self._end("withdrawn")

    def judge(self, until: datetime) -> None:
        """Say that the open step is late, and later that its supervisor was told, if `until` is past those
        moments."""
        due = self.due
        if due is None:
            return
        if not self.step.overdue and until > due:
            self.step.overdue = True
            responsible = receipts.responsible(self)
            late = says.StepOverdue(step=self.step.rule.code, due_at=due, responsible=responsible)
            self.emit(late, at=due, key=f"overdue|{self.step.ordinal}")
        told_at = self._escalation(due)
        if self.step.overdue and not self.step.escalated and until > told_at:
            self.step.escalated = True
            supervisor = receipts.supervisor(self)
            told = says.OverdueEscalated(step=self.step.rule.code, due_at=due, supervisor=supervisor)
            self.emit(told, at=told_at, key=f"escalated|{self.step.ordinal}")

    # ---- within

    def _escalation(self, due: datetime) -> datetime:
        policy = self.start.policy
        return clock.due(due, policy.escalate_after, policy.calendar, policy.timezone)

    def _missing(self, step: str) -> tuple[str, ...]:
        return documents.missing(self.start.policy, step, self.documents)

    def _receipt(self, cause: says.ReceiptCause) -> None:
        self.emit(receipts.issue(self, cause))

    def _count(self, visit: facts.CustomerVisited) -> None:
        self.visits += 1
        allowed = self.start.policy.visits_allowed
        self.emit(
            says.VisitCounted(
                office=visit.office, count=self.visits, allowed=allowed, wrong_notice=visit.wrong_notice
            )
        )

    def _end(self, ending: Ending) -> None:
        self.step.left_at = self.now
        self.ended_at = self.now
        self.ending = ending
        for pause in self.pauses:
            pause.ended_at = pause.ended_at or self.now
