"""What each event of a project changes in its state."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from events.catalogue import project_change_events as changed
from events.catalogue import project_events as says
from events.catalogue.base import EventData
from events.catalogue.project_facts import WorksStage
from events.catalogue.project_progress import Dated, Schedule, StageWorks
from events.personal import SealedValue
from projections.prestart.state import (
    Change,
    DecisionState,
    EndState,
    EscalationState,
    HandState,
    LightState,
    LinkState,
    PlannedState,
    ProjectState,
    RelocationState,
    SavedState,
    SubstationState,
    TeamState,
    TemporaryState,
    VisitState,
)
from workflows.policy import intentions
from workflows.policy.intentions import Told
from workflows.policy.progress import earlier, later


def _recorded(state: ProjectState, data: says.IntentionRecorded, at: datetime) -> None:
    told = Told(
        feed=data.feed,
        record=data.row.record,
        origin=data.origin,
        row_at=data.row_at,
        since=at,
        fact=state.fact,
        row=data.row,
    )
    state.told = intentions.put(state.told, told)


def _left(state: ProjectState, data: says.IntentionLeftFeed, at: datetime) -> None:
    left = Told(**data.model_dump(), since=at, fact=state.fact)
    state.told = intentions.put(state.told, left)


def _parted_rows(state: ProjectState, data: says.RowsParted, at: datetime) -> None:
    name = data.origin
    if data.feed is not None and data.record is not None:
        name = intentions.one_row(data.origin, data.feed, data.record)
    state.parted_rows = _put(state.parted_rows, name, max(at, state.parted_rows.get(name, at)))


def _staged(state: ProjectState, data: says.StageReached, at: datetime) -> None:
    state.stage = data.stage


def _team(state: ProjectState, data: says.TeamAssigned, at: datetime) -> None:
    state.team = TeamState(**dict(data), at=at)


def _handed(state: ProjectState, data: changed.ProjectHandedOver, at: datetime) -> None:
    hand = HandState(**dict(data), at=at, fact=state.fact)
    state.hands = sorted([*state.hands, hand], key=lambda one: (one.at, one.fact))


def _planned(state: ProjectState, data: says.LoadPlanned, at: datetime) -> None:
    state.planned = later(state.planned, PlannedState(**dict(data), at=at, fact=state.fact))


def _substation(state: ProjectState, data: says.SubstationProposed, at: datetime) -> None:
    state.substation = later(state.substation, SubstationState(**dict(data), at=at, fact=state.fact))


def _scheduled(state: ProjectState, data: says.WorksScheduled, at: datetime) -> None:
    works = state.works.get(data.stage, StageWorks())
    new = Schedule(starts_on=data.starts_on, ends_on=data.ends_on, at=at, fact=state.fact)
    _works(state, data.stage, works, scheduled=later(works.scheduled, new))


def _started(state: ProjectState, data: says.WorksStarted, at: datetime) -> None:
    works, start = state.works.get(data.stage, StageWorks()), Dated(at=at, fact=state.fact)
    if (begun := earlier(works.begun, start)) is start:
        works = works.model_copy(update={"begun": begun, "before_application": data.before_application})
    _works(state, data.stage, works, started=later(works.started, start))


def _finished(state: ProjectState, data: says.WorksFinished, at: datetime) -> None:
    works = state.works.get(data.stage, StageWorks())
    _works(state, data.stage, works, finished=later(works.finished, Dated(at=at, fact=state.fact)))


def _works(state: ProjectState, stage: WorksStage, works: StageWorks, **changed: Any) -> None:
    state.works = _put(state.works, stage, works.model_copy(update=changed))


def _spent(state: ProjectState, data: says.SpendingRecorded, at: datetime) -> None:
    state.spent = _put(state.spent, data.on, state.spent.get(data.on, 0) + data.amount_cny)


def _temporary(state: ProjectState, data: says.TemporarySupplyArranged, at: datetime) -> None:
    state.temporary = later(state.temporary, TemporaryState(**dict(data), at=at, fact=state.fact))


def _relocation(state: ProjectState, data: says.RelocationReported, at: datetime) -> None:
    new = RelocationState(state=data.state, at=at, fact=state.fact)
    state.relocations = _put(state.relocations, data.line, later(state.relocations.get(data.line), new))


def _visited(state: ProjectState, data: says.ProjectVisited, at: datetime) -> None:
    notes = data.notes if isinstance(data.notes, SealedValue) else None
    visit = VisitState(by=data.by, purpose=data.purpose, notes=notes, at=at, fact=state.fact)
    state.visits = sorted([*state.visits, visit], key=lambda one: (one.at, one.fact))


def _milestone(state: ProjectState, data: says.MilestoneReached, at: datetime) -> None:
    new = Dated(at=at, fact=state.fact)
    state.milestones = _put(
        state.milestones, data.milestone, later(state.milestones.get(data.milestone), new)
    )


def _light(state: ProjectState, data: says.LightTurned, at: datetime) -> None:
    state.light = LightState(
        light=data.light, before=data.before, since=data.on, rule=data.rule, reckoning=data.reckoning
    )


def _escalated(state: ProjectState, data: says.LightEscalated, at: datetime) -> None:
    state.escalations = [*state.escalations, EscalationState(light=data.light, to=data.to, at=at)]


def _link(state: ProjectState, number: str, **changed: Any) -> None:
    link = state.applications.get(number, LinkState())
    state.applications = _put(state.applications, number, link.model_copy(update=changed))


def _linked(state: ProjectState, data: says.ApplicationLinked, at: datetime) -> None:
    old = state.applications.get(data.number, LinkState()).linked
    linked = later(old, Dated(at=at, fact=state.fact))
    _link(state, data.number, linked=linked, **({"by": data.by} if linked.fact == state.fact else {}))


def _unlinked(state: ProjectState, data: says.ApplicationUnlinked, at: datetime) -> None:
    old = state.applications.get(data.number, LinkState()).unlinked
    _link(state, data.number, unlinked=later(old, Dated(at=at, fact=state.fact)))


def _progressed(state: ProjectState, data: says.ApplicationProgressed, at: datetime) -> None:
    states = state.applications.get(data.number, LinkState()).states
    _link(state, data.number, states=_put(states, data.state, max(at, states.get(data.state, at))))


def _saved(state: ProjectState, data: says.LeadTimeSaved, at: datetime) -> None:
    _link(state, data.number, saved=SavedState(**data.model_dump(exclude={"number"})))


def _joined(state: ProjectState, data: says.ProjectJoined, at: datetime) -> None:
    _decided(state, at, into=data.into, by=data.decided_by)
    state.joins += 1


def _parted(state: ProjectState, data: says.ProjectParted, at: datetime) -> None:
    _decided(state, at, into=None, by=data.decided_by)
    state.partings += 1


def _decided(state: ProjectState, at: datetime, *, into: str | None, by: str) -> None:
    new = DecisionState(at=at, fact=state.fact, into=into, decided_by=by)
    state.decision = later(state.decision, new)


def _dismissed(state: ProjectState, data: says.MatchDismissed, at: datetime) -> None:
    state.dismissed = sorted({*state.dismissed, data.other})


def _ended(state: ProjectState, data: says.ProjectEnded, at: datetime) -> None:
    reason = data.reason if isinstance(data.reason, SealedValue) else None
    state.ended = EndState(ending=data.ending, spent_cny=data.spent_cny, reason=reason, at=at)


def _revived(state: ProjectState, data: says.ProjectRevived, at: datetime) -> None:
    state.ended = None


def _closed(state: ProjectState, data: says.ProjectClosed, at: datetime) -> None:
    state.closed_at = at


Name = TypeVar("Name", bound=str)
Value = TypeVar("Value")


def _put(mapping: Mapping[Name, Value], key: Name, value: Value) -> dict[Name, Value]:
    """The mapping with one value more, its keys in order: which was told first makes no difference."""
    return dict(sorted({**mapping, key: value}.items()))


CHANGES: dict[type[EventData], Change] = {
    says.IntentionRecorded: _recorded,
    says.IntentionLeftFeed: _left,
    says.RowsParted: _parted_rows,
    says.StageReached: _staged,
    says.TeamAssigned: _team,
    changed.ProjectHandedOver: _handed,
    says.LoadPlanned: _planned,
    says.SubstationProposed: _substation,
    says.WorksScheduled: _scheduled,
    says.WorksStarted: _started,
    says.WorksFinished: _finished,
    says.SpendingRecorded: _spent,
    says.TemporarySupplyArranged: _temporary,
    says.RelocationReported: _relocation,
    says.ProjectVisited: _visited,
    says.MilestoneReached: _milestone,
    says.LightTurned: _light,
    says.LightEscalated: _escalated,
    says.ApplicationLinked: _linked,
    says.ApplicationUnlinked: _unlinked,
    says.ApplicationProgressed: _progressed,
    says.LeadTimeSaved: _saved,
    says.ProjectJoined: _joined,
    says.ProjectParted: _parted,
    says.MatchDismissed: _dismissed,
    says.ProjectEnded: _ended,
    says.ProjectRevived: _revived,
    says.ProjectClosed: _closed,
}
