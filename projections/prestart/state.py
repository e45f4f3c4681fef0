"""The state of one key project: what the fold builds and the pages read."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from events.catalogue.connection_events import Officer
from events.catalogue.project_events import Light, Reckoning
from events.catalogue.project_facts import LinkedBy, LoadPlan, Stage, WorksStage
from events.catalogue.project_progress import Dated, StageWorks, Visit
from events.personal import SealedValue
from workflows.policy import intentions, links, progress
from workflows.policy.intentions import Told
from workflows.policy.links import Link
from workflows.policy.progress import Lent, Progress


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


class AmendedState(Dated):
    """The local day whose tables the project lives by since they were changed under it."""

    day: date


class SubstationState(Dated):
    """Which substation may carry it; powers in kVA, `enough` absent while one of them is not known."""

    substation: str
    needed_kva: Decimal | None = None
    available_kva: Decimal | None = None
    enough: bool | None = None


class VisitState(Visit):
    """A visit of staff; the notes stay sealed."""

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
    """An application of the project: what was said of the link, what those say that are joined to the project
    (`lent`), when it was last linked and unlinked by whomever, and what became of it."""

    link: Link | None = None
    lent: dict[str, Link] = {}
    linked: Dated | None = None
    unlinked: Dated | None = None
    states: dict[str, datetime] = {}
    saved: SavedState | None = None

    @property
    def standing(self) -> Link | None:
        """The link that holds."""
        return links.standing(self.link, self.lent.values())

    @property
    def by(self) -> LinkedBy | None:
        """How it was found."""
        return self.standing.by if self.standing else None

    @property
    def holds(self) -> bool:
        """Whether the link was made and not undone since."""
        return self.standing is not None


class DecisionState(Dated):
    """A person's decision: the project goes on under `into`, or by itself."""

    into: str | None = None
    decided_by: str


class EndState(State):
    """How it ended, and what was spent, in yuan; the reason stays sealed. `under`: the project under which it
    went on and with which it ended."""

    ending: str
    spent_cny: Decimal
    under: str | None = None
    reason: SealedValue | None = None
    at: datetime


class ProjectState(BaseModel):
    """Everything that is known of one key project. `amended`: how its tables were last changed; `told`: what
    the feeds said, as far as it may count, in a fixed order; `progress` and `visits`: what was done for it
    itself, `lent`: for those that were joined to it; `parted_rows`: when what of which origin was last taken
    back; `joins` and `partings` count, so that a decision taken again has another name."""

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
    amended: AmendedState | None = None
    substation: SubstationState | None = None
    progress: Progress = Field(default_factory=Progress)
    visits: list[VisitState] = []
    lent: list[Lent] = []
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
    source: str = Field(default="", exclude=True)

    @property
    def joined_into(self) -> str | None:
        """The project under which this one goes on."""
        return self.decision.into if self.decision else None

    @property
    def joined_to(self) -> list[str]:
        """The projects that go on under this one."""
        told = intentions.counting(self.told, self.parted_rows)
        return sorted({one.origin for one in told if one.origin is not None})

    @property
    def whole(self) -> Progress:
        """What was done for it and for those that were joined to it; of visits no notes."""
        own = self.progress.model_copy()
        own.visits = [Visit.model_validate(one.model_dump(exclude={"notes"})) for one in self.visits]
        return progress.whole(own, self.lent, self.parted_rows)

    @property
    def works(self) -> dict[WorksStage, StageWorks]:
        """The supporting works, those of joined projects among them."""
        return self.whole.works

    @property
    def spent_cny(self) -> Decimal:
        """All that was spent, on joined projects too."""
        return self.whole.spent_cny


SEALED: Any = {"visits": {"__all__": {"notes"}}, "ended": {"reason"}}
"""Where sealed values stand, to be left out of a dump."""

Change = Callable[[ProjectState, Any, datetime], None]
"""What an event changes: (state, its data, when it happened)."""
