"""A change of tables as a sweep tells it: to a case, and to a key project, each as the slice to live by."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, NamedTuple

from events.catalogue import duty_facts, project_change_facts
from events.catalogue.base import Fact
from events.catalogue.traits import Traits
from events.envelope import write_time
from workflows.policy import slices
from workflows.policy.model import CaseSlice, Policy
from workflows.policy.project_slice import ProjectSlice, resliced

What = Literal["calendar", "policy"]
Slice = CaseSlice | ProjectSlice

TYPES = (duty_facts.PolicyAmended.type, project_change_facts.PolicyAmended.type)
"""How a case and a project are told."""


class Open(NamedTuple):
    """A case that is open, with what its application said; a key project, which has none."""

    number: str
    received: dict[str, Any] | None


class Amended(NamedTuple):
    """What is told: the fact's id, and the policy to live by."""

    id: str
    policy: Slice


@dataclass(frozen=True)
class Change:
    """What is swept, by which policy, and why: `day` is the one whose policy counts."""

    what: What
    policy: Policy
    day: date
    note: str

    @property
    def reaches_projects(self) -> bool:
        """Whether it concerns key projects, which have no working days to count."""
        return self.what == "policy"

    def applied(self, held: Slice, one: Open) -> Slice:
        """Return the slice to live by from now on. Raises MingdianError where that can't be."""
        if isinstance(held, ProjectSlice):
            return resliced(held, self.policy, one.number, self.day)
        if self.what == "calendar":
            return slices.amended(held, self.policy)
        received = one.received or {}
        traits = {name: received.get(name) for name in Traits.model_fields if name in received}
        return slices.resliced(held, self.policy, Traits.model_validate(traits), self.day)

    def version(self, one: Slice) -> str:
        """The version that tells an old slice from a new one."""
        if isinstance(one, CaseSlice) and self.what == "calendar":
            return one.calendar_version
        return one.policy_version

    def event(self, number: str, one: Amended) -> bytes:
        """The fact as the platform sends it to itself: under its own source, which no token opens."""
        fact = self._fact(one.policy)
        return json.dumps(
            {
                "specversion": "1.0",
                "id": one.id,
                "source": self.policy.source,
                "type": fact.type,
                "subject": number,
                "time": write_time(datetime.now(UTC)),
                "profile": self.policy.profile,
                "datacontenttype": "application/json",
                "data": fact.model_dump(mode="json"),
            },
            ensure_ascii=False,
        ).encode()

    def _fact(self, policy: Slice) -> Fact:
        told = policy.model_dump(mode="json")
        if isinstance(policy, ProjectSlice):
            return project_change_facts.PolicyAmended(policy=told, day=self.day, note=self.note)
        return duty_facts.PolicyAmended(changed=self.what, policy=told, note=self.note)
