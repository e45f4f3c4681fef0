"""The standards as the public reads them: the same policy rows that decide cases, allow-listed."""

from datetime import date
from typing import Literal

from events.catalogue.base import ProvidedBy, Text
from projections.api.views import View
from workflows.policy.services import Service

Pairs = tuple[tuple[str, str], ...]
"""Conditions as (field, value); several values of a field parted by commas. Empty: always."""


class Standard(View):
    """What every row says of itself: where it comes from, and from which local day to which it holds."""

    basis: str
    source: str
    valid_from: date
    valid_to: date | None = None


class StandardStep(Standard):
    """A step of a process; only the customer's count. `when`: the cases that have it."""

    code: str
    name: Text
    plain: Text
    customer_step: bool
    optional: bool
    when: Pairs = ()


class StepsView(View):
    """Before and now, for the kinds that share a process. `before` is empty where none is known."""

    kinds: tuple[str, ...]
    before: tuple[StandardStep, ...]
    now: tuple[StandardStep, ...]
    basis: str


class StandardProvider(Standard):
    """A way in which a document may come."""

    code: ProvidedBy
    name: Text
    plain: Text


class StandardDocument(Standard):
    """A document of the catalogue: the step that asks for it before and now, when it applies, and who may
    provide it, the usual way first. One that is not `counted` stands beside the catalogue."""

    id: str
    name: Text
    step_before: Text | None
    step_now: Text | None
    applies: Text
    note: Text | None
    provided_by: tuple[ProvidedBy, ...]
    counted: bool


class DocumentsView(View):
    """The catalogue of some kinds, with its counts; `beside` it are some customers' own."""

    kinds: tuple[str, ...]
    before: int
    now: int
    items: tuple[StandardDocument, ...]
    beside: tuple[StandardDocument, ...]


class StandardLimit(Standard):
    """A limit of a step; without a value there is none."""

    step: Text
    kinds: tuple[str, ...]
    value: int | None
    unit: Literal["WD", "D", "h"]
    statistic: Literal["limit", "mean", "ceiling"]
    when: Pairs


class StandardTarget(Standard):
    """A promise for the whole process."""

    code: str
    name: Text
    days: int
    statistic: Literal["mean", "limit"]


class StandardTask(Standard):
    """A duty beside the steps, with a limit of its own."""

    code: str
    name: Text
    plain: Text
    actor: str
    value: int | None
    unit: Literal["WD", "D", "h", "min"]
    kinds: tuple[str, ...]
    when: Pairs


class StandardScope(View):
    """A part of the works and who builds it."""

    builder: Literal["utility", "customer", "government"]
    part: Literal["all", "electrical", "civil"]
    text: Text
    basis: str
    source: str


class StandardRule(Standard):
    """A boundary rule, in the order in which they are asked."""

    code: str
    version: str
    name: Text
    boundary: str
    utility_scope: Text
    customer_scope: Text
    scope: tuple[StandardScope, ...]
    note: Text | None
    needs_manual_review: bool
    default: bool


class StandardVersion(Standard):
    """A set of boundary rules; the first version whose conditions the land meets holds."""

    code: str
    name: Text
    plain: Text
    when: Pairs


class StandardVisit(Standard):
    """How many trips to a counter a customer may need."""

    name: Text
    allowed: int


class StandardPause(Standard):
    """A cause that stops a clock."""

    code: str
    name: Text
    plain: Text
    pauses_step: bool
    pauses_end_to_end: bool
    actor: str


class StandardHoliday(Standard):
    """Days off, first and last included, and weekend days worked instead."""

    name: Text
    first: date
    last: date
    working_weekends: tuple[date, ...]
    regional: bool
    provisional: bool


class YearView(View):
    """A year of the calendar; while it is not published, due dates in it are provisional."""

    year: int
    published: bool
    holidays: tuple[StandardHoliday, ...]


class StandardFeed(Standard):
    """A list of key projects that a public body keeps."""

    code: str
    name: Text


class StandardWorks(Standard):
    """A stage of the utility's supporting works, and the calendar days that it takes as a rule."""

    code: str
    name: Text
    plain: Text
    days: int


class StandardLight(Standard):
    """When the light of a key project has a colour: the first row counts whose `below` is more than the days
    to spare; one without it always does."""

    code: str
    light: str
    name: Text
    plain: Text
    below: int | None


class WithoutService(View):
    """A service that a channel has not, and why."""

    service: Service
    reason: Text


class StandardChannel(Standard):
    """A way in: what it takes by an interface of its own, what it has not and why, and what nobody carries
    yet."""

    code: str
    name: Text
    remote: bool
    takes: tuple[Service, ...]
    without: tuple[WithoutService, ...]
    not_taken: tuple[Service, ...]


class StandardsView(View):
    """Everything that the profile promises and asks for, as it holds today."""

    profile: str
    name: Text
    policy_version: str
    steps: tuple[StepsView, ...]
    documents: tuple[DocumentsView, ...]
    providers: tuple[StandardProvider, ...]
    targets: tuple[StandardTarget, ...]
    limits: tuple[StandardLimit, ...]
    limits_before: tuple[StandardLimit, ...]
    tasks: tuple[StandardTask, ...]
    versions: tuple[StandardVersion, ...]
    rules: tuple[StandardRule, ...]
    visits: tuple[StandardVisit, ...]
    pauses: tuple[StandardPause, ...]
    calendar: tuple[YearView, ...]
    feeds: tuple[StandardFeed, ...] = ()
    works: tuple[StandardWorks, ...] = ()
    lights: tuple[StandardLight, ...] = ()
    channels: tuple[StandardChannel, ...] = ()
