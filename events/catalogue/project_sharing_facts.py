"""What a project that goes on under another and that one tell each other, beside the rows of feeds
(`project_facts.RowShared`): what was done for it, and how the other ends."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from events.catalogue.base import Code, Fact
from events.catalogue.project_progress import Thing, ThingName

Path = Annotated[tuple[Code, ...], Field(max_length=50)]
"""The projects that something came through, so that joins in a circle end."""


class ProgressShared(Fact):
    """进展并入. A joined project (`origin`) hands on a thing that was done for it, or for one that was joined
    to it (`owner`), as it stands: the newest counts, until `rows_parted` of the origin."""

    type: ClassVar[str] = "mingdian.fact.project.progress_shared.v1"
    ordered: ClassVar[bool] = False
    internal: ClassVar[bool] = True

    origin: Code
    owner: Code
    name: ThingName
    thing: Thing
    path: Path = ()


class LeadEnded(Fact):
    """主项目结束. The project that this one goes on under (`lead`) has ended, and this one with it."""

    type: ClassVar[str] = "mingdian.fact.project.lead_ended.v1"
    ordered: ClassVar[bool] = False
    internal: ClassVar[bool] = True

    lead: Code
    ending: Literal["energised", "cancelled"]
    path: Path = ()


class LeadWentOn(Fact):
    """主项目恢复. The project that this one goes on under goes on, after it had ended."""

    type: ClassVar[str] = "mingdian.fact.project.lead_went_on.v1"
    ordered: ClassVar[bool] = False
    internal: ClassVar[bool] = True

    lead: Code


FACTS: tuple[type[Fact], ...] = (ProgressShared, LeadEnded, LeadWentOn)
