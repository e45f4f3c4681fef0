"""What a key project says of itself when its team or its tables change."""

from datetime import date
from typing import ClassVar, Literal

from events.catalogue.base import Code, EventData, ShortText
from events.catalogue.connection_events import Officer
from events.catalogue.project_change_facts import Seat
from events.catalogue.staff_facts import Why

Changed = Literal["works_stages", "lights", "feeds", "regions", "periods", "teams"]
"""A table of which a project carries a part."""


class ProjectHandedOver(EventData):
    """项目移交. From here on `after` sits in the team where `before` sat; the team as it is now follows,
    where that makes it another."""

    type: ClassVar[str] = "mingdian.project.project_handed_over.v1"

    role: Seat
    before: Officer
    after: Officer
    why: Why


class PolicyAmended(EventData):
    """政策变更. From here on the project lives by another version of the tables, as of the local day
    `day`; `changed` are those that are otherwise for it. A light that turns by it follows."""

    type: ClassVar[str] = "mingdian.project.policy_amended.v1"

    from_version: Code
    to_version: Code
    day: date
    changed: tuple[Changed, ...]
    note: ShortText


EVENTS: tuple[type[EventData], ...] = (ProjectHandedOver, PolicyAmended)
