"""What each event of a project changes in its state."""

from datetime import datetime
from typing import Any

from events.catalogue import project_change_events as changed
from events.catalogue import project_events as says
from events.catalogue import project_sharing_events as sharing
from events.catalogue.base import EventData
from events.catalogue.project_progress import (
    Dated,
    Milestone,
    Relocation,
    Schedule,
    Spending,
    StageWorks,
    TemporarySupply,
    Thing,
)
from events.personal import SealedValue
from projections.prestart.state import (
    AmendedState,
    Change,
    DecisionState,
    EndState,
    EscalationState,
    HandState,
    LightState,
    LinkState,
    PlannedState,
    ProjectState,
    SavedState,
    SubstationState,
    TeamState,
    VisitState,
)
from workflows.policy import intentions, links
from workflows.policy.intentions import Told
from workflows.policy.links import Link
from workflows.policy.progress import Lent, later, lend, put


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
    state.parted_rows = put(state.parted_rows, name, max(at, state.parted_rows.get(name, at)))
    _forget_savings(state)


def _staged(state: ProjectState, data: says.StageReached, at: datetime) -> None:
    state.stage = data.stage


def _team(state: ProjectState, data: says.TeamAssigned, at: datetime) -> None:
    state.team = TeamState(**dict(data), at=at)


def _handed(state: ProjectState, data: changed.ProjectHandedOver, at: datetime) -> None:
    hand = HandState(**dict(data), at=at, fact=state.fact)
    state.hands = sorted([*state.hands, hand], key=lambda one: (one.at, one.fact))


def _amended(state: ProjectState, data: changed.PolicyAmended, at: datetime) -> None:
    new = AmendedState(day=data.day, at=at, fact=state.fact)
    state.amended = later(state.amended, new)


def _planned(state: ProjectState, data: says.LoadPlanned, at: datetime) -> None:
    state.planned = later(state.planned, PlannedState(**dict(data), at=at, fact=state.fact))


def _substation(state: ProjectState, data: says.SubstationProposed, at: datetime) -> None:
    state.substation = later(state.substation, SubstationState(**dict(data), at=at, fact=state.fact))


def _scheduled(state: ProjectState, data: says.WorksScheduled, at: datetime) -> None:
    planned = Schedule(starts_on=data.starts_on, ends_on=data.ends_on, at=at, fact=state.fact)
    state.progress.add(Thing(stage=data.stage, works=StageWorks(scheduled=planned)))


def _started(state: ProjectState, data: says.WorksStarted, at: datetime) -> None:
    start = Dated(at=at, fact=state.fact)
    works = StageWorks(begun=start, started=start, before_application=data.before_application)
    state.progress.add(Thing(stage=data.stage, works=works))


def _finished(state: ProjectState, data: says.WorksFinished, at: datetime) -> None:
    works = StageWorks(finished=Dated(at=at, fact=state.fact))
    state.progress.add(Thing(stage=data.stage, works=works))


def _spent(state: ProjectState, data: says.SpendingRecorded, at: datetime) -> None:
    state.progress.add(Thing(spending=Spending(on=data.on, amount_cny=data.amount_cny)))


def _temporary(state: ProjectState, data: says.TemporarySupplyArranged, at: datetime) -> None:
    state.progress.add(Thing(temporary=TemporarySupply(**dict(data), at=at, fact=state.fact)))


def _relocation(state: ProjectState, data: says.RelocationReported, at: datetime) -> None:
    state.progress.add(Thing(relocation=Relocation(**dict(data), at=at, fact=state.fact)))


def _milestone(state: ProjectState, data: says.MilestoneReached, at: datetime) -> None:
    state.progress.add(Thing(milestone=Milestone(**dict(data), at=at, fact=state.fact)))


def _shared(state: ProjectState, data: sharing.ProgressShared, at: datetime) -> None:
    told = {name: getattr(data, name) for name in sharing.ProgressShared.model_fields}
    state.lent = lend(state.lent, Lent(**told, since=at, fact=state.fact))
    _forget_savings(state)


def _forget_savings(state: ProjectState) -> None:
    """Without works that ever began no time was saved: they were another's, who has taken them back."""
    if all(works.begun is None for works in state.works.values()):
        for number, link in state.applications.items():
            if link.saved is not None:
                _link(state, number, saved=None)


def _visited(state: ProjectState, data: says.ProjectVisited, at: datetime) -> None:
    notes = data.notes if isinstance(data.notes, SealedValue) else None
    seen = {"by": data.by, "purpose": data.purpose, "remote": data.remote}
    visit = VisitState(**seen, notes=notes, at=at, fact=state.fact)
    state.visits = sorted([*state.visits, visit], key=lambda one: (one.at, one.fact))


def _light(state: ProjectState, data: says.LightTurned, at: datetime) -> None:
    state.light = LightState(
        light=data.light, before=data.before, since=data.on, rule=data.rule, reckoning=data.reckoning
    )


def _escalated(state: ProjectState, data: says.LightEscalated, at: datetime) -> None:
    state.escalations = [*state.escalations, EscalationState(light=data.light, to=data.to, at=at)]


def _link(state: ProjectState, number: str, **changed: Any) -> None:
    link = state.applications.get(number, LinkState())
    state.applications = put(state.applications, number, link.model_copy(update=changed))


def _linked(state: ProjectState, data: says.ApplicationLinked, at: datetime) -> None:
    old = state.applications.get(data.number, LinkState()).linked
    _link(state, data.number, linked=later(old, Dated(at=at, fact=state.fact)))
    _said(state, data.number, Link(at=at, fact=state.fact, linked=True, by=data.by))


def _unlinked(state: ProjectState, data: says.ApplicationUnlinked, at: datetime) -> None:
    old = state.applications.get(data.number, LinkState()).unlinked
    _link(state, data.number, unlinked=later(old, Dated(at=at, fact=state.fact)))
    _said(state, data.number, Link(at=at, fact=state.fact, linked=False))
    if not state.applications[data.number].holds:
        _link(state, data.number, saved=None)


def _said(state: ProjectState, number: str, said: Link) -> None:
    known, origin = state.applications[number], links.teller(state.fact, state.source)
    if origin is None:
        _link(state, number, link=later(known.link, said))
    else:
        _link(state, number, lent=put(known.lent, origin, later(known.lent.get(origin), said)))


def _progressed(state: ProjectState, data: says.ApplicationProgressed, at: datetime) -> None:
    states = state.applications.get(data.number, LinkState()).states
    _link(state, data.number, states=put(states, data.state, max(at, states.get(data.state, at))))


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
    state.ended = EndState(
        ending=data.ending, spent_cny=data.spent_cny, under=data.under, reason=reason, at=at
    )


def _revived(state: ProjectState, data: says.ProjectRevived, at: datetime) -> None:
    state.ended = None


def _closed(state: ProjectState, data: says.ProjectClosed, at: datetime) -> None:
    state.closed_at = at


CHANGES: dict[type[EventData], Change] = {
    says.IntentionRecorded: _recorded,
    says.IntentionLeftFeed: _left,
    says.RowsParted: _parted_rows,
    sharing.ProgressShared: _shared,
    says.StageReached: _staged,
    says.TeamAssigned: _team,
    changed.ProjectHandedOver: _handed,
    changed.PolicyAmended: _amended,
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
