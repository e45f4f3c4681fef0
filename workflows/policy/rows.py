"""The rows of a profile's policy tables, one model for each table."""

from datetime import date, time
from decimal import Decimal
from typing import Literal

from pydantic import Field

from events.catalogue.base import Code, Text
from events.catalogue.connection_events import LimitShown
from events.catalogue.traits import Kind
from workflows.policy.table import Actor, Basis, Boundary, Condition, Days, Row, Table, Unit, Workflow


class Region(Row):
    """A city or county; `id` is its division code.

    `aliases` are old codes: accepted, never stored. An `inset` region is drawn apart on the map.
    """

    name: Text
    aliases: tuple[Code, ...] = ()
    inset: bool = False


class Step(Row):
    """A step of a process. Only `customer_step`s count in 6 → 3; an `optional` one is entered when needed.

    `plain` is one sentence for the public; `produces` is what comes out; `next` is the step that follows
    when no optional one comes between (None: energised). A case for which `when` does not hold has no such
    step.
    """

    name: Text
    plain: Text
    produces: Text
    order: int
    customer_step: bool
    optional: bool = False
    responsible_role: Code
    supervisor_role: Code
    next: Code | None = None
    when: Condition = Condition()


class Process(Row):
    """A way to be connected, for some kinds. `now` false: how it was before, kept for comparison only."""

    name: Text
    kinds: tuple[Kind, ...]
    now: bool
    workflow: Workflow
    steps: tuple[Step, ...]


class Treatment(Row):
    """Applications that are handled as another kind than their voltage makes them."""

    name: Text
    when: Condition
    kind: Kind


class StatedCount(Row):
    """A count that the measures state (6 → 3, 26 → 16). The loader proves that the tables add up to it."""

    of: Literal["steps", "documents"]
    kinds: tuple[Kind, ...]
    before: int
    now: int


class Limit(Row):
    """A time limit of a step. Of several rows for one step, the first whose `when` holds counts; one without
    a value says that there is no limit then."""

    process: Code
    step: Code
    value: Days | None = None
    unit: Unit = "WD"
    statistic: Literal["limit", "ceiling"]
    when: Condition = Condition()

    @property
    def shown(self) -> LimitShown | None:
        """The limit as a receipt shows it."""
        if self.value is None:
            return None
        return LimitShown(
            value=self.value, unit=self.unit, statistic=self.statistic, basis=self.basis, source=self.source
        )


class Target(Row):
    """A promise for the whole process in calendar days: a `mean` over a portfolio, or a `limit` per case."""

    name: Text
    days: Days
    unit: Literal["D"] = "D"
    statistic: Literal["mean", "limit"]
    when: Condition


class Period(Row):
    """A span that the platform itself needs, such as `remind_before` (WD) or `after_service` (D)."""

    name: Text
    value: Days
    unit: Unit
    statistic: Literal["limit"] = "limit"

    @property
    def shown(self) -> LimitShown:
        """The period as a limit that can be shown and reckoned with."""
        return LimitShown(
            value=self.value, unit=self.unit, statistic=self.statistic, basis=self.basis, source=self.source
        )


class Task(Row):
    """A duty beside the steps, with its own clock. Of several rows for one `duty`, the first whose `when`
    holds counts; `actor` is who has to do it, and only the utility's is escalated. What is due in minutes
    (`min`) is escalated as soon as it is late."""

    duty: Code
    name: Text
    plain: Text
    value: Days | None = None
    unit: Unit | Literal["min"] = "WD"
    statistic: Literal["limit"] = "limit"
    responsible_role: Code
    supervisor_role: Code
    actor: Actor
    when: Condition = Condition()

    @property
    def shown(self) -> LimitShown | None:
        """The limit of the duty, where it has one in hours or days."""
        if self.value is None or self.unit == "min":
            return None
        return LimitShown(
            value=self.value, unit=self.unit, statistic=self.statistic, basis=self.basis, source=self.source
        )

    @property
    def minutes(self) -> int | None:
        """The limit of the duty in minutes, where it is given so."""
        return self.value if self.unit == "min" else None


class Pause(Row):
    """A cause that stops a clock. `automatic`: the case itself starts and ends it; else upstream says so."""

    name: Text
    plain: Text
    pauses_step: bool
    pauses_end_to_end: bool
    actor: Actor
    automatic: bool


class BoundaryVersion(Row):
    """A set of boundary rules. The first by `order` whose `when` holds is the one that a case lives by; the
    last holds for every land."""

    order: int
    name: Text
    plain: Text
    when: Condition = Condition()


class ScopeItem(Table):
    """A part of the works: who builds it, and where that is known from."""

    builder: Literal["utility", "customer", "government"]
    part: Literal["all", "electrical", "civil"] = "all"
    text: Text
    basis: Basis
    source: str = Field(min_length=1)


class BoundaryRule(Row):
    """Who builds to where. The first match by `order` decides; a `default` counts only when no other does.

    `scope` lists the parts of the works; the two scopes in one sentence stand beside it. `before`: in force
    before the measures too.
    """

    version: Code
    order: int
    name: Text
    when: Condition
    boundary: Boundary
    utility_scope: Text
    customer_scope: Text
    scope: tuple[ScopeItem, ...] = ()
    note: Text | None = None
    needs_manual_review: bool = False
    default: bool = False
    before: bool = False


class VisitRule(Row):
    """How many trips to a counter a customer may need."""

    name: Text
    when: Condition
    allowed: int = Field(ge=0)


class Role(Row):
    """A role that answers for steps."""

    name: Text


class TeamMember(Row):
    """A member of staff in a role; `region` `*` serves every region."""

    region: Code | Literal["*"]
    role: Code
    name: str = Field(min_length=1, max_length=200)
    phone: str = Field(min_length=1, max_length=200)


class Shift(Row):
    """A shift of the duty rota of key customers, from `begins` to `ends` by the clock on the wall; past
    midnight where that is not later, so equal ones are a whole day.

    `staff` take it in their order, each so many `days` in a row, counted from `since`.
    """

    name: Text
    begins: time
    ends: time
    staff: tuple[Code, ...] = Field(min_length=1)
    days: int = Field(default=1, ge=1)
    since: date


class Channel(Row):
    """A way in. `remote`: without a trip to a counter."""

    name: Text
    remote: bool


class VoltageLevel(Row):
    """A nominal voltage (kV) of the profile's grid, and the largest capacity (kVA) believable on it."""

    kv: Decimal
    capacity_max_kva: Decimal


class Holiday(Row):
    """Days off, first and last included, and the weekend days that are worked instead. A `regional` one is
    the profile's own, beside those of its country; a `provisional` one may still move."""

    name: Text
    regional: bool = False
    provisional: bool = False
    first: date
    last: date
    working_weekends: tuple[date, ...] = ()


class Calendar(Table):
    """Working days as dated data, sorted, from `first_year` on (None: all that is known).

    A year that is not in `years_published` is provisional.
    """

    first_year: int | None = None
    holidays: tuple[date, ...] = ()
    working_weekends: tuple[date, ...] = ()
    years_published: tuple[int, ...] = ()
