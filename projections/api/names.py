"""Names from the policy for the codes that events carry.

An unknown code is its own name: old cases outlive tables.
"""

from collections.abc import Iterable, Mapping

from events.catalogue.base import Text
from events.catalogue.connection_events import LimitShown, Officer
from events.catalogue.traits import Traits
from projections.api.case_parts import DocumentView, LimitView, OfficerView
from projections.progress.state import ApplicationState
from workflows.policy import conditions, documents, processes, regions
from workflows.policy.model import NeededDocument, Pause, Policy, Process, Step, Task


def plain(code: str) -> Text:
    """Return a code as its own name."""
    return Text(zh=code, en=code)


class Names:
    """Looks names up in one policy, for one application's traits where a name depends on them."""

    def __init__(self, policy: Policy, traits: Traits | None = None) -> None:
        self._policy = policy
        self._traits = traits
        self._documents = {item.id: item for item in policy.documents}
        self._pauses = {pause.code: pause for pause in policy.pauses}
        self._channels = {channel.code: channel.name for channel in policy.channels}

    def process(self, code: str) -> Process | None:
        """Return the process of this code."""
        return next((process for process in self._policy.processes if process.code == code), None)

    def step_row(self, process: str, code: str) -> Step | None:
        """Return the row of a step."""
        found = self.process(process)
        return next((step for step in found.steps if step.code == code), None) if found else None

    def step(self, process: str, code: str) -> Text:
        """Return the name of a step."""
        row = self.step_row(process, code)
        return row.name if row else plain(code)

    def steps(self, state: ApplicationState) -> tuple[Step, ...]:
        """Return the steps that such a case goes through, in order."""
        case = state.received or state.linked
        process = self.process(case.process) if case else None
        if process is None:
            return ()
        if state.received is None:
            return process.steps
        return processes.steps_of(process, state.received, state.received.kind)

    def task(self, code: str) -> Task | None:
        """Return the row of a duty: the one for this application where there are several."""
        rows = [row for row in self._policy.tasks if row.duty == code]
        fitting = [row for row in rows if self._traits and conditions.holds(row.when, self._traits)]
        return next(iter([*fitting, *rows]), None)

    def duty(self, code: str) -> Text:
        """Return the name of a duty."""
        row = self.task(code)
        return row.name if row else plain(code)

    def target(self, code: str) -> Text:
        """Return the name of a promise."""
        row = next((one for one in self._policy.targets if one.code == code), None)
        return row.name if row else plain(code)

    def tasks_of(self, state: ApplicationState) -> Mapping[str, Task]:
        """Return the duties that such a case can have, by code."""
        case = state.received
        if case is None:
            return {}
        return {t.duty: t for t in self._policy.tasks if conditions.holds(t.when, case, case.kind)}

    def needed(self, state: ApplicationState) -> tuple[NeededDocument, ...]:
        """Return the documents that such a case needs, or would need if they were not waived."""
        case = state.received
        return () if case is None else documents.needed(self._policy.documents, case, case.kind)

    def documents(self, ids: Iterable[str]) -> tuple[DocumentView, ...]:
        """Return documents by their ids, named as this customer knows them."""
        return tuple(DocumentView(id=code, name=self._document(code)) for code in ids)

    def pause(self, code: str) -> Pause | None:
        """Return the row of a cause of pause."""
        return self._pauses.get(code)

    def pause_name(self, code: str) -> Text:
        """Return the name of a cause of pause."""
        row = self.pause(code)
        return row.name if row else plain(code)

    def region(self, code: str) -> Text:
        """Return the name of a region."""
        row = regions.region(self._policy, code)
        return row.name if row else plain(code)

    def channel(self, code: str) -> Text:
        """Return the name of a channel."""
        return self._channels.get(code, plain(code))

    def _document(self, code: str) -> Text:
        item = self._documents.get(code)
        if item is None:
            return plain(code)
        traits = self._traits
        if traits is None:
            return item.name
        return next((v.name for v in item.variants if conditions.holds(v.when, traits)), item.name)


def officer(person: Officer) -> OfficerView:
    """Return a member of staff as the public may reach them; the staff number stays inside."""
    return OfficerView(name=person.name, role=person.role, phone=person.phone)


def limit(shown: LimitShown | None) -> LimitView | None:
    """Return a limit for an answer."""
    return LimitView(**shown.model_dump()) if shown else None
