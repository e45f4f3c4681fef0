"""The state of one application as the progress page needs it: what the fold builds and the views read."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from events.catalogue.base import FileRef, ProvidedBy
from events.catalogue.connection_events import (
    ApplicationReceived,
    BoundaryDecided,
    ElapsedMeasured,
    Officer,
    ReceiptIssued,
)


class State(BaseModel):
    """Base of the stored state; stored as JSON, read back by this same model."""

    model_config = ConfigDict(extra="forbid")


class StepState(State):
    """One step as it went: entered, due, left; `late` while it is, or if it ended late."""

    code: str
    entered_at: datetime
    due_at: datetime | None = None
    done_at: datetime | None = None
    late: bool = False
    escalated_at: datetime | None = None


class PauseState(State):
    """One pause of the clock; `ended_at` absent while it lasts."""

    step: str
    cause: str
    actor: str
    started_at: datetime
    ended_at: datetime | None = None


class PlanState(State):
    """The supply plan that counts: the last one replied."""

    plan_no: str
    substation: str | None = None
    feeder: str | None = None
    supporting_works: bool
    replied_at: datetime
    confirmed_at: datetime | None = None
    objections: int = 0


class PaperState(State):
    """A document as it came: from whom, and the file if it has one."""

    document: str
    provided_by: ProvidedBy
    file: FileRef | None = None
    at: datetime


class ApplicationState(State):
    """Everything public about one application (personal fields of `received` stay sealed)."""

    number: str
    profile: str
    policy_version: str
    received_at: datetime
    received: ApplicationReceived
    manager: Officer | None = None
    supervisor: Officer | None = None
    accepted_at: datetime | None = None
    boundary: BoundaryDecided | None = None
    documents: list[str] = []
    documents_missing: list[str] = []
    papers: list[PaperState] = []
    notices: int = 0
    steps: list[StepState] = []
    pauses: list[PauseState] = []
    plan: PlanState | None = None
    works_started_at: datetime | None = None
    works_completed_at: datetime | None = None
    site_visits: int = 0
    inspection_failures: int = 0
    inspection_passed_at: datetime | None = None
    meter_fitted_at: datetime | None = None
    energised_at: datetime | None = None
    withdrawn_at: datetime | None = None
    closed_at: datetime | None = None
    elapsed: ElapsedMeasured | None = None
    visits: int = 0
    visits_allowed: int | None = None
    receipts: list[ReceiptIssued] = []
    last_event_at: datetime
    sequence: int
