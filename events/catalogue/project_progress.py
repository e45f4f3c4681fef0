"""What was done for a key project, as it stands: the shapes that its run, its events and its record share."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from events.catalogue.base import Code, Model, ShortText
from events.catalogue.project_facts import WorksStage
from events.catalogue.traits import Money, Positive

FactName = Annotated[str, Field(max_length=2_000)]
"""What a fact is known by: `source|id`."""

ThingName = Annotated[str, Field(max_length=2_100)]
"""What a thing that was done for a project is known by within it: `works:design`, `visit:source|id`."""


class Dated(Model):
    """Something that a fact told of a moment. Of two, the later counts; at the same moment the fact decides,
    so that the order in which they come makes no difference."""

    at: datetime
    fact: FactName = ""


class Schedule(Dated):
    """When a stage of the works is to begin and to end, local days."""

    starts_on: date
    ends_on: date


class StageWorks(Model):
    """A stage of the works, planned and real. It may begin again: `begun` is its first start, and whether
    nobody had applied by then, `started` the last."""

    scheduled: Schedule | None = None
    begun: Dated | None = None
    started: Dated | None = None
    finished: Dated | None = None
    before_application: bool | None = None

    @property
    def done(self) -> bool:
        """Whether it is finished: work taken up again after its end is not."""
        if self.finished is None:
            return False
        return self.started is None or self.started.at <= self.finished.at


Works = Mapping[WorksStage, StageWorks]
"""The works by stage, as far as anything was told of them."""


class Spending(Model):
    """Money spent on something, in yuan, all of it so far."""

    on: Code
    amount_cny: Money


class TemporarySupply(Dated):
    """Temporary supply of the site, from a day on."""

    capacity_kva: Positive
    from_on: date
    until_on: date | None = None


class Relocation(Dated):
    """How far the relocation of a line in the way is."""

    line: ShortText
    state: Literal["needed", "agreed", "done"]


class Milestone(Dated):
    """Something that everybody waited for."""

    milestone: Code


class Visit(Dated):
    """A visit of staff, `remote` one by photographs or video; what was noted stays with the project that was
    visited."""

    by: Code
    purpose: Code
    remote: bool = False


class Thing(Model):
    """One thing that was done for a project, as it stands: a `stage` with its `works`, or one of the others.
    Nothing at all: it is taken back."""

    stage: WorksStage | None = None
    works: StageWorks | None = None
    spending: Spending | None = None
    temporary: TemporarySupply | None = None
    relocation: Relocation | None = None
    milestone: Milestone | None = None
    visit: Visit | None = None

    @property
    def kind(self) -> str | None:
        """Which it is; None for nothing."""
        return next((kind for kind in KINDS if getattr(self, kind) is not None), None)


KINDS = tuple(name for name in Thing.model_fields if name != "stage")
