"""The policy of a profile, and the slice of it that one case carries.

The rows stand in `rows` and `document_rows`, what they are made of in `table`; all are offered here too.
Nothing here reads a file, a clock or the environment.
"""

from typing import Literal

from pydantic import Field

from events.catalogue.base import Code, ProvidedBy, Text
from events.catalogue.connection_events import LimitShown, Officer
from events.catalogue.traits import Kind
from workflows.policy.document_rows import DocumentItem, DocumentVariant, Provider
from workflows.policy.project_rows import Feed, LightRule, WorksStage
from workflows.policy.rows import (
    BoundaryRule,
    BoundaryVersion,
    Calendar,
    Channel,
    Holiday,
    Limit,
    Pause,
    Period,
    Process,
    Region,
    Role,
    ScopeItem,
    Shift,
    StatedCount,
    Step,
    Target,
    Task,
    TeamMember,
    Treatment,
    VisitRule,
    VoltageLevel,
)
from workflows.policy.table import Actor, Basis, Boundary, Condition, Days, Row, Table, Unit, Workflow

__all__ = [
    "Actor",
    "Basis",
    "Boundary",
    "BoundaryRule",
    "BoundaryVersion",
    "Calendar",
    "CaseSlice",
    "Channel",
    "Condition",
    "Days",
    "DocumentItem",
    "DocumentVariant",
    "Feed",
    "Holiday",
    "LightRule",
    "Limit",
    "LimitChoice",
    "NeededDocument",
    "Pause",
    "PauseRule",
    "Period",
    "Policy",
    "Process",
    "Provider",
    "Region",
    "Role",
    "Row",
    "ScopeItem",
    "Shift",
    "StatedCount",
    "Step",
    "StepRule",
    "Table",
    "Target",
    "Task",
    "TaskRule",
    "TeamMember",
    "Treatment",
    "Unit",
    "VisitRule",
    "VoltageLevel",
    "Workflow",
    "WorksStage",
]


class Policy(Table):
    """Everything of a profile.

    `version` is the SHA-256 (hex) of the canonical content; `languages` stand in the order of preference;
    `calling_code` is the country's, in digits: with and without it, a telephone number is the same.
    `personnel` are the CloudEvents sources that may speak of staff.
    """

    profile: Code
    source: str
    prefix: str = Field(pattern=r"^[A-Z]{2,6}$")
    name: Text
    timezone: str
    calling_code: str = Field(default="", pattern=r"^[1-9]?\d{0,2}$")
    languages: tuple[Literal["zh", "en"], ...]
    years_published: tuple[int, ...]
    personnel: tuple[str, ...] = ()
    regions: tuple[Region, ...]
    processes: tuple[Process, ...]
    treatments: tuple[Treatment, ...] = ()
    counts: tuple[StatedCount, ...] = ()
    providers: tuple[Provider, ...] = ()
    documents: tuple[DocumentItem, ...] = ()
    limits: tuple[Limit, ...] = ()
    targets: tuple[Target, ...] = ()
    periods: tuple[Period, ...]
    pauses: tuple[Pause, ...] = ()
    tasks: tuple[Task, ...] = ()
    boundary_versions: tuple[BoundaryVersion, ...] = ()
    boundary_rules: tuple[BoundaryRule, ...] = ()
    visits: tuple[VisitRule, ...] = ()
    roles: tuple[Role, ...]
    teams: tuple[TeamMember, ...]
    rota: tuple[Shift, ...] = ()
    channels: tuple[Channel, ...]
    voltages: tuple[VoltageLevel, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    feeds: tuple[Feed, ...] = ()
    works_stages: tuple[WorksStage, ...] = ()
    lights: tuple[LightRule, ...] = ()
    version: str = ""


class LimitChoice(Table):
    """A limit that counts while `when` holds; what a later fact decides (a cable duct) stays open in it."""

    when: Condition
    limit: LimitShown | None


class StepRule(Table):
    """A step as one case needs it. Its limit is chosen by `clock.limit_for`."""

    code: Code
    name: Text
    responsible_role: Code
    supervisor_role: Code
    customer_step: bool
    optional: bool
    next: Code | None
    limits: tuple[LimitChoice, ...]


class NeededDocument(Table):
    """A document of this case, named as its customer knows it. `provided_by`: who may provide it, the usual
    way first; one that is waived is asked of nobody."""

    id: Code
    step: Code
    name: Text
    provided_by: tuple[ProvidedBy, ...]

    @property
    def waived(self) -> bool:
        """Whether this case need not have it."""
        return self.provided_by[0] == "waived"


class PauseRule(Table):
    """A cause of pause as one case needs it."""

    code: Code
    pauses_step: bool
    pauses_end_to_end: bool
    actor: Actor
    automatic: bool


class TaskRule(Table):
    """A duty beside the steps as one case can have it: due by its `limit`, or so many `minutes` later."""

    code: Code
    name: Text
    responsible_role: Code
    supervisor_role: Code
    actor: Actor
    limit: LimitShown | None
    minutes: int | None = None


class CaseSlice(Table):
    """All the policy that one case needs for its life, as data (under 30 KB of JSON).

    It travels as the argument of the case's workflow, so that a changed table can't break a replay.
    """

    policy_version: str
    calendar_version: str
    profile: Code
    source: str
    timezone: str
    region: Code
    kind: Kind
    process: Code
    workflow: Workflow
    steps: tuple[StepRule, ...]
    documents: tuple[NeededDocument, ...]
    pauses: tuple[PauseRule, ...]
    tasks: tuple[TaskRule, ...]
    boundary_version: Code | None
    boundary_rules: tuple[BoundaryRule, ...]
    targets: tuple[Target, ...]
    visits_allowed: int | None
    team: dict[str, tuple[Officer, ...]]
    calendar: Calendar
    remind_before: LimitShown
    escalate_after: LimitShown
    after_service_days: int

    def step(self, code: str) -> StepRule:
        """The rule of a step. Raises KeyError for a step that this process does not have."""
        return {rule.code: rule for rule in self.steps}[code]

    def task(self, code: str) -> TaskRule | None:
        """The rule of a duty, or None where this case can't have it."""
        return next((rule for rule in self.tasks if rule.code == code), None)

    def pause(self, code: str) -> PauseRule | None:
        """The rule of a cause of pause, or None for an unknown cause."""
        return next((rule for rule in self.pauses if rule.code == code), None)
