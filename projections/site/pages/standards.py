"""The standards, drawn from the policy tables."""

from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from projections.api.standards import standards
from projections.api.standards_views import StandardLimit, StandardStep, StandardsView, StepsView
from projections.site import diagram
from projections.site.drawing import plain_drawing
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


class _Limit(NamedTuple):
    """A limit with its conditions in words."""

    row: StandardLimit
    when: list[str]


def routes(site: Site) -> APIRouter:
    """Return the route of the standards."""
    router = APIRouter(include_in_schema=False)

    @router.get("/{profile}/standards")
    async def page(request: Request, profile: str) -> Response:
        policy = site.policy(profile)
        words = site.pages.words(request, policy)
        view = standards(policy, site.now().astimezone(ZoneInfo(policy.timezone)).date())
        return site.pages.page(
            request,
            policy,
            "standards.html",
            section="standards",
            w=words,
            v=view,
            **_words(view, words),
        )

    return router


def _words(view: StandardsView, words: Words) -> dict[str, Any]:
    present = {
        "limits": view.targets,
        "steps": view.steps,
        "documents": view.documents,
        "rules": view.rules,
        "visits": view.visits,
        "pauses": view.pauses,
    }
    return {
        "sections": [name for name, rows in present.items() if rows],
        "steps": [_steps(row, words) for row in view.steps],
        "limits": _limits(view.limits, words),
    }


def _limits(rows: tuple[StandardLimit, ...], words: Words) -> list[_Limit]:
    """The first row that fits counts, so one without conditions after others of its step is for all
    others."""
    told: list[_Limit] = []
    for row in rows:
        before = any(one.row.step == row.step and one.row.kinds == row.kinds for one in told)
        others = [words("standards.limits.others")] if before and not row.when else []
        told.append(_Limit(row, [_condition(pair, words) for pair in row.when] or others))
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


def _condition(pair: tuple[str, str], words: Words) -> str:
    """A condition in words: by field and value, by field with its value named, or as it stands."""
    field, value = pair
    if words.has(f"when.{field}.{value}"):
        return words(f"when.{field}.{value}")
    if words.has(f"when.{field}"):
        return words(f"when.{field}", value=words.quantity(float(value)))
    return words("when.other", field=field, value=value)
