"""What one key project lives by: cut from the policy when it opens, carried as data for years."""

from datetime import date
from itertools import chain
from typing import Any

from events.catalogue.base import Code
from events.catalogue.connection_events import Officer
from events.catalogue.project_change_events import Changed
from events.errors import MingdianError
from workflows.policy import project_team, regions, works
from workflows.policy.force import as_of
from workflows.policy.model import Policy
from workflows.policy.project_rows import PROJECT_REOPEN
from workflows.policy.project_team import ProjectTeam
from workflows.policy.slices import staff_of
from workflows.policy.table import Table
from workflows.policy.works import LightChoice, StageDays


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
        team=project_team.drawn(held, number, code),
        reopen_days=reopen,
    )


def resliced(held: ProjectSlice, policy: Policy, number: str, day: date) -> ProjectSlice:
    """Return what a project is to live by from a local day on: all tables count anew. Its team is that of
    before, each as the tables have them today.

    Raises MingdianError as `project_slice`.
    """
    new = project_slice(policy, number, held.region, day)
    people = project_team.as_listed(project_team.seats_of(held.team), listed(policy, day))
    return new.model_copy(update={"team": project_team.team_in(people)})


def listed(policy: Policy, day: date) -> tuple[Officer, ...]:
    """Return all whom the tables know on a local day."""
    return tuple(chain.from_iterable(staff_of(as_of(policy, day)).values()))


def differences(held: ProjectSlice, new: ProjectSlice) -> tuple[Changed, ...]:
    """Return the tables of which the new slice has another part than the old one."""
    parts: dict[Changed, tuple[Any, Any]] = {
        "works_stages": (held.stages, new.stages),
        "lights": (held.lights, new.lights),
        "feeds": (held.feeds, new.feeds),
        "regions": (held.aliases, new.aliases),
        "periods": (held.reopen_days, new.reopen_days),
        "teams": (held.team, new.team),
    }
    return tuple(name for name, (old, new_) in parts.items() if old != new_)
