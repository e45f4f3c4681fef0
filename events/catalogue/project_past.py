"""What a key project once heard and said: versions that only the log, or an upstream of then, still has."""

from typing import ClassVar, Literal

from events.catalogue.base import Code, EventData, Fact
from events.catalogue.traits import Money
from events.personal import PersonalText


class ProjectVisitedFactV1(Fact):
    """走访, before a survey by photographs or video was one, too."""

    type: ClassVar[str] = "mingdian.fact.project.project_visited.v1"
    ordered: ClassVar[bool] = False

    by: Code
    purpose: Literal["load", "plan", "works", "site", "other"]
    notes: PersonalText = None


class ProjectVisitedV1(EventData):
    """走访, before a survey by photographs or video was one, too."""

    type: ClassVar[str] = "mingdian.project.project_visited.v1"

    by: Code
    purpose: Code
    notes: PersonalText = None


class ProjectEndedV1(EventData):
    """项目结束, before one could end with the project that it goes on under."""

    type: ClassVar[str] = "mingdian.project.project_ended.v1"

    ending: Literal["energised", "cancelled"]
    spent_cny: Money
    reason: PersonalText = None


FACTS: tuple[type[Fact], ...] = (ProjectVisitedFactV1,)
EVENTS: tuple[type[EventData], ...] = (ProjectVisitedV1, ProjectEndedV1)
