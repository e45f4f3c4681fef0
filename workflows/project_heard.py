"""A fact as a key project hears it, and what it may answer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.catalogue.base import EventData
from workflows.policy.project_slice import ProjectSlice
from workflows.project_state import ProjectState

Answer = tuple[EventData, ...] | str
"""The events of a fact that was taken, or the code of why it was not."""


@dataclass(frozen=True)
class Heard:
    """A fact as it reaches the project of this number: when it happened, its name, where it came from."""

    number: str
    policy: ProjectSlice
    state: ProjectState
    at: datetime
    fact: str
    source: str

    @property
    def dated(self) -> dict[str, Any]:
        """When it happened, and the name of the fact that tells of it."""
        return {"at": self.at, "fact": self.fact}


def repeat(kind: type[EventData]) -> Callable[[Heard, Any], Answer]:
    """A fact that changes nothing but the record: it is said as it came."""
    return lambda _, data: (kind(**data.model_dump()),)
