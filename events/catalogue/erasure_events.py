"""What the platform says about erasing: that it was done, to which stream, and never to whom."""

from typing import Annotated, ClassVar

from pydantic import Field

from events.catalogue.base import Code, EventData


class SubjectErased(EventData):
    """个人信息已删除. The key of a stream was destroyed; its personal fields open nowhere any more.

    `number` and `stream` name it; both are absent where only dead letters held something. `letters` are the
    dead letters whose bytes were dropped with it. A restored database is brought to the same state by this.
    """

    type: ClassVar[str] = "mingdian.erasure.subject_erased.v1"

    number: Code | None = None
    stream: Code | None = None
    letters: tuple[Annotated[int, Field(ge=1)], ...] = ()


EVENTS: tuple[type[EventData], ...] = (SubjectErased,)
