"""An application and its key project (重点项目): it learns of the project, and tells it how it goes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from activities.messages import InternalFact
from events.catalogue.base import Fact
from events.catalogue.project_facts import ApplicationLinked, ApplicationProgressed
from events.catalogue.project_link_events import ProjectLinked, ProjectUnlinked
from events.catalogue.project_link_facts import ProjectLinked as Linked
from events.catalogue.project_link_facts import ProjectUnlinked as Unlinked
from events.catalogue.registry import short_name
from workflows.case import Case
from workflows.messages import CaseStart


def link(case: Case, linked: Linked) -> None:
    """The application is that of a project."""
    case.projects.add(linked.project)
    case.emit(ProjectLinked(**linked.model_dump()))


def unlink(case: Case, unlinked: Unlinked) -> None:
    """The application is not that of a project."""
    case.projects.discard(unlinked.project)
    case.emit(ProjectUnlinked(**unlinked.model_dump()))


def reached(case: Case) -> Iterator[tuple[Literal["accepted", "energised", "withdrawn"], datetime]]:
    """What a project wants to know of the application, and when it came to it."""
    if case.accepted_at is not None:
        yield "accepted", case.accepted_at
    if case.ended_at is not None and case.ending in ("energised", "withdrawn"):
        yield case.ending, case.ended_at


@dataclass
class Telling:
    """What a case has to tell projects; `known` is what it has told. Read by `outbound.forward`."""

    start: CaseStart
    letters: list[InternalFact] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    done: bool = False

    def look(self, case: Case) -> None:
        """Tell what is new: at first the project that the application itself named, by its number or by its
        organisation, then what becomes of the application, anew where that was dated otherwise."""
        named = self.start.project
        if named is not None:
            told = ApplicationLinked(number=self.start.number, by=named.by)
            self._tell(named.number, told, self.start.fact.time)
        for project in sorted(case.projects):
            for state, moment in reached(case):
                progressed = ApplicationProgressed(number=self.start.number, state=state)
                self._tell(project, progressed, moment, state)

    def _tell(self, project: str, told: Fact, at: datetime, *more: str) -> None:
        name = ":".join([self.start.number, short_name(told.type), project, *more, f"{at.timestamp():.6f}"])
        if name not in self.known:
            self.known.add(name)
            data = told.model_dump(mode="json")
            self.letters.append(InternalFact(subject=project, id=name, type=told.type, time=at, data=data))
