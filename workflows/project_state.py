"""All that a key project's run remembers, as one model: with it the run continues as a new one, for years."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from events.catalogue.connection_events import Officer
from events.catalogue.project_change_facts import Seat
from events.catalogue.project_events import Light
from events.catalogue.project_facts import LoadPlan, Stage, WorksStage
from events.catalogue.project_progress import Dated, StageWorks
from events.envelope import Head
from workflows.policy import intentions, links, progress
from workflows.policy.intentions import Record, Told
from workflows.policy.links import Link
from workflows.policy.progress import Lent, Progress
from workflows.policy.project_slice import ProjectSlice
from workflows.policy.project_team import ProjectTeam

Ending = Literal["energised", "cancelled"]
Reached = Literal["accepted", "energised", "withdrawn"]

MEMORY = 2_000
"""How many of the last facts a run knows again by itself; the inbox knows all."""


class State(BaseModel):
    """Base of what is remembered."""

    model_config = ConfigDict(extra="forbid", validate_assignment=False)


class Plan(Dated):
    """The load by year, as agreed with the customer."""

    load: LoadPlan
    expected_energise_on: date | None = None


class Substation(Dated):
    """The substation that may carry the project, and its free capacity in kVA where that is known."""

    substation: str
    available_kva: Decimal | None = None


class Application(State):
    """What is known of an application: the link, what those say of it that are joined to the project
    (`lent`), and when it reached which state."""

    link: Link | None = None
    lent: dict[str, Link] = Field(default_factory=dict)
    reached: dict[Reached, datetime] = Field(default_factory=dict)

    @property
    def standing(self) -> Link | None:
        """The link that holds."""
        return links.standing(self.link, self.lent.values())

    def standing_without(self, teller: str) -> Link | None:
        """The link that holds whatever this project says: to that one it may be handed on."""
        return links.standing(self.link, (one for name, one in self.lent.items() if name != teller))

    @property
    def linked(self) -> bool:
        """Whether it is the project's."""
        return self.standing is not None


class Decision(Dated):
    """A person's decision: the project goes on under `into`, or by itself."""

    into: str | None
    decided_by: str


class Lead(Dated):
    """What the project that this one goes on under said last of its end; `path`: whose end it is, and the
    projects that the word came through."""

    ending: Ending | None
    path: tuple[str, ...] = ()


class Cancelled(Dated):
    """A person's word that the project is given up."""


class Hand(Dated):
    """Somebody takes over a seat in the team."""

    role: Seat
    officer: Officer


class Amended(Dated):
    """The slice of other tables to live by."""

    policy: ProjectSlice


class Verdict(State):
    """What was said last of the candidate substation, and of which moment."""

    at: datetime
    substation: str
    needed_kva: Decimal | None
    available_kva: Decimal | None
    enough: bool | None


class Saved(State):
    """What was said last of the time that an application was saved."""

    days: int
    works_started_on: date
    accepted_on: date


class Spoken(State):
    """What the log says already, so that it is said again only when it is otherwise."""

    stage: Stage | None = None
    light: Light | None = None
    ending: Ending | None = None
    verdict: Verdict | None = None
    saved: dict[str, Saved] = Field(default_factory=dict)
    team: ProjectTeam | None = None


class Shared(State):
    """What the project has handed on to `into`: of each row and each thing what it was, of each application
    its state."""

    into: str
    rows: dict[str, str] = Field(default_factory=dict)
    things: dict[str, str] = Field(default_factory=dict)
    applications: dict[str, str] = Field(default_factory=dict)


class Answer(State):
    """How a fact was answered."""

    id: str
    code: str | None = None


class ProjectState(State):
    """The state of a project. `progress` is what was done for it, `lent` what those told that were joined to
    it; `hands` names who took over which seat, in the order of time; `joined` what it was joined to, by the
    moment of each decision, `leads` what those said of their ends; `told_links` the applications that know of
    it, `told_ends` what those know of its end that were joined to it. `told_at` is the time of the last fact
    that it sent to another, `sent` counts them; `ended_at` is when it became known that the project ended."""

    told: list[Told] = Field(default_factory=list)
    parted: dict[str, datetime] = Field(default_factory=dict)
    plan: Plan | None = None
    substation: Substation | None = None
    progress: Progress = Field(default_factory=Progress)
    lent: list[Lent] = Field(default_factory=list)
    applications: dict[str, Application] = Field(default_factory=dict)
    decision: Decision | None = None
    joined: dict[str, str] = Field(default_factory=dict)
    cancelled: Cancelled | None = None
    hands: list[Hand] = Field(default_factory=list)
    amended: Amended | None = None
    spoken: Spoken = Field(default_factory=Spoken)
    shared: Shared | None = None
    leads: dict[str, Lead] = Field(default_factory=dict)
    told_links: list[str] = Field(default_factory=list)
    told_ends: dict[str, str] = Field(default_factory=dict)
    told_at: datetime | None = None
    sent: int = 0
    last_arrival: datetime | None = None
    ended_at: datetime | None = None
    closing: bool = False
    answers: list[Answer] = Field(default_factory=list)
    head: Head = Field(default_factory=Head)

    @property
    def records(self) -> list[Record]:
        """The records of all feeds as they stand, the newest first."""
        return intentions.records(self.told, self.parted)

    @property
    def whole(self) -> Progress:
        """What was done for it and for those that were joined to it."""
        return progress.whole(self.progress, self.lent, self.parted)

    @property
    def works(self) -> dict[WorksStage, StageWorks]:
        """The supporting works, those of joined projects among them."""
        return self.whole.works

    @property
    def spent(self) -> Decimal:
        """All that was spent, in yuan, on joined projects too."""
        return self.whole.spent_cny

    @property
    def into(self) -> str | None:
        """The project under which this one goes on."""
        return self.decision.into if self.decision else None


def values_of(state: ProjectState, standing: list[Record]) -> Mapping[str, Any]:
    """Return what is known of the project: what was agreed with the customer goes before what feeds say."""
    found = intentions.values(standing)
    if state.plan is not None:
        found["load"] = state.plan.load
        if state.plan.expected_energise_on is not None:
            found["expected_energise_on"] = state.plan.expected_energise_on
    return found
