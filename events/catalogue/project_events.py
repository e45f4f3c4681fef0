"""What the platform says about a key project: its rows, its team, its works, its traffic light, the time
saved."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from events.catalogue.base import Code, EventData, Model, ShortText
from events.catalogue.connection_events import Officer
from events.catalogue.project_facts import IntentionRow, LinkedBy, LoadPlan, Stage, WorksStage
from events.catalogue.traits import Money, Positive
from events.personal import PersonalText

Light = Literal["green", "yellow", "red"]
"""红黄绿灯: enough time until the expected energising, little, too little; the profile says how much."""


class ProjectOpened(EventData):
    """项目立档. A feed told of a project that nobody knew; `feed` and `record` are the first to tell."""

    type: ClassVar[str] = "mingdian.project.project_opened.v1"

    feed: Code
    record: Code
    region: Code


class IntentionRecorded(EventData):
    """意向记录. A row of a feed as it came, changed there at `row_at`; `origin` is the joined project that
    told it, at the event's own time. The newest row of a record counts, whatever order they came in."""

    type: ClassVar[str] = "mingdian.project.intention_recorded.v1"

    feed: Code
    row: IntentionRow
    row_at: datetime
    origin: Code | None = None


class IntentionLeftFeed(EventData):
    """撤出名单. Since `row_at` the record stands in its feed no longer."""

    type: ClassVar[str] = "mingdian.project.intention_left_feed.v1"

    feed: Code
    record: Code
    row_at: datetime
    origin: Code | None = None


class StageReached(EventData):
    """项目阶段. The project as a whole is at another stage, by the newest that its feeds say."""

    type: ClassVar[str] = "mingdian.project.stage_reached.v1"

    stage: Stage
    before: Stage | None = None


class TeamAssigned(EventData):
    """专属团队. Who serves the project: a manager, engineers, and a supervisor who is none of them."""

    type: ClassVar[str] = "mingdian.project.team_assigned.v1"

    manager: Officer
    engineers: Annotated[tuple[Officer, ...], Field(max_length=10)] = ()
    supervisor: Officer


class LoadPlanned(EventData):
    """负荷计划. The load by year, as agreed with the customer."""

    type: ClassVar[str] = "mingdian.project.load_planned.v1"

    load: LoadPlan
    expected_energise_on: date | None = None


class SubstationProposed(EventData):
    """候选变电站. `enough`: whether its free capacity carries the largest load; absent while either is not
    known."""

    type: ClassVar[str] = "mingdian.project.substation_proposed.v1"

    substation: ShortText
    needed_kva: Positive | None = None
    available_kva: Positive | None = None
    enough: bool | None = None


class WorksScheduled(EventData):
    """配套工程计划."""

    type: ClassVar[str] = "mingdian.project.works_scheduled.v1"

    stage: WorksStage
    starts_on: date
    ends_on: date


class WorksStarted(EventData):
    """配套工程开工. `before_application`: nobody had applied yet."""

    type: ClassVar[str] = "mingdian.project.works_started.v1"

    stage: WorksStage
    before_application: bool


class WorksFinished(EventData):
    """配套工程完工."""

    type: ClassVar[str] = "mingdian.project.works_finished.v1"

    stage: WorksStage


class SpendingRecorded(EventData):
    """工程支出. In yuan; `total_cny` is all that was spent so far."""

    type: ClassVar[str] = "mingdian.project.spending_recorded.v1"

    amount_cny: Money
    on: Code
    total_cny: Money


class TemporarySupplyArranged(EventData):
    """临时用电."""

    type: ClassVar[str] = "mingdian.project.temporary_supply_arranged.v1"

    capacity_kva: Positive
    from_on: date
    until_on: date | None = None


class RelocationReported(EventData):
    """线路迁改."""

    type: ClassVar[str] = "mingdian.project.relocation_reported.v1"

    line: ShortText
    state: Literal["needed", "agreed", "done"]


class ProjectVisited(EventData):
    """走访. `remote`: by photographs or video, nobody went there."""

    type: ClassVar[str] = "mingdian.project.project_visited.v2"

    by: Code
    purpose: Code
    remote: bool = False
    notes: PersonalText = None


class MilestoneReached(EventData):
    """里程碑."""

    type: ClassVar[str] = "mingdian.project.milestone_reached.v1"

    milestone: Code


class Reckoning(Model):
    """What a traffic light is read from: days that the unfinished works still need, days until the expected
    energising, and their difference."""

    expected_on: date
    needed_days: int
    left_days: int
    slack_days: int


class LightTurned(EventData):
    """亮灯. The light is another one, on a local day; `rule` is the row of the table that says so. `light` is
    absent while no day of energising is expected, or the works are done."""

    type: ClassVar[str] = "mingdian.project.light_turned.v1"

    light: Light | None = None
    before: Light | None = None
    on: date
    rule: Code | None = None
    reckoning: Reckoning | None = None


class LightEscalated(EventData):
    """预警督办. A light that turned for the worse was told to `to`."""

    type: ClassVar[str] = "mingdian.project.light_escalated.v1"

    light: Light
    to: Officer


class ApplicationLinked(EventData):
    """关联报装申请. The works' progress stays; the clock of the application starts at its acceptance."""

    type: ClassVar[str] = "mingdian.project.application_linked.v1"

    number: Code
    by: LinkedBy


class ApplicationUnlinked(EventData):
    """解除关联."""

    type: ClassVar[str] = "mingdian.project.application_unlinked.v1"

    number: Code


class ApplicationProgressed(EventData):
    """报装进展."""

    type: ClassVar[str] = "mingdian.project.application_progressed.v1"

    number: Code
    state: Literal["accepted", "energised", "withdrawn"]


class LeadTimeSaved(EventData):
    """提前量. Whole days by which the works were ahead of the application's acceptance: from their first
    start to the acceptance, or to their end where that was earlier. The newest counts."""

    type: ClassVar[str] = "mingdian.project.lead_time_saved.v1"

    number: Code
    days: int
    works_started_on: date
    accepted_on: date


class ProjectJoined(EventData):
    """合并. The project goes on under `into`, which has its rows."""

    type: ClassVar[str] = "mingdian.project.project_joined.v1"

    into: Code
    decided_by: Code


class ProjectParted(EventData):
    """拆分. The project goes on by itself; `parted_from` is the one that it was joined to."""

    type: ClassVar[str] = "mingdian.project.project_parted.v1"

    parted_from: Code
    decided_by: Code


class RowsParted(EventData):
    """收回记录. The rows of `origin` are no longer this project's; with `feed` and `record` that one alone.
    Those that are recorded at a later time than this event's count again."""

    type: ClassVar[str] = "mingdian.project.rows_parted.v1"

    origin: Code
    feed: Code | None = None
    record: Code | None = None


class MatchDismissed(EventData):
    """排除匹配."""

    type: ClassVar[str] = "mingdian.project.match_dismissed.v1"

    other: Code
    decided_by: Code


class ProjectEnded(EventData):
    """项目结束. Energised, or cancelled with what was spent, in yuan; `under` is the project under which it
    went on and with which it ended."""

    type: ClassVar[str] = "mingdian.project.project_ended.v2"

    ending: Literal["energised", "cancelled"]
    spent_cny: Money
    under: Code | None = None
    reason: PersonalText = None


class ProjectRevived(EventData):
    """项目恢复. A cancelled project goes on: its feed says so."""

    type: ClassVar[str] = "mingdian.project.project_revived.v1"

    stage: Stage


class ProjectClosed(EventData):
    """归档. The stream's last event."""

    type: ClassVar[str] = "mingdian.project.project_closed.v1"

    ending: Literal["energised", "cancelled"]


EVENTS: tuple[type[EventData], ...] = (
    ProjectOpened,
    IntentionRecorded,
    IntentionLeftFeed,
    StageReached,
    TeamAssigned,
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
    LightTurned,
    LightEscalated,
    ApplicationLinked,
    ApplicationUnlinked,
    ApplicationProgressed,
    LeadTimeSaved,
    ProjectJoined,
    ProjectParted,
    RowsParted,
    MatchDismissed,
    ProjectEnded,
    ProjectRevived,
    ProjectClosed,
)
