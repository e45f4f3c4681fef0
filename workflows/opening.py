"""How a case begins: the first fact and the slice of policy that the case will live by, as one argument."""

from datetime import timedelta

from events.catalogue.connection_facts import ApplicationSubmitted
from events.catalogue.traits import Traits
from events.upcasting import read_fact
from workflows.messages import CaseStart, FactMessage
from workflows.policy import clock, slices
from workflows.policy.model import Policy


def open_case(
    policy: Policy, fact: FactMessage, number: str, early_wait: timedelta, late_grace: timedelta
) -> tuple[str, CaseStart]:
    """Return the lifecycle's name and its argument. The policy of the local day on which the application
    was made holds."""
    application = read_fact(fact.type, fact.data)
    assert isinstance(application, ApplicationSubmitted)
    traits = Traits.model_validate(application.model_dump(include=set(Traits.model_fields)))
    day = clock.local_day(fact.time, policy.timezone)
    chosen = slices.slice_for(policy, traits, day)
    start = CaseStart(
        number=number,
        profile=policy.profile,
        source=policy.source,
        fact=fact,
        policy=chosen,
        early_wait=early_wait.total_seconds(),
        late_grace=late_grace.total_seconds(),
    )
    return chosen.workflow, start
