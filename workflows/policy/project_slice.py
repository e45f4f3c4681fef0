"""What one key project lives by: cut from the policy when it opens, carried as data for years."""

import hashlib
from collections.abc import Sequence
from datetime import date

from events.catalogue.base import Code
from events.catalogue.connection_events import Officer
from events.errors import MingdianError
from workflows.policy import regions, works
from workflows.policy.force import as_of
from workflows.policy.model import Policy
from workflows.policy.project_rows import PROJECT_REOPEN
from workflows.policy.slices import team_of
from workflows.policy.staffing import ENGINEER, KEY_ENGINEER, KEY_MANAGER, MANAGER, SUPERVISOR
from workflows.policy.table import Table
from workflows.policy.works import LightChoice, StageDays

ENGINEERS = 2
"""How many engineers a project has, where the region has so many."""


class ProjectTeam(Table):
    """Who serves a project; `province` is told of a red light."""

    manager: Officer
    engineers: tuple[Officer, ...]
    supervisor: Officer
    province: Officer


class ProjectSlice(Table):
    """All the policy that one project needs. `feeds`: the id of each feed by the source of its rows;
    `aliases`: old codes of regions."""

    policy_version: str
    profile: Code
    source: str
    timezone: str
    region: Code
    aliases: dict[str, str]
    feeds: dict[str, str]
    stages: tuple[StageDays, ...]
    lights: tuple[LightChoice, ...]
    team: ProjectTeam
    reopen_days: int


def feed_of(policy: Policy, upstream: str) -> str | None:
    """Return the id of the feed whose rows come under a source; None for one that is no feed."""
    return next((row.id for row in policy.feeds if row.upstream == upstream), None)


def project_slice(policy: Policy, number: str, region: str, day: date) -> ProjectSlice:
    """Return what a project of this number needs, by the policy of a local day.

    Raises MingdianError `unknown_region`, `no_projects` or `no_staff` where the policy of that day has none.
    """
    held, code = as_of(policy, day), regions.resolve(policy, region)
    if code is None:
        raise MingdianError("unknown_region", "The region is not one of this profile's. Send one it lists.")
    reopen = next((row.value for row in held.periods if row.id == PROJECT_REOPEN), None)
    if reopen is None or not held.lights:
        raise MingdianError("no_projects", f"Profile {policy.profile} keeps no projects on that day.")
    found = works.tables(policy, day)
    return ProjectSlice(
        policy_version=policy.version,
        profile=policy.profile,
        source=policy.source,
        timezone=policy.timezone,
        region=code,
        aliases={alias: row.id for row in policy.regions for alias in row.aliases},
        feeds={row.upstream: row.id for row in policy.feeds},
        stages=found.stages,
        lights=found.lights,
        team=_team(held, number, code),
        reopen_days=reopen,
    )


def _team(policy: Policy, number: str, region: str) -> ProjectTeam:
    """Those who serve key customers, where the region has them; supervised by none of themselves."""
    team = team_of(policy, region)
    managers = team.get(KEY_MANAGER) or team.get(MANAGER, ())
    engineers = team.get(KEY_ENGINEER) or team.get(ENGINEER, ())
    supervisors = team.get(SUPERVISOR, ())
    whole = [row.id for row in policy.teams if row.role == SUPERVISOR and row.region == "*"]
    if not managers:
        raise _no_staff(region)
    manager = _spread(managers, number)
    served = [manager, *_turned([one for one in engineers if one != manager], number)[:ENGINEERS]]
    free = [one for one in supervisors if one not in served]
    if not free:
        raise _no_staff(region)
    own = [one for one in free if one.staff_id not in whole]
    province = [one for one in free if one.staff_id in whole]
    supervisor = _spread(own or free, number)
    return ProjectTeam(
        manager=manager,
        engineers=tuple(served[1:]),
        supervisor=supervisor,
        province=province[0] if province else supervisor,
    )


def _no_staff(region: str) -> MingdianError:
    return MingdianError("no_staff", f"Region {region} lacks a manager or a supervisor. Add one to the team.")


def _spread(officers: Sequence[Officer], number: str) -> Officer:
    return _turned(officers, number)[0]


def _turned(officers: Sequence[Officer], number: str) -> list[Officer]:
    """The officers in a ring, begun at a place that the number decides: the same at every replay."""
    if not officers:
        return []
    first = int.from_bytes(hashlib.sha256(number.encode()).digest()[:8]) % len(officers)
    return [*officers[first:], *officers[:first]]
