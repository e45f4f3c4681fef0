"""The state of one key project: what the fold builds and the pages read."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from events.catalogue.connection_events import Officer
from events.catalogue.project_events import Light, Reckoning
from events.catalogue.project_facts import LinkedBy, LoadPlan, Stage, WorksStage
from events.catalogue.project_progress import Dated, StageWorks
from events.personal import SealedValue
from workflows.policy.intentions import Told


class State(BaseModel):
    """Base of the stored state; stored as JSON, read back by this same model."""

    model_config = ConfigDict(extra="forbid")


class PlannedState(Dated):
    """The load by year that was agreed with the customer."""

    load: LoadPlan
    expected_energise_on: date | None = None


class TeamState(State):
    """Who serves the project."""

    manager: Officer
    engineers: tuple[Officer, ...] = ()
    supervisor: Officer
    at: datetime


class HandState(Dated):
    """Somebody took over a seat in the team."""

    role: str
    before: Officer
    after: Officer
    why: str


class SubstationState(Dated):
    """Which substation may carry it; powers in kVA, `enough` absent while one of them is not known."""

    substation: str
    needed_kva: Decimal | None = None
    available_kva: Decimal | None = None
    enough: bool | None = None


class TemporaryState(Dated):
    """Temporary supply, in kVA."""

    capacity_kva: Decimal
    from_on: date
    until_on: date | None = None


class RelocationState(Dated):
    """How far the relocation of a line in the way is."""

    state: str


class VisitState(Dated):
    """A visit of staff; the notes stay sealed."""

    by: str
    purpose: str
    notes: SealedValue | None = None


class LightState(State):
    """The light as it last turned: `since` is the local day; `rule` the row of the table."""

    light: Light | None = None
    before: Light | None = None
    since: date
    rule: str | None = None
    reckoning: Reckoning | None = None


class EscalationState(State):
    """Whom a light that turned for the worse was told to."""

    light: Light
    to: Officer
    at: datetime


class SavedState(State):
    """Whole days by which the works were ahead of the application."""

    days: int
    works_started_on: date
    accepted_on: date


class LinkState(State):
    """An application of the project: linked or not any more, and what became of it."""

    by: LinkedBy | None = None
    linked: Dated | None = None
    unlinked: Dated | None = None
    states: dict[str, datetime] = {}
    saved: SavedState | None = None

    @property
    def holds(self) -> bool:
        """Whether the link was made and not undone since."""
        return self.linked is not None and (
            self.unlinked is None
            or (self.linked.at, self.linked.fact) > (self.unlinked.at, self.unlinked.fact)
        )


class DecisionState(Dated):
    """A person's decision: the project goes on under `into`, or by itself."""

    into: str | None = None
    decided_by: str


class EndState(State):
    """How it ended, and what was spent, in yuan; the reason stays sealed."""

    ending: str
    spent_cny: Decimal
    reason: SealedValue | None = None
    at: datetime


class ProjectState(BaseModel):
    """Everything that is known of one key project. `told`: what the feeds said, as far as it may count, in a
    fixed order; `parted_rows`: when rows of which origin were last taken back; `joins` and `partings` count,
    so that a decision taken again has another name."""

    model_config = ConfigDict(extra="forbid")

    number: str
    profile: str
    policy_version: str
    region: str
    opened_at: datetime
    stage: Stage | None = None
    told: list[Told] = []
    parted_rows: dict[str, datetime] = {}
    planned: PlannedState | None = None
    team: TeamState | None = None
    hands: list[HandState] = []
    substation: SubstationState | None = None
    works: dict[WorksStage, StageWorks] = {}
    spent: dict[str, Decimal] = {}
    temporary: TemporaryState | None = None
    relocations: dict[str, RelocationState] = {}
    visits: list[VisitState] = []
    milestones: dict[str, Dated] = {}
    light: LightState | None = None
    escalations: list[EscalationState] = []
    applications: dict[str, LinkState] = {}
    decision: DecisionState | None = None
    joins: int = 0
    partings: int = 0
    dismissed: list[str] = []
    ended: EndState | None = None
    closed_at: datetime | None = None
    last_event_at: datetime
    sequence: int
    fact: str = Field(default="", exclude=True)

    @property
    def joined_into(self) -> str | None:
        """The project under which this one goes on."""
        return self.decision.into if self.decision else None

    @property
    def spent_cny(self) -> Decimal:
        """All that was spent."""
        return sum(self.spent.values(), Decimal(0))


SEALED: Any = {"visits": {"__all__": {"notes"}}, "ended": {"reason"}}
"""Where sealed values stand, to be left out of a dump."""

Change = Callable[[ProjectState, Any, datetime], None]
"""What an event changes: (state, its data, when it happened)."""
