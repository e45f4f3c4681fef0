"""What a project says of those that were joined to it, and of the one that it goes on under."""

from typing import ClassVar, Literal

from events.catalogue.base import Code, EventData
from events.catalogue.project_progress import Thing, ThingName


class ProgressShared(EventData):
    """进展并入. A thing that was done for a joined project (`origin`, or `owner`, joined to that one), as it
    stands. The newest counts, at the event's own time, until `rows_parted` of the origin."""

    type: ClassVar[str] = "mingdian.project.progress_shared.v1"

    origin: Code
    owner: Code
    name: ThingName
    thing: Thing

    @property
    def kind(self) -> str | None:
        """What was done; None where it is taken back."""
        return self.thing.kind


class LeadEnded(EventData):
    """主项目结束. The project that this one goes on under has ended; that this one ends with it follows,
    unless it has ended by itself."""

    type: ClassVar[str] = "mingdian.project.lead_ended.v1"

    lead: Code
    ending: Literal["energised", "cancelled"]


class LeadWentOn(EventData):
    """主项目恢复. The project that this one goes on under goes on again."""

    type: ClassVar[str] = "mingdian.project.lead_went_on.v1"

    lead: Code


EVENTS: tuple[type[EventData], ...] = (ProgressShared, LeadEnded, LeadWentOn)
