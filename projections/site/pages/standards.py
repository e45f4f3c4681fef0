"""The standards, drawn from the policy tables."""

from collections import Counter
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from projections.api.standards_views import (
    Pairs,
    StandardLimit,
    StandardRule,
    StandardStep,
    StandardsView,
    StandardTask,
    StandardVersion,
    StepsView,
)
from projections.site import diagram
from projections.site.drawing import plain_drawing
from projections.site.project_words import SHAPES
from projections.site.site import Site
from projections.site.words import Words


class _Steps(NamedTuple):
    """A process, before and now, as the template shows it. Counts are of the customer's steps."""

    row: StepsView
    before_count: int
    now_count: int
    before_lines: diagram.Layout | None
    now_lines: diagram.Layout
    before_names: str
    now_names: str


class _Conditioned(NamedTuple):
    """A row with its conditions in words."""

    row: StandardLimit | StandardTask
    when: list[str]


class _Version(NamedTuple):
    """A version of the boundary rules, with them."""

    row: StandardVersion
    rules: tuple[StandardRule, ...]


def routes(site: Site) -> APIRouter:
    """Return the route of the standards."""
    router = APIRouter(include_in_schema=False)

    @router.get("/{profile}/standards")
    async def page(request: Request, profile: str) -> Response:
        policy = site.policy(profile)
        words = site.pages.words(request, policy)
        today = site.now().astimezone(ZoneInfo(policy.timezone)).date()
        view = site.standards(policy)
        return site.pages.page(
            request,
            policy,
            "standards.html",
            section="standards",
            w=words,
            v=view,
            this_year=today.year,
            **_words(view, words),
        )

    return router


def _words(view: StandardsView, words: Words) -> dict[str, Any]:
    present = {
        "limits": view.targets or view.limits,
        "steps": view.steps,
        "documents": view.documents,
        "rules": view.rules,
        "tasks": view.tasks,
        "visits": view.visits,
        "pauses": view.pauses,
        "projects": view.feeds,
        "channels": view.channels,
        "calendar": view.calendar,
    }
    return {
        "sections": [name for name, rows in present.items() if rows],
        "steps": [_steps(row, words) for row in view.steps],
        "limits": _limits(view.limits, words),
        "limits_before": _limits(view.limits_before, words),
        "tasks": [_Conditioned(row, _conditions(row.when, words)) for row in view.tasks],
        "versions": [
            _Version(version, tuple(rule for rule in view.rules if rule.version == version.code))
            for version in view.versions
        ],
        # What some channel takes is no service that the platform lacks.
        "taken": [
            one
            for one in (view.channels[0].takes if view.channels else ())
            if all(one in row.takes for row in view.channels)
        ],
        "not_taken": [
            one
            for one in (view.channels[0].not_taken if view.channels else ())
            if all(one in row.not_taken for row in view.channels)
        ],
        "providers": {row.code: words.name(row.name) for row in view.providers},
        "shapes": SHAPES,
        "since": _since(view),
    }


def _since(view: StandardsView) -> date | None:
    """The day from which most rows hold: only the others need to name theirs."""
    rows = (
        *view.limits,
        *view.tasks,
        *view.rules,
        *view.pauses,
        *(i for d in view.documents for i in d.items),
    )
    days = Counter(row.valid_from for row in rows).most_common(1)
    return days[0][0] if days else None


def _limits(rows: tuple[StandardLimit, ...], words: Words) -> list[_Conditioned]:
    """The first row that fits counts, so one without conditions after others of its step is for all
    others."""
    told: list[_Conditioned] = []
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for row in rows:
        key = (row.step.en, row.kinds)
        others = [words("standards.limits.others")] if key in seen and not row.when else []
        told.append(_Conditioned(row, _conditions(row.when, words) or others))
        seen.add(key)
    return told


def _steps(row: StepsView, words: Words) -> _Steps:
    before, now = (_names(steps, words) for steps in (row.before, row.now))
    return _Steps(
        row=row,
        before_count=len(before),
        now_count=len(now),
        before_lines=diagram.small(plain_drawing(before, words, done=False)) if before else None,
        now_lines=diagram.small(plain_drawing(now, words)),
        before_names=words.joined(before),
        now_names=words.joined(now),
    )


def _names(steps: tuple[StandardStep, ...], words: Words) -> list[str]:
    return [words.name(step.name) for step in steps if step.customer_step]


def _conditions(pairs: Pairs, words: Words) -> list[str]:
    return [_condition(pair, words) for pair in pairs]


def _condition(pair: tuple[str, str], words: Words) -> str:
    """A condition in words: by field and value, by field with its value named, or as it stands."""
    field, value = pair
    if words.has(f"when.{field}.{value}"):
        return words(f"when.{field}.{value}")
    if field in {"land_from", "land_before"}:
        return words(f"when.{field}", value=words.short_day(date.fromisoformat(value)))
    if words.has(f"when.{field}"):
        return words(f"when.{field}", value=words.quantity(float(value)))
    return words("when.other", field=field, value=value)
