"""One line of an application's history, whatever source it comes from."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Lane = Literal["fact", "run", "log"]


class Moment(BaseModel):
    """Something that happened at `at` (the platform's own clock): a fact received, a step of Temporal's
    run, or an event written to the log. `happened_at` is the time that the fact or event speaks of; `type`
    and `data` (personal fields sealed) are what a sentence is made of."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    lane: Lane
    what: str
    happened_at: datetime | None = None
    details: dict[str, Any] = {}
    type: str | None = Field(default=None, exclude=True)
    data: dict[str, Any] | None = Field(default=None, exclude=True, repr=False)

    @property
    def order(self) -> tuple[datetime, int, int]:
        """In order of time; at the same moment a fact comes before what it led to."""
        lanes: tuple[Lane, ...] = ("fact", "run", "log")
        return self.at, lanes.index(self.lane), int(self.details.get("sequence", 0))
