"""What leaves the platform about one application, to whoever holds its receipt code. Allow-listed."""

from datetime import datetime
from typing import Literal

from events.catalogue.base import Text
from projections.api.beside_views import (
    AmendmentView,
    CheckView,
    CorrectionView,
    DisputeView,
    DutyView,
    LinksView,
    PromiseView,
    RequestView,
    ServiceView,
    SoFarView,
)
from projections.api.case_parts import DocumentView, LimitView, OfficerView, PaperView
from projections.api.views import Freshness, View

StepStatus = Literal["done", "now", "next", "ended"]
Standing = Literal["checking", "open", "paused", "energised", "withdrawn", "settled"]


class PauseView(View):
    """One pause of a step's clock; `days` is what it took out of the limit so far. `stops_clock`: the step's;
    `stops_total`: that of the whole."""

    step: Text
    cause: str
    name: Text
    plain: Text
    actor: str
    started_at: datetime
    ended_at: datetime | None
    days: int
    stops_clock: bool
    stops_total: bool


class StepView(View):
    """A step as it went or will go. `days_left`: local days to the due date, below zero when late.
    `provisional`: holidays of the year of the due date are not published yet."""

    code: str
    name: Text
    plain: Text
    status: StepStatus
    optional: bool
    entered_at: datetime | None = None
    due_at: datetime | None = None
    provisional: bool = False
    done_at: datetime | None = None
    late: bool = False
    days_left: int | None = None
    escalated_at: datetime | None = None
    limit: LimitView | None = None
    pauses: tuple[PauseView, ...] = ()
    responsible: OfficerView | None = None


class BoundaryView(View):
    """Who builds to where, and by which rules. `decided` is what the rules say, `boundary` what counts: a
    person may have set another, `confirmed_at`."""

    boundary: Literal["network_outlet", "red_line", "factory_boundary", "meter"]
    decided: Literal["network_outlet", "red_line", "factory_boundary", "meter"]
    confirmed_at: datetime | None
    rule: str
    rule_name: Text
    rules_matched: tuple[str, ...]
    utility_scope: Text | None
    customer_scope: Text | None
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


class OnDutyView(View):
    """Who gives a key customer its first reply now, within so many minutes."""

    officer: OfficerView
    minutes: int


class ReceiptView(View):
    """One e-receipt; `sequence` is its event's place in the stream. `provisional`: its step is not done, and
    holidays of the year of its due date are not published yet. `channel`, days so far, `boundary` and
    documents in hand are absent on the oldest."""

    receipt_no: str
    sequence: int | None
    cause: str
    issued_at: datetime | None
    step: str
    step_name: Text
    entered_at: datetime
    due_at: datetime | None
    provisional: bool
    limit: LimitView | None
    paused: Text | None
    responsible: OfficerView
    supervisor: OfficerView
    next_step: Text | None
    documents_missing: tuple[DocumentView, ...]
    documents_have: tuple[DocumentView, ...] | None
    channel: Text | None
    elapsed_gross_days: int | None
    elapsed_net_days: int | None
    boundary: str | None


class MovedDutyView(View):
    """An open duty whose due date a change of policy has moved; `reference` tells two of a kind apart."""

    duty: Text
    reference: str | None
    moved_from: datetime | None
    due_at: datetime | None


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
    duty: Text | None = None
    value: str | None = None
    before: str | None = None
    moved_from: datetime | None = None
    moved_duties: tuple[MovedDutyView, ...] = ()
    yes: bool | None = None
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
    channel: Text | None
    voltage_kv: float | None
    capacity_kva: float | None
    submitted_at: datetime
    accepted_at: datetime | None
    energised_at: datetime | None
    withdrawn_at: datetime | None
    closed: bool
    manager: OfficerView | None
    supervisor: OfficerView | None
    on_duty: OnDutyView | None
    steps: tuple[StepView, ...]
    pause: PauseView | None
    pauses: tuple[PauseView, ...]
    promise: PromiseView | None
    so_far: SoFarView | None
    duties: tuple[DutyView, ...]
    checks: tuple[CheckView, ...]
    amendments: tuple[AmendmentView, ...]
    boundary: BoundaryView | None
    plan: PlanView | None
    meter_no: str | None
    documents_missing: tuple[DocumentView, ...]
    documents_have: tuple[DocumentView, ...]
    documents_waived: tuple[DocumentView, ...]
    papers: tuple[PaperView, ...]
    requests: tuple[RequestView, ...]
    service: ServiceView | None
    disputes: tuple[DisputeView, ...]
    corrections: tuple[CorrectionView, ...]
    links: LinksView
    visits: int
    visits_allowed: int | None
    site_visits: int
    elapsed: ElapsedView | None
    receipts: tuple[ReceiptView, ...]
    timeline: tuple[TimelineView, ...]
