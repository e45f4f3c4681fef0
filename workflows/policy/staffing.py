"""Who answers for a case. Intake seats one officer in each role when the case begins, by who is there and who
has least to do; inside the case the choice is the same at every replay."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import NamedTuple

from events.catalogue.connection_events import Officer
from events.errors import MingdianError
from workflows.policy.model import CaseSlice

MANAGER = "account_manager"
"""客户经理: the one owner of a case."""

SUPERVISOR, SECOND_SUPERVISOR = "supervisor", "second_supervisor"
"""监督人; and who watches where the supervisor has to act."""

ENGINEER, SECOND_ENGINEER = "engineer", "second_engineer"
"""The engineer of a case; a key project may have two."""

PROVINCE = "province_supervisor"
"""全省监督人: who is told when a key project's light is red. That weighs nothing until it happens."""

KEY_MANAGER, KEY_ENGINEER = "key_account_manager", "key_engineer"
"""重点客户: who serves key and park customers instead of the region's own."""

KEY_REPLY = "key_reply"
"""The duty that makes a customer a key customer: a first reply within minutes, at any hour."""

_INSTEAD: Mapping[str, str] = {MANAGER: KEY_MANAGER, ENGINEER: KEY_ENGINEER}
_OF: Mapping[str, str] = {SECOND_SUPERVISOR: SUPERVISOR, PROVINCE: SUPERVISOR, SECOND_ENGINEER: ENGINEER}
"""Seats that are no role of the tables, and whose they are."""

_OF_KEY_CUSTOMERS = frozenset(_INSTEAD.values())

Team = Mapping[str, tuple[Officer, ...]]


class Absence(NamedTuple):
    """Somebody is away from a local day to another, both included; without a `last` until further notice."""

    staff_id: str
    first: date
    last: date | None = None

    def covers(self, day: date) -> bool:
        """Whether the day lies in it."""
        return self.first <= day and (self.last is None or day <= self.last)


def away_on(absences: Iterable[Absence], day: date) -> frozenset[str]:
    """Return who is away on a local day, by staff id."""
    return frozenset(one.staff_id for one in absences if one.covers(day))


def assign(case: CaseSlice, number: str) -> tuple[Officer, Officer]:
    """Return the case's manager and supervisor, never the same person.

    Raises MingdianError `no_staff` where the team is too small; the loader keeps such a profile out.
    """
    manager = holder(case, MANAGER, number)
    others = [officer for officer in case.team.get(SUPERVISOR, ()) if officer != manager]
    if manager is None or not others:
        raise no_staff(case.region)
    return manager, others[spread(number, len(others))]


def holder(case: CaseSlice, role: str, number: str) -> Officer | None:
    """Return who holds a role for this case, or None when nobody in the region's team does."""
    officers = case.team.get(role, ())
    return officers[spread(number, len(officers))] if officers else None


def seats(case: CaseSlice, number: str) -> dict[str, Officer]:
    """Return who sits in each role when the case begins."""
    manager, supervisor = assign(case, number)
    found = {role: holder(case, role, number) for role in case.team if role not in _OF_KEY_CUSTOMERS}
    known = {role: officer for role, officer in found.items() if officer is not None}
    return {**known, MANAGER: manager, SUPERVISOR: supervisor}


def seated(
    case: CaseSlice,
    reserve: Team,
    load: Mapping[str, int],
    *,
    away: Collection[str],
    held: Mapping[str, str],
) -> CaseSlice:
    """Return the slice with one officer in each role: who is there and has the fewest open cases.

    `reserve` is the staff of all regions, for a role in which nobody of the region is there; `load` counts
    open cases by staff id; `held` names who sits in a role already, by role. Key customers get those who
    serve such customers. Nobody sits twice. Raises MingdianError `no_staff` where nobody is left to own the
    case or to watch over it.
    """
    key = case.task(KEY_REPLY) is not None
    roles = {*case.team, SECOND_SUPERVISOR} - _OF_KEY_CUSTOMERS
    found = fill(roles, case.team, reserve, load, key=key, away=away, held=held)
    if not {MANAGER, SUPERVISOR} <= found.keys():
        raise no_staff(case.region)
    team: dict[str, tuple[Officer, ...]] = {role: (officer,) for role, officer in found.items()}
    if key and KEY_ENGINEER in case.team:
        team[KEY_ENGINEER] = case.team[KEY_ENGINEER]
    return case.model_copy(update={"team": team})


def fill(
    roles: Collection[str],
    team: Team,
    reserve: Team,
    load: Mapping[str, int],
    *,
    key: bool,
    away: Collection[str],
    held: Mapping[str, str],
) -> dict[str, Officer]:
    """Return one person for each of these seats, as far as there are any: who sits there already, or who is
    there and has the fewest open cases. Nobody sits twice. Arguments as in `seated` and `candidates`."""
    found: dict[str, Officer] = {}
    for role in sorted(roles, key=_by_weight):
        lists = candidates(role, team, reserve, key=key)
        officer = _sitting(chain(*lists, *candidates(role, reserve, reserve, key=True)), held.get(role))
        taken = {one.staff_id for one in found.values()}
        for there in lists:
            officer = officer or successor(there, load, away={*away, *taken})
        if officer is not None:
            found[role] = officer
    return found


def candidates(role: str, team: Team, reserve: Team, *, key: bool) -> list[tuple[Officer, ...]]:
    """Return who may sit in a role, the better list first: those whom the team names for this very seat, for
    key customers those who serve such, then the region's own, then those of other regions."""
    of = _OF.get(role, role)
    named = [team[role]] if role in _OF and role in team else []
    first = [team.get(_INSTEAD[of], ())] if key and of in _INSTEAD else []
    return [*named, *first, team.get(of, ()), reserve.get(of, ())]


def successor(listed: Sequence[Officer], load: Mapping[str, int], *, away: Collection[str]) -> Officer | None:
    """Return who of these is there and has the fewest open cases, the first listed of equals; None when all
    are away."""
    there = [one for one in listed if one.staff_id not in away]
    return min(there, key=lambda one: load.get(one.staff_id, 0), default=None)


def no_staff(region: str) -> MingdianError:
    """Nobody is there to own a case, or to watch over it."""
    return MingdianError(
        "no_staff", f"Region {region} lacks a manager or a supervisor. Add one to the team, or call one back."
    )


def _sitting(officers: Iterable[Officer], staff_id: str | None) -> Officer | None:
    return next((one for one in officers if one.staff_id == staff_id), None)


def _by_weight(role: str) -> tuple[int, str]:
    """The owner is chosen first, then who watches over the owner."""
    return ({MANAGER: 0, SUPERVISOR: 1}.get(role, 2), role)


def spread(number: str, size: int) -> int:
    """Return a place in a list of this size, which the number alone decides."""
    # Not hash(): it differs from process to process, and a replay would name another person.
    return int.from_bytes(hashlib.sha256(number.encode()).digest()[:8]) % size
