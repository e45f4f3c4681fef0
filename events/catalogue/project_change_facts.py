"""What the platform tells a key project under way: who takes over a seat in its team, and by which tables it
lives from now on."""

from datetime import date
from typing import Any, ClassVar, Literal

from events.catalogue.base import Fact, ShortText
from events.catalogue.connection_events import Officer
from events.catalogue.staff_facts import Why

Seat = Literal["account_manager", "engineer", "second_engineer", "supervisor", "province_supervisor"]
"""A seat in a project's team: its one owner, its engineers, who watches over them, and who is told of a red
light."""


class ProjectHandedOver(Fact):
    """项目移交. The platform tells a project that `officer` takes over a seat in its team. `before` is absent
    for somebody who stands in no table any more: the project knows who it was."""

    type: ClassVar[str] = "mingdian.fact.project.project_handed_over.v1"
    ordered: ClassVar[bool] = False
    internal: ClassVar[bool] = True

    role: Seat
    before: Officer | None = None
    officer: Officer
    why: Why


class PolicyAmended(Fact):
    """政策变更. The platform tells a project that the tables have changed: `policy` is the new slice, that of
    the local day `day`. Of the team it tells how its people are called and reached, not who they are."""

    type: ClassVar[str] = "mingdian.fact.project.policy_amended.v1"
    ordered: ClassVar[bool] = False
    internal: ClassVar[bool] = True

    policy: dict[str, Any]
    day: date
    note: ShortText


FACTS: tuple[type[Fact], ...] = (ProjectHandedOver, PolicyAmended)
