"""Who serves a key project (重点项目): seats that each hold one person, and who sits in them.

Intake seats them by who is there and has least to do (`workflows/intake/project_seats.py`), as it does for
applications; what changes hands later, the project hears.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from events.catalogue.connection_events import Officer
from events.catalogue.project_change_facts import Seat
from workflows.policy import staffing
from workflows.policy.model import Policy
from workflows.policy.slices import team_of
from workflows.policy.staffing import (
    ENGINEER,
    KEY_ENGINEER,
    KEY_MANAGER,
    MANAGER,
    PROVINCE,
    SECOND_ENGINEER,
    SUPERVISOR,
    Team,
)
from workflows.policy.table import Table

Seats = Mapping[str, Officer]
"""Who sits where, by seat."""

ROLES: tuple[str, ...] = get_args(Seat)
SERVING = (MANAGER, ENGINEER, SECOND_ENGINEER)
WATCHING = (SUPERVISOR, PROVINCE)


class ProjectTeam(Table):
    """Who serves a project; `province` is told of a red light."""

    manager: Officer
    engineers: tuple[Officer, ...]
    supervisor: Officer
    province: Officer


def candidates(policy: Policy, region: str) -> Team:
    """Return who may serve projects of a region, by role. Who supervises all regions stands under `PROVINCE`,
    and watches over the work of a region only where it has no supervisor of its own."""
    whole = {row.id for row in policy.teams if row.role == SUPERVISOR and row.region == "*"}
    team = team_of(policy, region)
    supervisors = team.get(SUPERVISOR, ())
    own = tuple(one for one in supervisors if one.staff_id not in whole)
    province = tuple(one for one in supervisors if one.staff_id in whole)
    return {**team, SUPERVISOR: own or province, PROVINCE: province}


def seats_of(team: ProjectTeam) -> dict[str, Officer]:
    """Return who sits where. Where the supervisor is told of red lights too, nobody has that seat."""
    engineers = dict(zip((ENGINEER, SECOND_ENGINEER), team.engineers, strict=False))
    found = {MANAGER: team.manager, **engineers, SUPERVISOR: team.supervisor}
    return found if team.province == team.supervisor else {**found, PROVINCE: team.province}


def team_in(seats: Seats) -> ProjectTeam:
    """Return the team that sits so."""
    return ProjectTeam(
        manager=seats[MANAGER],
        engineers=tuple(seats[one] for one in (ENGINEER, SECOND_ENGINEER) if one in seats),
        supervisor=seats[SUPERVISOR],
        province=seats.get(PROVINCE, seats[SUPERVISOR]),
    )


def nobody_watches_himself(seats: Seats) -> bool:
    """Whether who watches is none of those who serve."""
    serving = {seats[one].staff_id for one in SERVING if one in seats}
    return serving.isdisjoint(seats[one].staff_id for one in WATCHING if one in seats)


def as_listed(seats: Seats, listed: Iterable[Officer]) -> dict[str, Officer]:
    """Return the same people in the same seats, called and reached as a list has them."""
    known = {one.staff_id: one for one in listed}
    return {seat: known.get(one.staff_id, one) for seat, one in seats.items()}


def drawn(policy: Policy, number: str, region: str) -> ProjectTeam:
    """Return a team that the number alone decides: of those who serve key customers, where the region has
    them, supervised by none of themselves.

    Raises MingdianError `no_staff` where the region has nobody to own the project or to watch over it.
    """
    team = candidates(policy, region)
    managers = team.get(KEY_MANAGER) or team.get(MANAGER, ())
    if not managers:
        raise staffing.no_staff(region)
    manager = _turned(managers, number)[0]
    others = [one for one in team.get(KEY_ENGINEER) or team.get(ENGINEER, ()) if one != manager]
    engineers = _turned(others, number)[:2]
    serving = (manager, *engineers)
    province = [one for one in team[PROVINCE] if one not in serving]
    own = [one for one in team[SUPERVISOR] if one not in serving] or province
    if not own:
        raise staffing.no_staff(region)
    supervisor = _turned(own, number)[0]
    return ProjectTeam(
        manager=manager,
        engineers=tuple(engineers),
        supervisor=supervisor,
        province=province[0] if province else supervisor,
    )


def _turned(officers: Sequence[Officer], number: str) -> list[Officer]:
    """The officers in a ring, begun at a place that the number decides: the same at every replay."""
    if not officers:
        return []
    first = staffing.spread(number, len(officers))
    return [*officers[first:], *officers[:first]]
