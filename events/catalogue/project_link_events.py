"""What an application's own stream says about its key project."""

from typing import ClassVar

from events.catalogue.base import Code, EventData
from events.catalogue.project_facts import LinkedBy


class ProjectLinked(EventData):
    """关联重点项目. The application is that of a key project, whose works may be ahead of it."""

    type: ClassVar[str] = "mingdian.connection.project_linked.v1"

    project: Code
    by: LinkedBy


class ProjectUnlinked(EventData):
    """解除关联重点项目."""

    type: ClassVar[str] = "mingdian.connection.project_unlinked.v1"

    project: Code


EVENTS: tuple[type[EventData], ...] = (ProjectLinked, ProjectUnlinked)
