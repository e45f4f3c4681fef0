"""Writes into a key customer's question who was on duty when it was asked: the case has no roster to ask."""

from datetime import datetime

from psycopg import AsyncCursor
from psycopg.rows import TupleRow

from events.catalogue.base import Fact
from events.catalogue.staff_facts import KeyCustomerAsked
from workflows.policy import clock
from workflows.policy.model import Policy
from workflows.policy.rota import officer_on_duty

_AWAY = """
SELECT staff_id FROM intake.absence WHERE profile = %s AND first <= %s AND coalesce(last, 'infinity') >= %s
"""


async def stamped(cursor: AsyncCursor[TupleRow], policy: Policy, fact: Fact, at: datetime) -> Fact:
    """Return the fact as it is taken in. Only a question is changed; whom it named itself counts for
    nothing."""
    if not isinstance(fact, KeyCustomerAsked):
        return fact
    day = clock.local_day(at, policy.timezone)
    await cursor.execute(_AWAY, (policy.profile, day, day))
    away = {name for (name,) in await cursor.fetchall()}
    return fact.model_copy(update={"on_duty": officer_on_duty(policy, at, away)})
