"""The state of one application as the progress page needs it: what the fold builds and the views read."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from events.catalogue.base import FileRef, ProvidedBy
from events.catalogue.connection_events import (
    ApplicationReceived,
    BoundaryDecided,
    ElapsedMeasured,
    Officer,
    ReceiptIssued,
)
from events.catalogue.duty_events import PromiseMade
from events.catalogue.service_events import LinkedCaseOpened
from projections.progress.beside import (
    AmendmentState,
    CheckState,
    ConfirmationState,
    CorrectionState,
    DisputeState,
    DutyState,
    EndState,
    RatingState,
    Record,
    RequestState,
    State,
)


class StepState(State):
    """One step as it went: entered, due, left; `late` while it is, or if it ended late. `said`: the event
    that entered it; `escalated_by`: the one that told the supervisor."""

    said: int = 0
    code: str
    entered_at: datetime
    due_at: datetime | None = None
    done_at: datetime | None = None
    late: bool = False
    escalated_at: datetime | None = None
    escalated_by: int | None = None


class PauseState(Record):
    """One pause of the clock; `ended_at` absent while it lasts."""

    step: str
    cause: str
    actor: str
    started_at: datetime
    ended_at: datetime | None = None

    @property
    def of(self) -> str:
        """What its ends are called."""
        return self.cause

    @property
    def begun_at(self) -> datetime:
        """When it began."""
        return self.started_at


class IssueState(State):
    """When a receipt was issued, and by which event."""

    said: int
    at: datetime


class PlanState(State):
    """The supply plan that counts: the last one replied; `confirmed_by`: the event that says so."""

    plan_no: str
    substation: str | None = None
    feeder: str | None = None
    supporting_works: bool
    replied_at: datetime
    confirmed_at: datetime | None = None
    confirmed_by: int | None = None


class ObjectionState(Record):
    """The customer wanted another plan than this."""

    plan_no: str


class PaperState(State):
    """A document as it came: from whom, and the file if it has one."""

    document: str
    provided_by: ProvidedBy
    file: FileRef | None = None
    at: datetime


class ApplicationState(BaseModel):
    """Everything public about one application (personal fields of `received` stay sealed); of a case that
    is a dispute come late, `linked` stands in its place. `said`: the event that each of the fields comes from
    that a correction can take back; `issued`: when each receipt was; `fact`: the one that leads to what is
    being folded, not stored."""

    model_config = ConfigDict(extra="forbid")

    number: str
    profile: str
    policy_version: str
    received_at: datetime
    received: ApplicationReceived | None = None
    linked: LinkedCaseOpened | None = None
    manager: Officer | None = None
    supervisor: Officer | None = None
    accepted_at: datetime | None = None
    boundary: BoundaryDecided | None = None
    confirmation: ConfirmationState | None = None
    promise: PromiseMade | None = None
    documents: list[str] = []
    documents_missing: list[str] = []
    papers: list[PaperState] = []
    requests: list[RequestState] = []
    duties: list[DutyState] = []
    checks: list[CheckState] = []
    ends: list[EndState] = []
    amendments: list[AmendmentState] = []
    steps: list[StepState] = []
    pauses: list[PauseState] = []
    plan: PlanState | None = None
    objections: list[ObjectionState] = []
    works_started_at: datetime | None = None
    works_completed_at: datetime | None = None
    site_visits: int = 0
    inspection_passed_at: datetime | None = None
    meter_fitted_at: datetime | None = None
    meter_no: str | None = None
    energised_at: datetime | None = None
    withdrawn_at: datetime | None = None
    closed_at: datetime | None = None
    elapsed: ElapsedMeasured | None = None
    service_until: datetime | None = None
    rating: RatingState | None = None
    disputes: list[DisputeState] = []
    corrections: list[CorrectionState] = []
    visits: int = 0
    visits_allowed: int | None = None
    receipts: list[ReceiptIssued] = []
    last_event_at: datetime
    sequence: int
    said: dict[str, int] = {}
    issued: dict[str, IssueState] = {}
    fact: str = Field(default="", exclude=True)


Change = Callable[[ApplicationState, Any, datetime], None]
"""What an event changes: (state, its data, when it happened)."""
