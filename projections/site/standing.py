"""Where every page that is open stands now: a number that rises when the page would read otherwise."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from projections.api.prestart_reads import ProjectReads
from projections.api.reads import Clock, Reads
from projections.site.announcements import Topic
from workflows.policy.clock import local_day
from workflows.policy.model import Policy

_ROOM = 10**10
"""So many positions there are within a day; with the day before them they are still exact in a browser."""


def place(position: int, now: datetime, policy: Policy) -> int:
    """Return where a page of projects stands: its slack is of the local day, so a new day moves it, too."""
    return local_day(now, policy.timezone).toordinal() * _ROOM + position


class Standing:
    """Asks the read models, once for all pages that are open."""

    def __init__(
        self, reads: Reads, projects: ProjectReads, policies: Mapping[str, Policy], clock: Clock
    ) -> None:
        self._reads = reads
        self._projects = projects
        self._policies = policies
        self._clock = clock

    async def of(self, topics: Iterable[Topic]) -> dict[Topic, int]:
        """Return the position of each topic; 0 for one of which nothing is folded yet."""
        wanted = list(topics)
        cases = await self._of_cases([one for one in wanted if not one.projects])
        return cases | await self._of_projects([one for one in wanted if one.projects])

    async def _of_cases(self, wanted: list[Topic]) -> dict[Topic, int]:
        numbers = [topic.number for topic in wanted if topic.number is not None]
        found = await self._reads.positions(numbers) if numbers else {}
        whole = (await self._reads.freshness()).position if len(numbers) < len(wanted) else 0
        return {t: found.get(t.number, 0) if t.number is not None else whole for t in wanted}

    async def _of_projects(self, wanted: list[Topic]) -> dict[Topic, int]:
        if not wanted:
            return {}
        numbers = [topic.number for topic in wanted if topic.number is not None]
        whole, found = await self._projects.positions(numbers)
        now = self._clock()
        return {
            t: place(whole if t.number is None else found.get(t.number, 0), now, self._policies[t.profile])
            for t in wanted
        }
