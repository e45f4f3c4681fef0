"""The standards as the public reads them: the same policy rows that decide cases, allow-listed."""

from typing import Literal

from events.catalogue.base import Text
from projections.api.views import View


class StandardStep(View):
    """A step of a process; `kept` says that a process of before still has it now."""

    code: str
    name: Text
    plain: Text
    customer_step: bool
    optional: bool


class StepsView(View):
    """Before and now, for the kinds that share a process. `before` is empty where none is known."""

    kinds: tuple[str, ...]
    before: tuple[StandardStep, ...]
    now: tuple[StandardStep, ...]
    basis: str


class StandardDocument(View):
    """A document of the catalogue: the step that asks for it before and now, and when it applies."""

    id: str
    name: Text
    step_before: Text | None
    step_now: Text | None
    applies: Text
    note: Text | None
    basis: str


class DocumentsView(View):
    """The catalogue of some kinds, with its counts."""

    kinds: tuple[str, ...]
    before: int
    now: int
    items: tuple[StandardDocument, ...]


class StandardLimit(View):
    """A limit of a step; without a value there is none. `when` lists the conditions as (field, value) pairs;
    empty: always."""

    step: Text
    kinds: tuple[str, ...]
    value: int | None
    unit: Literal["WD", "D", "h"]
    statistic: Literal["limit", "mean", "ceiling"]
    when: tuple[tuple[str, str], ...]
    basis: str
    source: str


class StandardTarget(View):
    """A promise for the whole process."""

    code: str
    name: Text
    days: int
    statistic: Literal["mean", "limit"]
    basis: str
    source: str


class StandardRule(View):
    """A boundary rule, in the order in which they are asked."""

    code: str
    name: Text
    boundary: str
    utility_scope: Text
    customer_scope: Text
    needs_manual_review: bool
    default: bool
    basis: str


class StandardVisit(View):
    """How many trips to a counter a customer may need."""

    name: Text
    allowed: int
    basis: str


class StandardPause(View):
    """A cause that stops a clock."""

    code: str
    name: Text
    plain: Text
    pauses_step: bool
    pauses_end_to_end: bool
    actor: str
    basis: str


class StandardsView(View):
    """Everything that the profile promises and asks for, as it holds today."""

    profile: str
    name: Text
    policy_version: str
    steps: tuple[StepsView, ...]
    documents: tuple[DocumentsView, ...]
    targets: tuple[StandardTarget, ...]
    limits: tuple[StandardLimit, ...]
    rules: tuple[StandardRule, ...]
    visits: tuple[StandardVisit, ...]
    pauses: tuple[StandardPause, ...]
