"""What was done for a key project: works, money, supplies, visits, told to it or to one joined to it.
Pure, and of the same result in whatever order.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from events.catalogue import project_events as says
from events.catalogue import project_facts as facts
from events.catalogue import project_sharing_events as shared
from events.catalogue.base import Fact
from events.catalogue.project_progress import (
    Dated,
    Milestone,
    Relocation,
    Schedule,
    Spending,
    StageWorks,
    TemporarySupply,
    Thing,
    Visit,
)
from events.catalogue.project_sharing_facts import ProgressShared
from workflows.policy.progress import Lent, lend
from workflows.project_applications import linked
from workflows.project_heard import Answer, Heard
from workflows.project_state import Application


def _schedule(heard: Heard, data: facts.WorksScheduled) -> Answer:
    if data.ends_on < data.starts_on:
        return "ends_before_it_starts"
    planned = Schedule(**heard.dated, starts_on=data.starts_on, ends_on=data.ends_on)
    _done(heard, Thing(stage=data.stage, works=StageWorks(scheduled=planned)))
    return (says.WorksScheduled(**data.model_dump()),)


def _start(heard: Heard, data: facts.WorksStarted) -> Answer:
    start = Dated(**heard.dated)
    _done(heard, Thing(stage=data.stage, works=StageWorks(begun=start, started=start)))
    return (says.WorksStarted(stage=data.stage, before_application=_ahead(heard, heard.at)),)


def _finish(heard: Heard, data: facts.WorksFinished) -> Answer:
    _done(heard, Thing(stage=data.stage, works=StageWorks(finished=Dated(**heard.dated))))
    return (says.WorksFinished(**data.model_dump()),)


def _spend(heard: Heard, data: facts.SpendingRecorded) -> Answer:
    _done(heard, Thing(spending=Spending(on=data.on, amount_cny=data.amount_cny)))
    return (says.SpendingRecorded(**data.model_dump(), total_cny=heard.state.spent),)


def _arrange(heard: Heard, data: facts.TemporarySupplyArranged) -> Answer:
    _done(heard, Thing(temporary=TemporarySupply(**heard.dated, **dict(data))))
    return (says.TemporarySupplyArranged(**data.model_dump()),)


def _relocate(heard: Heard, data: facts.RelocationReported) -> Answer:
    _done(heard, Thing(relocation=Relocation(**heard.dated, **dict(data))))
    return (says.RelocationReported(**data.model_dump()),)


def _reach(heard: Heard, data: facts.MilestoneReached) -> Answer:
    _done(heard, Thing(milestone=Milestone(**heard.dated, **dict(data))))
    return (says.MilestoneReached(**data.model_dump()),)


def _visit(heard: Heard, data: facts.ProjectVisited) -> Answer:
    _done(heard, Thing(visit=Visit(**heard.dated, by=data.by, purpose=data.purpose, remote=data.remote)))
    return (says.ProjectVisited(**data.model_dump()),)


def _share(heard: Heard, data: ProgressShared) -> Answer:
    """What has come through this project before is not taken back in: joins go in a circle."""
    if heard.number in (data.origin, *data.path):
        return "joined_in_a_circle"
    told = {name: getattr(data, name) for name in ProgressShared.model_fields}
    heard.state.lent = lend(heard.state.lent, Lent(**told, since=heard.at, fact=heard.fact))
    thing = data.thing
    if thing.works is not None and thing.works.begun is not None:
        ahead = _ahead(heard, thing.works.begun.at)
        works = thing.works.model_copy(update={"before_application": ahead})
        thing = thing.model_copy(update={"works": works})
    return (shared.ProgressShared(origin=data.origin, owner=data.owner, name=data.name, thing=thing),)


def _ahead(heard: Heard, at: datetime) -> bool:
    """Whether nobody had applied yet, as far as is known now: it is said, and nothing hangs on it."""
    return not any(_applied_by(heard.state.applications[one], at) for one in linked(heard.state))


def _applied_by(application: Application, at: datetime) -> bool:
    told = [*application.lent.values(), *([application.link] if application.link else [])]
    return min([*application.reached.values(), *(one.at for one in told)]) <= at


def _done(heard: Heard, thing: Thing) -> None:
    heard.state.progress.add(thing)


TAKES: Mapping[type[Fact], Callable[[Heard, Any], Answer]] = {
    facts.WorksScheduled: _schedule,
    facts.WorksStarted: _start,
    facts.WorksFinished: _finish,
    facts.SpendingRecorded: _spend,
    facts.TemporarySupplyArranged: _arrange,
    facts.RelocationReported: _relocate,
    facts.ProjectVisited: _visit,
    facts.MilestoneReached: _reach,
    ProgressShared: _share,
}
