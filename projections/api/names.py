"""Names from the policy for the codes that events carry.

An unknown code is its own name: old cases outlive tables.
"""

from collections.abc import Iterable

from events.catalogue.base import Text
from events.catalogue.connection_events import LimitShown, Officer
from events.catalogue.traits import Traits
from projections.api.application_views import DocumentView, LimitView, OfficerView
from workflows.policy import conditions, regions
from workflows.policy.model import Pause, Policy, Process, Step


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
