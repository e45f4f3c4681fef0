"""A working day of the province: some hundred applications with all their facts up to now, in the order of
their coming.

Pure: the same seed, run and moment give the same bytes.
"""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from deploy.demo import disturb, papers, wrong
from deploy.demo.applicants import draw_channel, draw_traits, town_of
from deploy.demo.disturb import Feed
from deploy.demo.facts import FedFact, cloud_event, fed
from deploy.demo.office import Office
from deploy.demo.stories import Teller
from deploy.demo.told import Told
from deploy.demo.turns import TYPHOON_REGIONS, add_turns, add_typhoon
from events.catalogue import connection_facts as facts
from events.catalogue.registry import short_name
from events.catalogue.traits import CustomerType, Traits, Usage
from events.envelope import read_time
from workflows.policy import clock, slices
from workflows.policy.model import Policy

DAYS_BACK = 140
"""How far back the first application lies."""

_NOT_YET = timedelta(minutes=2)
_TYPHOON = (timedelta(days=38), timedelta(days=36))


def working_day(
    policy: Policy, seed: int, run: int, now: datetime, applications: int = 200, *, files: bool = False
) -> list[FedFact]:
    """Return the facts of one run, in the order in which they are fed, each with its expected outcome.

    `now` (aware) is the moment up to which things have happened. Ids carry seed and run. With `files` some
    facts name some: `papers.files_of` makes them.
    """
    now = now.astimezone(UTC).replace(second=0, microsecond=0) - _NOT_YET
    rng = Random(f"{seed}/{run}/{applications}")  # noqa: S311 - a demo is drawn, not secret
    prefix = f"D{seed}-{run}"
    tidy: list[FedFact] = []
    filed = papers.chosen(seed, run, applications) if files else frozenset()
    for place in range(applications):
        subject = f"{prefix}-{place + 1:04d}"
        story = _application(policy, rng, subject, now)
        if place in filed:
            story = papers.with_papers(policy, subject, story)
        tidy += [_fed(policy, subject, at, told) for at, told in enumerate(story, start=1)]
    tidy.sort(key=lambda fact: (fact.time, fact.id))
    feed = Feed(rng, tidy, applications / 200)
    feed.disturb()
    _add_wrong(policy, rng, feed, prefix, now)
    return feed.facts


def _application(policy: Policy, rng: Random, subject: str, now: datetime) -> list[Told]:
    office = Office(policy, rng)
    traits = draw_traits(policy, rng)
    begins = office.customer(now - timedelta(days=_days_ago(rng, traits)))
    if begins >= now:
        begins = now - timedelta(minutes=rng.randint(5, 600))
    town = town_of(policy, traits.region)
    case = slices.slice_for(policy, traits, clock.local_day(begins, policy.timezone))
    teller = Teller(rng, office, case, traits, subject)
    story = add_turns(rng, teller.tell(begins, draw_channel(policy, rng), town), town, now)
    if case.region in TYPHOON_REGIONS:
        story = add_typhoon(rng, story, now - _TYPHOON[0], now - _TYPHOON[1])
    return story


def _days_ago(rng: Random, traits: Traits) -> int:
    """High voltage takes months, low voltage days: so that some of each are under way now."""
    if traits.low_voltage and rng.random() < 0.3:
        return rng.randint(0, 6)
    return int(rng.triangular(0, DAYS_BACK, DAYS_BACK * (0.4 if traits.low_voltage else 0.8)))


def _fed(policy: Policy, subject: str, place: int, told: Told) -> FedFact:
    name = f"{place:02d}-{short_name(told.fact.type)}"
    return fed(cloud_event(policy.profile, subject, name, told.at, told.fact))


def _add_wrong(policy: Policy, rng: Random, feed: Feed, prefix: str, now: datetime) -> None:
    """Add what must be refused."""
    sound = _sound_application(feed)
    household = Traits.model_validate(
        {
            "region": policy.regions[0].code,
            "customer_type": CustomerType.RESIDENT,
            "usage": Usage.RESIDENTIAL,
            "voltage_kv": "10",
            "capacity_kva": "16",
        }
    )
    for fact in wrong.unfit_applications(policy.profile, prefix, sound, household, now - timedelta(days=1)):
        feed.insert(fact)
    if own := feed.draw(disturb.ends_in_meter):
        meter = next(fact for fact in own if fact.of_type(facts.MeterFitted))
        feed.insert(wrong.id_reused(meter), after=own[-1])
    for _ in range(2):
        if own := feed.draw(disturb.is_withdrawn):
            ended = read_time(own[-1].time)
            at = ended + (now - ended) * rng.uniform(0.2, 0.8)
            feed.insert(wrong.after_the_end(policy.profile, own[-1], at), after=own[-1])
    _add_strays(policy, feed)


def _add_strays(policy: Policy, feed: Feed) -> None:
    """A plan in a process that knows none, and the confirmation of a plan that nobody replied."""
    plan = facts.PlanReplied(plan_no="P-stray", supporting_works=False)
    if own := feed.draw(lambda own: not any(f.of_type(facts.PlanReplied) for f in own) and _low(own)):
        at = read_time(own[-1].time) + timedelta(seconds=30)
        codes = frozenset({"not_in_this_process"}) | wrong.ENDED
        feed.insert(wrong.stray(policy.profile, own[-1], at, plan, codes), after=own[-1])
    if own := feed.draw(lambda own: own[-1].of_type(facts.PlanConfirmed)):
        at = read_time(own[-1].time) + timedelta(seconds=30)
        other = facts.PlanConfirmed(plan_no="P-nobody-replied")
        feed.insert(wrong.stray(policy.profile, own[-1], at, other, wrong.ENDED), after=own[-1])


def _low(own: list[FedFact]) -> bool:
    event = own[0].event
    return event is not None and "voltage_kv" in event["data"] and float(event["data"]["voltage_kv"]) < 1


def _sound_application(feed: Feed) -> dict[str, Any]:
    """The data of some good application, at 10 kV if there is one, to be spoilt."""
    opening = [
        fact.event["data"] for fact in feed.facts if fact.event and fact.of_type(facts.ApplicationSubmitted)
    ]
    sound = next((data for data in opening if data["voltage_kv"] == "10"), opening[0])
    return {name: value for name, value in sound.items() if name != "papers"}  # files are one's own
