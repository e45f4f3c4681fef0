"""What the platform tells an application about its key project (重点项目)."""

from typing import ClassVar

from events.catalogue.base import Code, Fact
from events.catalogue.project_facts import LinkedBy


class ProjectLinked(Fact):
    """关联重点项目. The application is that of a key project, which wants to know what becomes of it."""

    type: ClassVar[str] = "mingdian.fact.connection.project_linked.v1"
    ordered: ClassVar[bool] = False
    internal: ClassVar[bool] = True

    project: Code
    by: LinkedBy


class ProjectUnlinked(Fact):
    """解除关联重点项目. The application is not that of this project."""

    type: ClassVar[str] = "mingdian.fact.connection.project_unlinked.v1"
    ordered: ClassVar[bool] = False
    internal: ClassVar[bool] = True

    project: Code


FACTS: tuple[type[Fact], ...] = (ProjectLinked, ProjectUnlinked)
