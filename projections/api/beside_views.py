"""What leaves the platform about what stands beside the steps of one application. Allow-listed: nothing that
staff write to one another, and of a dispute only its course; its words stand in the holder's timeline."""

from datetime import datetime
from typing import Literal

from events.catalogue.base import Text
from projections.api.case_parts import DocumentView, LimitView, OfficerView
from projections.api.views import View


class DutyView(View):
    """Something that somebody has to do beside the steps. `ours`: the utility's, which has to answer for it;
    the others are a customer's or an authority's. `ref` tells two of a kind apart: a permit, a dispute.
    `days_left`: local days to the due date, or from the day on which it was done."""

    code: str
    ref: str | None
    name: Text
    plain: Text
    actor: Literal["customer", "utility", "government"]
    ours: bool
    status: Literal["open", "done", "lapsed"]
    opened_at: datetime
    due_at: datetime | None
    provisional: bool
    done_at: datetime | None
    late: bool
    days_left: int | None
    escalated_at: datetime | None
    limit: LimitView | None
    responsible: OfficerView | None
    supervisor: OfficerView | None


class RoundView(View):
    """A round of a check: handed in, and the opinion on it."""

    handed_in_at: datetime
    told_at: datetime | None
    passed: bool | None
    due_at: datetime | None
    provisional: bool
    late: bool


class CheckView(View):
    """An internal check of an important customer's, no step of the connection."""

    code: str
    name: Text
    plain: Text
    limit: LimitView | None
    status: Literal["to_come", "under_way", "failed", "passed"]
    rounds: tuple[RoundView, ...]


class RequestView(View):
    """Documents asked for after the one notice. The `avoidable` could have been named in it, and count
    against the utility."""

    at: datetime
    documents: tuple[DocumentView, ...]
    avoidable: tuple[DocumentView, ...]


class PromiseView(View):
    """What the whole is promised to take: a `mean` over all cases, or a `limit` of this one; and the days so
    far."""

    days: int
    statistic: Literal["limit", "mean"]
    basis: str
    source: str


class SoFarView(View):
    """Calendar days from acceptance to now, or to energisation: gross, and without pauses."""

    gross_days: int
    net_days: int


class AmendmentView(View):
    """The calendar or the policy changed under the case, and what that did to its due date."""

    at: datetime
    changed: Literal["calendar", "policy"]
    note: str
    due_before: datetime | None
    due_after: datetime | None


class DisputeStepView(View):
    """A step of a dispute."""

    step: Literal["raised", "answered", "taken_further", "settled"]
    at: datetime
    level: int | None
    upheld: bool | None
    by: Literal["agreement", "silence", "second_answer"] | None


class DisputeView(View):
    """A dispute: what about, its steps, and what comes next, by when."""

    ref: str
    about: str
    settled: bool
    steps: tuple[DisputeStepView, ...]
    waiting: DutyView | None


class CorrectionView(View):
    """A detail of the record that was put right."""

    field: Literal["meter_no", "substation", "feeder", "channel"]
    before: Text | None
    value: Text
    at: datetime


class ServiceView(View):
    """After energisation: up to when ratings, disputes and corrections are taken, and the rating."""

    until: datetime
    is_open: bool
    score: int | None
    rated_at: datetime | None


class LinksView(View):
    """The case that this one is a late dispute of, and the late disputes of this one."""

    linked_to: str | None
    linked_from: tuple[str, ...]
