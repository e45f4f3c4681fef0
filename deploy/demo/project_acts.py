"""What staff do for the demo's key projects, most of it before anybody applies. Pure.

Feeds tell of a project under a name of their own; staff speak of it by its number, and of its application by
that one's, so these facts are made once intake has given the numbers.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple, get_args

from deploy.demo.facts import FedFact, cloud_event, fed
from deploy.demo.projects import Project, Ref, Scene
from events.catalogue import project_facts as facts
from events.catalogue.base import Fact
from events.catalogue.registry import short_name
from workflows.policy.clock import local_day

WORKS = get_args(facts.WorksStage)
_BY = "marketing"


class Known(NamedTuple):
    """A project by its number, with that of its second record and of an application to link, if any."""

    project: Project
    number: str
    second: str | None
    application: str | None


Act = tuple[datetime, str, Fact]


def staff_facts(
    scene: Scene, projects: Sequence[Project], numbers: Mapping[Ref, str], applications: Sequence[str]
) -> list[FedFact]:
    """Return what staff do, in the order of its happening; `applications` are there to be linked."""
    waiting, told = list(applications), list[FedFact]()
    for project in projects:
        linked = waiting.pop(0) if project.plot.more & {"linked", "wrong_link"} and waiting else None
        second = None if project.second is None else numbers[project.second]
        acts = _acts(scene, Known(project, numbers[project.ref], second, linked))
        for place, (at, subject, fact) in enumerate(acts):
            name = f"{project.ref.record}-{place:02d}-{short_name(fact.type)}"
            told.append(fed(cloud_event(scene.policy.profile, subject, name, at, fact)))
    return sorted(told, key=lambda one: (one.time, one.id))


def _acts(scene: Scene, known: Known) -> Iterator[Act]:
    project, number = known.project, known.number
    plot = project.plot
    begins = project.moments[-1] + timedelta(days=1)
    each = (scene.now - timedelta(hours=1) - begins) / 14

    def at(step: float) -> datetime:
        return begins + each * step

    if known.second is not None:
        yield from _matches(known, at(1), at(2), known.second)
    yield from ((at(step), number, fact) for step, fact in _works(project))
    if known.application is not None:
        linked = facts.ApplicationLinked(number=known.application, by="person")
        yield at(12), number, linked
        if "wrong_link" in plot.more:
            yield at(13), number, facts.ApplicationUnlinked(number=known.application)
    yield from ((moment, number, fact) for moment, fact in _further(scene, project, at(4), at(5)))
    if "cancelled" in plot.more:
        yield scene.now - timedelta(hours=18), number, facts.ProjectCancelled(reason="投资方另选地块")


def _works(project: Project) -> Iterator[tuple[float, Fact]]:
    plot, rng = project.plot, Random(f"{project.ref.record}/works")  # noqa: S311 - drawn, not secret
    for place, stage in enumerate(WORKS[: max(plot.begun, plot.finished)]):
        yield 2 + 2 * place, facts.WorksStarted(stage=stage)
        if place < plot.finished:
            yield 3.5 + 2 * place, facts.WorksFinished(stage=stage)
            spent = Decimal(rng.randint(20, 300)) * 10_000
            yield 3.6 + 2 * place, facts.SpendingRecorded(amount_cny=spent, on=stage)


def _matches(known: Known, decided: datetime, again: datetime, second: str) -> Iterator[Act]:
    """What a person decides about two records that look alike; of some it is still to be decided."""
    more, joined = known.project.plot.more, facts.ProjectJoined(into=known.number, decided_by=_BY)
    if more & {"joined", "parted"}:
        yield decided, second, joined
    if "parted" in more:
        yield again, second, facts.ProjectParted(decided_by=_BY)
        dismissed = facts.MatchDismissed(other=known.number, decided_by=_BY)
        yield again + timedelta(minutes=5), second, dismissed


def _further(
    scene: Scene, project: Project, first: datetime, then: datetime
) -> Iterator[tuple[datetime, Fact]]:
    """What else happens to some."""
    more, today = project.plot.more, scene.today
    expected = project.expected(scene)
    if "visit" in more:
        yield first, facts.ProjectVisited(by="HN-S1", purpose="load", notes="已了解分期用电需求")
        yield then, facts.MilestoneReached(milestone="load_agreed")
    if more & {"load", "moved"}:
        load = [{"year": today.year + ahead, "capacity_kva": 1000 * (ahead + 1)} for ahead in range(3)]
        planned = {"load": load, "expected_energise_on": expected}
        yield first, facts.LoadPlanned.model_validate(planned)
    if "substation" in more:
        yield first, facts.SubstationProposed(substation="110 kV 示例站", available_kva=Decimal(9000))
    if "schedule" in more:
        for place, stage in enumerate(WORKS):
            starts = today + timedelta(days=14 * (place - 1))
            ends = starts + timedelta(days=13)
            yield first, facts.WorksScheduled(stage=stage, starts_on=starts, ends_on=ends)
    if "temporary" in more:
        ends_on = today + timedelta(days=60)
        supply = facts.TemporarySupplyArranged(
            capacity_kva=Decimal(315), from_on=local_day(then, scene.policy.timezone), until_on=ends_on
        )
        yield then, supply
    if "relocation" in more:
        for hours, state in ((0, "needed"), (30, "agreed")):
            moved = {"line": "10 kV 示例线", "state": state}
            yield first + timedelta(hours=hours), facts.RelocationReported.model_validate(moved)
    if "spending" in more:
        yield then, facts.SpendingRecorded(amount_cny=Decimal("186000"), on="design")
