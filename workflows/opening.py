"""How a case begins: the first fact and the slice of policy that the case will live by, as one argument."""

from datetime import timedelta
from typing import NamedTuple

from events.catalogue.connection_facts import ApplicationSubmitted
from events.catalogue.project_facts import IntentionReported
from events.catalogue.traits import Traits
from events.upcasting import newest_fact, read_fact
from workflows.messages import CaseStart, FactMessage
from workflows.policy import clock, slices
from workflows.policy.model import CaseSlice, Policy
from workflows.policy.project_slice import project_slice
from workflows.project_messages import KEY_PROJECT, ProjectStart


class About(NamedTuple):
    """The closed case that a dispute is about: its number, and the application with which it all began."""

    number: str
    application: FactMessage


def open_case(
    policy: Policy, fact: FactMessage, number: str, early_wait: timedelta, late_grace: timedelta
) -> tuple[str, CaseStart]:
    """Return the lifecycle's name and its argument. The policy of the local day on which the application
    was made holds."""
    traits = traits_of(fact)
    day = clock.local_day(fact.time, policy.timezone)
    chosen = slices.slice_for(policy, traits, day)
    start = _start(policy, fact, number, chosen, wait=early_wait, grace=late_grace)
    return chosen.workflow, start


def open_dispute(
    policy: Policy, fact: FactMessage, number: str, about: About, *, wait: timedelta, grace: timedelta
) -> tuple[str, CaseStart]:
    """Return the lifecycle's name and its argument for a dispute that came after its case was closed. The
    policy of the local day on which it was raised holds; region and kind are those of the application.

    Raises MingdianError `unknown_region` or `no_late_disputes`.
    """
    day = clock.local_day(fact.time, policy.timezone)
    chosen = slices.dispute_slice(policy, traits_of(about.application), day)
    start = _start(policy, fact, number, chosen, wait=wait, grace=grace)
    return chosen.workflow, start.model_copy(update={"linked_to": about.number})


def opens_project(fact: FactMessage) -> bool:
    """Whether a fact that begins something begins a key project."""
    return newest_fact(fact.type) is IntentionReported


def is_cancelled_at_once(fact: FactMessage) -> bool:
    """Whether a project ends with the row that opens it."""
    return opens_project(fact) and fact.data.get("stage") == "cancelled"


def open_project(
    policy: Policy, fact: FactMessage, number: str, grace: timedelta
) -> tuple[str, ProjectStart]:
    """Return the lifecycle's name and its argument for the first row of a project. The policy of the local
    day of that row holds.

    Raises MingdianError `unknown_region`, `no_projects` or `no_staff`.
    """
    day = clock.local_day(fact.time, policy.timezone)
    start = ProjectStart(
        number=number,
        profile=policy.profile,
        source=policy.source,
        fact=fact,
        policy=project_slice(policy, number, str(fact.data["region"]), day),
        late_grace=grace.total_seconds(),
    )
    return KEY_PROJECT, start


def traits_of(application: FactMessage) -> Traits:
    """Return what an application says of itself that policy asks for."""
    said = read_fact(application.type, application.data)
    assert isinstance(said, ApplicationSubmitted)
    return Traits.model_validate(said.model_dump(include=set(Traits.model_fields)))


def _start(
    policy: Policy,
    fact: FactMessage,
    number: str,
    chosen: CaseSlice,
    *,
    wait: timedelta,
    grace: timedelta,
) -> CaseStart:
    return CaseStart(
        number=number,
        profile=policy.profile,
        source=policy.source,
        fact=fact,
        policy=chosen,
        early_wait=wait.total_seconds(),
        late_grace=grace.total_seconds(),
    )
