"""Key projects as tests tell them: facts in any order, several projects that send each other facts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from activities.messages import InternalFact
from events.catalogue import project_facts as facts
from events.catalogue.base import Fact
from tests.unit.workflows.telling import policy
from workflows.messages import FactMessage
from workflows.policy.project_slice import project_slice
from workflows.project_applications import linked
from workflows.project_file import ProjectFile
from workflows.project_messages import ProjectStart
from workflows.project_state import ProjectState

BEGAN = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
PROV, CITY = "/gov/hainan/projects", "/gov/haikou/projects"
STAFF = "/upstream/console"
NUMBER, OTHER, THIRD = (f"HNK-2026-00000{number}" for number in (1, 2, 3))
ROW = {"record": "P-1", "project_name": "洋浦炼化扩建", "region": "460100"}


def day(number: float) -> datetime:
    """A moment so many days after the start."""
    return BEGAN + timedelta(days=number)


def fact(at: float, kind: type[Fact], *, id: str, source: str = STAFF, **data: Any) -> FactMessage:  # noqa: A002 - as events have it
    """A fact of a moment, in days after the start."""
    checked = kind.model_validate(data)
    return FactMessage(
        source=source,
        id=id,
        type=kind.type,
        time=day(at),
        data=checked.model_dump(mode="json", exclude_none=True),
    )


def row(at: float, *, id: str, source: str = PROV, **data: Any) -> FactMessage:  # noqa: A002 - as events have it
    """A row of a feed."""
    return fact(at, facts.IntentionReported, id=id, source=source, **{**ROW, **data})


def opened(
    first: FactMessage, *, number: str = NUMBER, now: datetime | None = None, profile: str = "hainan"
) -> ProjectFile:
    """A project that knows its first row."""
    tables = policy(profile)
    region = str(first.data["region"])
    chosen = project_slice(tables, number, region, first.time.date())
    start = ProjectStart(
        number=number,
        profile=profile,
        source=tables.source,
        fact=first,
        policy=chosen,
        late_grace=20,
    )
    return ProjectFile(start, now or first.time)


def heard(told: Sequence[FactMessage], now: datetime | None = None, **more: Any) -> ProjectFile:
    """A project that has taken these facts in this order; `now` stands still."""
    now = now or max(one.time for one in told)
    first = next(one for one in told if one.type == facts.IntentionReported.type)
    file = opened(first, now=now, **more)
    for one in told:
        file.take(one, now)
    return file


def said(file: ProjectFile) -> list[str]:
    """What was said, by short names, in order."""
    return [one.draft.type.split(".")[-2] for one in file.queue]


def data_of(file: ProjectFile, name: str) -> list[dict[str, Any]]:
    """The data of all events with this short name."""
    return [one.draft.data for one in file.queue if one.draft.type.split(".")[-2] == name]


_BOOKS = {"answers", "head", "last_arrival", "ended_at", "sent", "told_at", "told_ends", "spoken"}


def record_of(file: ProjectFile) -> dict[str, Any]:
    """What a project knows and shows: all but its books, and what it said last."""
    state: ProjectState = file.state
    known = json.loads(state.model_dump_json(exclude=_BOOKS))
    spoken = json.loads(state.spoken.model_dump_json())
    if spoken["verdict"]:
        del spoken["verdict"]["at"]  # when it was last said hangs on the order
    return {**known, "spoken": spoken}


def shown(file: ProjectFile) -> dict[str, Any]:
    """What is seen of a project: records as they stand, what was done, stage, light, how it ended."""
    standing = [
        (one.feed, one.record, one.row.model_dump(mode="json"), one.row_at, one.gone_at)
        for one in file.state.records
    ]
    spoken = file.state.spoken
    return {
        "records": standing,
        "progress": file.state.whole.model_dump(mode="json"),
        "applications": linked(file.state),
        "saved": {number: one.days for number, one in spoken.saved.items()},
        "stage": spoken.stage,
        "light": spoken.light,
        "ending": spoken.ending,
    }


@dataclass
class Province:
    """Several projects that send each other facts; what is sent to an application is kept."""

    projects: dict[str, ProjectFile] = field(default_factory=dict)
    to_applications: list[InternalFact] = field(default_factory=list)
    refused: list[tuple[str, str, str | None]] = field(default_factory=list)
    clock: float = 100

    def open(self, number: str, first: FactMessage) -> ProjectFile:
        """A new project."""
        self.projects[number] = opened(first, number=number)
        return self.projects[number]

    def tell(self, number: str, *told: FactMessage) -> None:
        """Tell a project; deliver what it sends, and what that leads to, until nothing is sent any more."""
        for one in told:
            self._take(number, one)
        for _ in range(1_000):
            letters = [(project, one) for project in self.projects.values() for one in project.letters]
            if not letters:
                return
            for project in self.projects.values():
                project.letters = []
            for project, letter in letters:
                if letter.subject not in self.projects:
                    self.to_applications.append(letter)
                    continue
                given = letter.model_dump(exclude={"subject"})
                self._take(letter.subject, FactMessage(source=project.start.source, **given))
        raise AssertionError("they never stop telling each other")

    def _take(self, number: str, one: FactMessage) -> None:
        self.clock += 0.001
        outcome = self.projects[number].take(one, day(self.clock))
        if outcome.fate != "applied":
            self.refused.append((number, one.type.split(".")[-2], outcome.code))
