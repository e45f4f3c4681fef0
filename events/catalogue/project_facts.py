"""What feeds and staff say about a key project (重点项目), from the intention on, before anybody applies.

A row of a feed is always told whole: what it leaves out, the feed does not say. The CloudEvents `time` of a
row is when the feed last changed it, so that an older row that comes later is known as the older one.
"""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from events.catalogue.base import Code, Fact, Model, ShortText
from events.catalogue.traits import Money, Positive
from events.personal import PersonalText

Stage = Literal["lead", "approved", "land_granted", "permitted", "construction", "in_service", "cancelled"]
"""How far a project is, as the feeds see it (domain 7)."""

WorksStage = Literal["design", "permits", "civil", "electrical", "commissioning"]
"""What the utility's supporting works are made of."""

LinkedBy = Literal["number", "organisation", "person"]
"""How an application was found to be that of a project."""

Degrees = Annotated[float, Field(ge=-180, le=180)]
Year = Annotated[int, Field(ge=2000, le=2100)]


class YearlyLoad(Model):
    """The capacity that a project expects to need in a year, in kVA."""

    year: Year
    capacity_kva: Positive


LoadPlan = Annotated[tuple[YearlyLoad, ...], Field(max_length=30)]


class Place(Model):
    """Where a project lies, in degrees of WGS 84."""

    longitude: Degrees
    latitude: Annotated[float, Field(ge=-90, le=90)]


class IntentionRow(Model):
    """A row of a feed: what a body of the province or a city knows of a project. Investment in yuan, as text
    in JSON; `red_line` is the outline of the land."""

    record: Code
    project_name: ShortText
    organisation: ShortText | None = None
    org_code: Code | None = None
    industry: ShortText | None = None
    region: Code
    park: Code | None = None
    site: ShortText | None = None
    place: Place | None = None
    red_line: Annotated[tuple[Place, ...], Field(max_length=200)] = ()
    investment_cny: Money | None = None
    stage: Stage = "lead"
    load: LoadPlan = ()
    voltage_kv: Positive | None = None
    important_load: bool | None = None
    temporary_kva: Positive | None = None
    temporary_from: date | None = None
    expected_energise_on: date | None = None
    relocation_needed: bool | None = None


class IntentionReported(Fact, IntentionRow):
    """意向信息. A feed tells of a project, for the first time or anew."""

    type: ClassVar[str] = "mingdian.fact.project.intention_reported.v1"
    ordered: ClassVar[bool] = False
    opens: ClassVar[bool] = True


class IntentionGone(Fact):
    """意向撤出名单. The record stands in its feed no longer; what was known of it stays."""

    type: ClassVar[str] = "mingdian.fact.project.intention_gone.v1"
    ordered: ClassVar[bool] = False

    record: Code


class LoadPlanned(Fact):
    """负荷计划. The load by year, as agreed with the customer; goes before what the feeds expect."""

    type: ClassVar[str] = "mingdian.fact.project.load_planned.v1"

    load: Annotated[LoadPlan, Field(min_length=1)]
    expected_energise_on: date | None = None


class SubstationProposed(Fact):
    """候选变电站. Which substation may carry the project; `available_kva` where its capacity is known."""

    type: ClassVar[str] = "mingdian.fact.project.substation_proposed.v1"

    substation: ShortText
    available_kva: Positive | None = None


class WorksScheduled(Fact):
    """配套工程计划. When a stage of the works is to begin and to end, local days."""

    type: ClassVar[str] = "mingdian.fact.project.works_scheduled.v1"

    stage: WorksStage
    starts_on: date
    ends_on: date


class WorksStarted(Fact):
    """配套工程开工. A stage of the utility's works begins, before any application."""

    type: ClassVar[str] = "mingdian.fact.project.works_started.v1"

    stage: WorksStage


class WorksFinished(Fact):
    """配套工程完工. A stage of the works is done."""

    type: ClassVar[str] = "mingdian.fact.project.works_finished.v1"

    stage: WorksStage


class SpendingRecorded(Fact):
    """工程支出. Money spent on a project, in yuan; each fact adds."""

    type: ClassVar[str] = "mingdian.fact.project.spending_recorded.v1"

    amount_cny: Money
    on: Literal["design", "permits", "civil", "electrical", "commissioning", "temporary", "relocation"]


class TemporarySupplyArranged(Fact):
    """临时用电. The site gets a temporary supply from a day on."""

    type: ClassVar[str] = "mingdian.fact.project.temporary_supply_arranged.v1"

    capacity_kva: Positive
    from_on: date
    until_on: date | None = None


class RelocationReported(Fact):
    """线路迁改. A line in the way: how far its relocation is."""

    type: ClassVar[str] = "mingdian.fact.project.relocation_reported.v1"

    line: ShortText
    state: Literal["needed", "agreed", "done"]


class ProjectVisited(Fact):
    """走访. Staff visited the project; no trip of the customer's. `remote`: nobody went there, it was seen by
    photographs or video."""

    type: ClassVar[str] = "mingdian.fact.project.project_visited.v2"
    ordered: ClassVar[bool] = False

    by: Code
    purpose: Literal["load", "plan", "works", "site", "other"]
    remote: bool = False
    notes: PersonalText = None


class MilestoneReached(Fact):
    """里程碑. Something that everybody waited for has happened."""

    type: ClassVar[str] = "mingdian.fact.project.milestone_reached.v1"
    ordered: ClassVar[bool] = False

    milestone: Literal[
        "load_agreed", "plan_agreed", "land_obtained", "permits_granted", "works_tendered", "site_ready"
    ]


class ApplicationLinked(Fact):
    """关联报装申请. The project's application has come: found by its number, by the organisation, or by a
    person."""

    type: ClassVar[str] = "mingdian.fact.project.application_linked.v1"

    number: Code
    by: LinkedBy


class ApplicationUnlinked(Fact):
    """解除关联. The application is that of another project."""

    type: ClassVar[str] = "mingdian.fact.project.application_unlinked.v1"

    number: Code


class ApplicationProgressed(Fact):
    """报装进展. The platform tells a project what became of its application."""

    type: ClassVar[str] = "mingdian.fact.project.application_progressed.v1"
    ordered: ClassVar[bool] = False
    internal: ClassVar[bool] = True

    number: Code
    state: Literal["accepted", "energised", "withdrawn"]


class ProjectJoined(Fact):
    """合并. A person finds that this project is the same as `into`, under which it goes on."""

    type: ClassVar[str] = "mingdian.fact.project.project_joined.v1"

    into: Code
    decided_by: Code


class ProjectParted(Fact):
    """拆分. A person finds that a join was wrong: the project goes on by itself."""

    type: ClassVar[str] = "mingdian.fact.project.project_parted.v1"

    decided_by: Code


class MatchDismissed(Fact):
    """排除匹配. A person finds that a project which looks like this one is another."""

    type: ClassVar[str] = "mingdian.fact.project.match_dismissed.v1"
    ordered: ClassVar[bool] = False

    other: Code
    decided_by: Code


class RowShared(Fact):
    """共享记录. A joined project (`origin`) hands on a row that it has, changed in its feed at `row_at` and
    gone from it at `gone_at`. `path`: the projects that it came through, so that joins in a circle end."""

    type: ClassVar[str] = "mingdian.fact.project.row_shared.v1"
    ordered: ClassVar[bool] = False
    internal: ClassVar[bool] = True

    origin: Code
    feed: Code
    row: IntentionRow
    row_at: datetime
    gone_at: datetime | None = None
    path: Annotated[tuple[Code, ...], Field(max_length=50)] = ()


class RowsParted(Fact):
    """收回记录. A parted project takes its rows back; with `feed` and `record` that one alone."""

    type: ClassVar[str] = "mingdian.fact.project.rows_parted.v1"
    ordered: ClassVar[bool] = False
    internal: ClassVar[bool] = True

    origin: Code
    feed: Code | None = None
    record: Code | None = None


class ProjectCancelled(Fact):
    """项目取消. The project ends; what was spent is told."""

    type: ClassVar[str] = "mingdian.fact.project.project_cancelled.v1"

    reason: PersonalText = None


FACTS: tuple[type[Fact], ...] = (
    IntentionReported,
    IntentionGone,
    LoadPlanned,
    SubstationProposed,
    WorksScheduled,
    WorksStarted,
    WorksFinished,
    SpendingRecorded,
    TemporarySupplyArranged,
    RelocationReported,
    ProjectVisited,
    MilestoneReached,
    ApplicationLinked,
    ApplicationUnlinked,
    ApplicationProgressed,
    ProjectJoined,
    ProjectParted,
    MatchDismissed,
    RowShared,
    RowsParted,
    ProjectCancelled,
)
