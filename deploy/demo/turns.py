"""Turns that a story takes: a pause of the clock, a typhoon, a trip to the counter, a withdrawal."""

import itertools
from datetime import datetime, timedelta
from random import Random

from deploy.demo import people
from deploy.demo.told import Told
from events.catalogue import connection_facts as facts
from events.catalogue.base import Fact

TYPHOON_REGIONS = ("469005", "469002", "469006")
_LONG_GAP = timedelta(days=3)


def add_turns(rng: Random, story: list[Told], town: str, now: datetime) -> list[Told]:
    """Return the story as far as `now`, with what came between."""
    happened = [told for told in story if told.at < now]
    ends = [place for place, told in enumerate(happened, 1) if isinstance(told.fact, facts.Energised)]
    process = _with_turns(rng, happened[: ends[0]] if ends else happened, town, now)
    withdrawn = any(isinstance(told.fact, facts.Withdrawn) for told in process)
    return process if withdrawn or not ends else process + happened[ends[0] :]


def _with_turns(rng: Random, happened: list[Told], town: str, now: datetime) -> list[Told]:
    """The same for the process itself, without what follows its end."""
    if len(happened) >= 2 and rng.random() < 0.07:
        return _withdrawn(rng, happened, now)
    if rng.random() < 0.1:
        happened = _paused(rng, happened, now)
    if rng.random() < 0.12:
        happened = _visited(rng, happened, town, now)
    return happened


def add_typhoon(rng: Random, story: list[Told], begins: datetime, ends: datetime) -> list[Told]:
    """Stop the clock while a typhoon passes, for a case that was open and in which nothing happened
    meanwhile.
    """
    quiet = not any(begins - timedelta(hours=12) <= told.at <= ends + timedelta(hours=12) for told in story)
    ended = any(isinstance(told.fact, facts.Energised | facts.Withdrawn | facts.Paused) for told in story)
    if not story or ended or not quiet or story[0].at >= begins:
        return story
    cause = "force_majeure"
    stop = Told(
        begins + timedelta(minutes=rng.randint(0, 300)), facts.Paused(cause=cause, actor="government")
    )
    go_on = Told(ends + timedelta(minutes=rng.randint(0, 300)), facts.Resumed(cause=cause))
    return sorted([*story, stop, go_on], key=lambda told: told.at)


def _gaps(story: list[Told], now: datetime) -> list[tuple[datetime, datetime, bool]]:
    """The long silences of a story, the last of them up to now (True) if it has not ended."""
    moments = [told.at for told in story]
    gaps = [(a, b, False) for a, b in itertools.pairwise(moments)]
    if not isinstance(story[-1].fact, facts.Energised):
        gaps.append((moments[-1], now, True))
    return [gap for gap in gaps if gap[1] - gap[0] >= _LONG_GAP]


def _paused(rng: Random, story: list[Told], now: datetime) -> list[Told]:
    gaps = _gaps(story, now)
    if not gaps:
        return story
    begins, ends, still_open = rng.choice(gaps)
    span = ends - begins
    cause, actor = rng.choice((("customer_hold", "customer"), ("permit", "government")))
    pause = facts.Paused.model_validate({"cause": cause, "actor": actor})
    added = [Told(begins + span * 0.2, pause)]
    if not (still_open and rng.random() < 0.6):
        added.append(Told(begins + span * 0.7, facts.Resumed(cause=cause)))
    return _merged(story, added)


def _visited(rng: Random, story: list[Told], town: str, now: datetime) -> list[Told]:
    gaps = _gaps(story, now)
    if not gaps:
        return story
    begins, ends, _ = rng.choice(gaps)
    at = begins + (ends - begins) * rng.uniform(0.1, 0.9)
    visit: Fact = facts.CustomerVisited(office=people.office(rng, town), wrong_notice=rng.random() < 0.1)
    return _merged(story, [Told(at, visit)])


def _withdrawn(rng: Random, story: list[Told], now: datetime) -> list[Told]:
    """The customer withdraws somewhere on the way; nothing comes after."""
    kept = story[: rng.randint(1, len(story) - 1)]
    following = story[len(kept)].at
    at = kept[-1].at + (min(following, now) - kept[-1].at) * rng.uniform(0.3, 0.9)
    return [*kept, Told(at, facts.Withdrawn(reason="项目计划调整"))]


def _merged(story: list[Told], added: list[Told]) -> list[Told]:
    return sorted([*story, *added], key=lambda told: told.at)
