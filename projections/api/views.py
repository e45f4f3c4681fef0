"""What leaves the platform: allow-listed, frozen answers. A field that is not named here is never told.

Names come in every language of the platform; whoever asks chooses. Times are aware, days are calendar days
unless a `unit` says otherwise, shares lie between 0 and 1.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from events.catalogue.base import Text

StepStatus = Literal["done", "now", "next", "ended"]
Standing = Literal["checking", "open", "paused", "energised", "withdrawn"]


class View(BaseModel):
    """Base of every answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Freshness(View):
    """How new the read models are: a place in the log that only rises, and when its newest event happened."""

    position: int
    newest_event_at: datetime | None
    read_at: datetime


class Days(View):
    """Days of `count` finished applications from acceptance to energisation; net: without pauses."""

    count: int
    mean_gross: float | None = None
    mean_net: float | None = None
    p05_net: float | None = None
    p95_gross: float | None = None
    p95_net: float | None = None


class GroupFigure(View):
    """The figures of one region or one kind of connection. `on_time` counts among the energised."""

    code: str
    name: Text
    received: int
    open: int
    energised: int
    withdrawn: int
    overdue: int
    on_time: int
    on_time_share: float | None
    days: Days


class RegionFigure(GroupFigure):
    """One city, county or state."""

    inset: bool


class KindFigure(GroupFigure):
    """One kind of connection, with the customer's steps and the catalogue's documents before and now."""

    steps_before: tuple[Text, ...]
    steps_now: tuple[Text, ...]
    documents_before: int
    documents_now: int


class MonthFigure(View):
    """What was energised in one local month, `YYYY-MM`."""

    month: str
    days: Days


class TargetFigure(View):
    """A promise beside what is measured.

    `statistic` says what is promised: a `mean` over all cases together, or a `limit` that each case keeps.
    `within` counts the cases whose net days do not exceed the promise; `kept` is the verdict by that statistic,
    None without a case.
    """

    code: str
    name: Text
    promised_days: int
    statistic: Literal["mean", "limit"]
    basis: str
    source: str
    days: Days
    within: int
    kept: bool | None
    months: tuple[MonthFigure, ...]


class OverviewView(View):
    """The figures of one profile. They never mix with another's."""

    profile: str
    name: Text
    fresh: Freshness
    received: int
    received_today: int
    energised: int
    energised_today: int
    open: int
    overdue: int
    withdrawn: int
    measures_time: bool
    targets: tuple[TargetFigure, ...]
    kinds: tuple[KindFigure, ...]
    regions: tuple[RegionFigure, ...]


class OfficerView(View):
    """A member of staff as the public may reach them."""

    name: str
    role: Text
    phone: str


class LimitView(View):
    """A time limit. `unit`: WD working day, D calendar day, h hour."""

    value: int
    unit: Literal["WD", "D", "h"]
    statistic: Literal["limit", "mean", "ceiling"]
    basis: str
    source: str


class DocumentView(View):
    """A document by its number in the catalogue."""

    id: str
    name: Text


class PauseView(View):
    """One pause of a step's clock; `days` is what it took out of the limit so far."""

    cause: str
    name: Text
    plain: Text
    actor: str
    started_at: datetime
    ended_at: datetime | None
    days: int
    stops_clock: bool


class StepView(View):
    """A step as it went or will go. `days_left`: local days to the due date, below zero when late."""

    code: str
    name: Text
    plain: Text
    status: StepStatus
    optional: bool
    entered_at: datetime | None = None
    due_at: datetime | None = None
    done_at: datetime | None = None
    late: bool = False
    days_left: int | None = None
    escalated_at: datetime | None = None
    limit: LimitView | None = None
    pauses: tuple[PauseView, ...] = ()
    responsible: OfficerView | None = None


class BoundaryView(View):
    """Who builds to where, and by which rules."""

    boundary: Literal["network_outlet", "red_line", "factory_boundary", "meter"]
    rule: str
    rule_name: Text
    rules_matched: tuple[str, ...]
    utility_scope: Text
    customer_scope: Text
    needs_manual_review: bool
    basis: str


class PlanView(View):
    """The supply plan that counts."""

    plan_no: str
    substation: str | None
    feeder: str | None
    supporting_works: bool
    replied_at: datetime
    confirmed_at: datetime | None
    objections: int


class ReceiptView(View):
    """One e-receipt."""

    receipt_no: str
    cause: str
    issued_at: datetime | None
    step: str
    step_name: Text
    entered_at: datetime
    due_at: datetime | None
    limit: LimitView | None
    paused: Text | None
    responsible: OfficerView
    supervisor: OfficerView
    next_step: Text | None
    documents_missing: tuple[DocumentView, ...]


class TimelineView(View):
    """One public fact. `event` is the past-tense word of its type; other fields are set where it has them.

    `note` is clear text for whoever holds the receipt code; `erased` says that there was one.
    """

    sequence: int
    at: datetime
    event: str
    hash: str
    retracted: bool
    step: Text | None = None
    documents: tuple[DocumentView, ...] = ()
    person: OfficerView | None = None
    second_person: OfficerView | None = None
    due_at: datetime | None = None
    cause: Text | None = None
    reference: str | None = None
    boundary: str | None = None
    number: int | None = None
    allowed: int | None = None
    gross_days: int | None = None
    net_days: int | None = None
    works: bool | None = None
    ready: bool | None = None
    sequences: tuple[int, ...] = ()
    note: str | None = None
    erased: bool = False


class ElapsedView(View):
    """How long it took, and what was promised."""

    gross_days: int
    net_days: int
    promised_days: int | None
    promised_statistic: Literal["limit", "mean"] | None
    on_time: bool


class ApplicationView(View):
    """Everything that whoever holds the receipt code may see of one application."""

    number: str
    profile: str
    fresh: Freshness
    sequence: int
    policy_version: str
    standing: Standing
    overdue: bool
    erased: bool
    project: str | None
    applicant: str | None
    region: Text
    kind: str
    process: Text
    channel: Text
    voltage_kv: float
    capacity_kva: float
    submitted_at: datetime
    accepted_at: datetime | None
    energised_at: datetime | None
    withdrawn_at: datetime | None
    closed: bool
    manager: OfficerView | None
    supervisor: OfficerView | None
    steps: tuple[StepView, ...]
    pause: PauseView | None
    boundary: BoundaryView | None
    plan: PlanView | None
    documents_missing: tuple[DocumentView, ...]
    documents_have: tuple[DocumentView, ...]
    visits: int
    visits_allowed: int | None
    site_visits: int
    elapsed: ElapsedView | None
    receipts: tuple[ReceiptView, ...]
    timeline: tuple[TimelineView, ...]


class ListedApplication(View):
    """One row of a list for staff and programs; nothing personal."""

    number: str
    region: str
    kind: str
    status: str
    step: str | None
    due_at: datetime | None
    overdue: bool
    manager: str | None
    voltage_kv: float
    capacity_kva: float
    submitted_at: datetime
    last_event_at: datetime


class Listing(View):
    """A list and its age; `matching` may be more than it shows."""

    fresh: Freshness
    matching: int
    applications: tuple[ListedApplication, ...]
