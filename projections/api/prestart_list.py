"""The list of key projects that everybody may see, by the lights of the day on which it is read: pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from events.catalogue.project_progress import StageWorks
from projections.api import prestart_views as views
from projections.api.names import Names
from projections.api.prestart import LIGHTS, PUBLIC, Row
from projections.api.prestart_lights import Lit, Turned, light_now
from projections.api.views import Freshness
from workflows.policy.clock import local_day
from workflows.policy.model import Policy


def listing(
    policy: Policy,
    fresh: Freshness,
    *,
    found: Iterable[Row],
    asked: Mapping[str, str | None],
    most: int | None,
) -> views.ProjectsView:
    """Return the projects that match, at most so many, and the lights of all regions in the policy's order.
    Lights and slack are those of the day on which it was read."""
    today = local_day(fresh.read_at, policy.timezone)
    every = [(row, _listed(policy, row, today)) for row in found]
    matching = [one for row, one in every if _matches(row, one, asked)]
    matching.sort(key=_place)
    return views.ProjectsView(
        profile=policy.profile,
        name=policy.name,
        fresh=fresh,
        region=asked.get("region"),
        stage=asked.get("stage"),
        light=asked.get("light"),
        matching=len(matching),
        lights=_lights(policy, (one for _, one in every if one.ended is None)),
        projects=tuple(matching[:most]),
    )


def _listed(policy: Policy, row: Row, today: date) -> views.ListedProject:
    told = {name: row[name] for name in views.ListedProject.model_fields if name in row}
    works = {stage: StageWorks.model_validate(one) for stage, one in row["works"].items()}
    said = Turned(row["light"], row["light_since"])
    dark = row["ended"] is not None
    turned = light_now(
        policy, Lit(row["opened_at"], works, row["expected_on"], said, dark, row["tables_on"]), today
    )
    told |= {
        "conflicts": len(set(PUBLIC) & set(row["conflicts"])),
        "light": turned.light,
        "light_since": turned.since,
        "slack_days": turned.reckoning.slack_days if turned.reckoning else None,
    }
    return views.ListedProject(**told, region_name=Names(policy).region(row["region"]))


def _matches(row: Row, one: views.ListedProject, asked: Mapping[str, str | None]) -> bool:
    light = asked.get("light")
    return (
        asked.get("region") in (None, one.region)
        and asked.get("stage") in (None, one.stage)
        and asked.get("manager") in (None, row["manager_id"])
        and (light is None or (one.ended is None and (one.light or "none") == light))
    )


def _place(one: views.ListedProject) -> tuple[Any, ...]:
    """Those under way first, of them the worst light first, then who has least to spare."""
    slack, expected = one.slack_days, one.expected_on
    return (
        one.ended or "",
        LIGHTS.index(one.light or "none"),
        (slack is None, slack or 0),
        (expected is None, expected or date.min),
        one.number,
    )


def _lights(policy: Policy, under_way: Iterable[views.ListedProject]) -> tuple[views.RegionLights, ...]:
    """Every region of the policy; one that only the data knows follows under its code."""
    counts: dict[str, Counter[str]] = {}
    for one in under_way:
        counts.setdefault(one.region, Counter())[one.light or "none"] += 1
    known = {region.code: region for region in policy.regions}
    return tuple(
        views.RegionLights(
            code=code,
            name=Names(policy).region(code),
            inset=code in known and known[code].inset,
            **counts.get(code, Counter()),
        )
        for code in [*known, *sorted(counts.keys() - known.keys())]
    )
