"""What a key project lives by now: the tables and the team with which it opened, and what the platform has
told it since. Pure, and the same in whatever order that was told."""

from pydantic import ValidationError

from events.catalogue import project_change_events as says
from events.catalogue import project_change_facts as facts
from events.catalogue.base import EventData
from events.catalogue.project_progress import Dated
from workflows.policy import project_slice, project_team
from workflows.policy.project_slice import ProjectSlice
from workflows.policy.project_team import ProjectTeam, Seats
from workflows.project_state import Amended, Hand, ProjectState


def lives_by(opening: ProjectSlice, state: ProjectState) -> ProjectSlice:
    """Return the slice that counts, with the team as it sits."""
    held = state.amended.policy if state.amended else opening
    return held.model_copy(update={"team": _team(opening.team, state)})


def hand_over(
    policy: ProjectSlice, state: ProjectState, dated: Dated, data: facts.ProjectHandedOver
) -> tuple[EventData, ...]:
    """Somebody takes over a seat, unless that one has changed hands again since."""
    sits = project_team.seats_of(policy.team).get(data.role)
    state.hands = sorted(
        [*state.hands, Hand(at=dated.at, fact=dated.fact, role=data.role, officer=data.officer)],
        key=lambda one: (one.at, one.fact),
    )
    before = data.before or sits or data.officer
    return (says.ProjectHandedOver(role=data.role, before=before, after=data.officer, why=data.why),)


def amend(
    policy: ProjectSlice, state: ProjectState, dated: Dated, data: facts.PolicyAmended
) -> tuple[EventData, ...] | str:
    """Live by other tables, unless newer ones count already."""
    try:
        new = Amended(at=dated.at, fact=dated.fact, policy=ProjectSlice.model_validate(data.policy))
    except ValidationError:
        return "unfit_policy"
    if state.amended is not None and (state.amended.at, state.amended.fact) > (new.at, new.fact):
        return "amended_since"
    state.amended = new
    return (
        says.PolicyAmended(
            from_version=policy.policy_version,
            to_version=new.policy.policy_version,
            day=data.day,
            changed=project_slice.differences(policy, new.policy),
            note=data.note,
        ),
    )


def _team(opening: ProjectTeam, state: ProjectState) -> ProjectTeam:
    """Who sits where once all that was told has happened, in the order in which it happened. Nobody takes a
    seat from which he would watch over himself."""
    seats: Seats = project_team.seats_of(opening)
    told: list[Dated] = [*state.hands, *([state.amended] if state.amended else [])]
    for one in sorted(told, key=lambda one: (one.at, one.fact)):
        seats = _after(seats, one)
    return project_team.team_in(seats)


def _after(seats: Seats, told: Dated) -> Seats:
    if isinstance(told, Amended):
        return project_team.as_listed(seats, project_team.seats_of(told.policy.team).values())
    assert isinstance(told, Hand)
    new = {**seats, told.role: told.officer}
    return new if project_team.nobody_watches_himself(new) else seats
