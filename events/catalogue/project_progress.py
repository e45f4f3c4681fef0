"""What was done for a key project, as it stands: the shapes that its run, its events and its record share."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from events.catalogue.base import Model
from events.catalogue.project_facts import WorksStage

FactName = Annotated[str, Field(max_length=2_000)]
"""What a fact is known by: `source|id`."""


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
