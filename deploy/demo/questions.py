"""What key customers ask, at any hour, and when they have their first reply."""

from datetime import timedelta
from random import Random

from deploy.demo.told import Told
from events.catalogue.connection_facts import Energised
from events.catalogue.staff_facts import KeyCustomerAnswered, KeyCustomerAsked
from workflows.policy.model import CaseSlice
from workflows.policy.staffing import KEY_REPLY

_LATE_SHARE = 0.08


def asked(case: CaseSlice, told: list[Told], tag: str) -> list[Told]:
    """Return the story with one or two questions of a key customer in it, each with its first reply; that of
    any other customer as it is. What is drawn for them leaves the rest of the story alone."""
    if case.task(KEY_REPLY) is None:
        return told
    rng = Random(f"questions {tag}")  # noqa: S311 - a story, no secret
    begins = told[0].at
    ends = next(one.at for one in told if isinstance(one.fact, Energised))
    more: list[Told] = []
    for number in range(rng.randint(1, 2)):
        at = begins + timedelta(minutes=rng.randint(20, int((ends - begins).total_seconds() // 60) - 120))
        wait = rng.randint(35, 70) if rng.random() < _LATE_SHARE else rng.randint(2, 25)
        question = f"Q-{tag}-{number + 1}"
        more.append(Told(at, KeyCustomerAsked(question=question)))
        more.append(Told(at + timedelta(minutes=wait), KeyCustomerAnswered(question=question)))
    return sorted([*told, *more], key=lambda one: one.at)
