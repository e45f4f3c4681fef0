"""The page of one application."""

from collections.abc import Collection
from itertools import chain
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from projections.api.application_views import ApplicationView
from projections.site import diagram
from projections.site.drawing import drawing, node_state, receipt_drawing, step_word, text_twin
from projections.site.folds import folds
from projections.site.lead import ENDED, current_step, days_late, lead
from projections.site.site import Site
from projections.site.timeline_words import Told, told
from projections.site.words import Words
from workflows.policy.model import Policy

_MARKS = {"done": "✓", "now": "●", "late": "▲", "paused": "‖", "next": "○", "ended": "✕"}


def routes(site: Site) -> APIRouter:
    """Return the route of the page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/{profile}/progress/{number}")
    async def application(request: Request, profile: str, number: str) -> Response:
        policy = site.policy(profile)
        if not await site.may_see(request, policy, number, None):
            # Without a pass an unknown number and a known one look the same: the form.
            return RedirectResponse(f"/{policy.profile}/progress", status_code=303)
        view = await site.application(policy, number)
        there = await site.documents.there(number) if view is not None else frozenset[str]()
        page = render(site, request, policy, number, view, there=there)
        page.headers["cache-control"] = "no-store"
        return page

    return router


def render(
    site: Site,
    request: Request,
    policy: Policy,
    number: str,
    view: ApplicationView | None,
    *,
    there: Collection[str] = (),
) -> Response:
    """Return the page of an application, or of one whose first event is still on its way to the read
    models. `there`: the files that the document store holds."""
    stream: dict[str, Any] = {"stream": f"/{policy.profile}/stream?number={number}", "section": "progress"}
    if view is None:
        return site.pages.page(request, policy, "preparing.html", number=number, **stream)
    words = site.pages.words(request, policy)
    return site.pages.page(
        request,
        policy,
        "application.html",
        w=words,
        v=view,
        position=view.fresh.position,
        example_staff=all(member.basis == "design_choice" for member in policy.teams),
        provisional=_any_provisional(view),
        **_now(view, words),
        **folds(view, [_line(told(one, words)) for one in view.timeline], there),
        **_drawings(view, words),
        **stream,
    )


def _now(view: ApplicationView, words: Words) -> dict[str, Any]:
    step = current_step(view)
    return {
        "lead": lead(view, words),
        "step": step,
        "late": days_late(step) if step and view.overdue else 0,
        "active": view.standing not in ENDED,
        "paused": bool(view.documents_missing) or (view.pause is not None and view.pause.stops_clock),
        "holder": step.responsible if step and step.responsible else view.manager,
        "also": words.joined([r for r in view.boundary.rules_matched if r != view.boundary.rule])
        if view.boundary
        else "",
    }


def _any_provisional(view: ApplicationView) -> bool:
    rounds = (one.provisional for check in view.checks for one in check.rounds)
    waiting = (one.waiting.provisional for one in view.disputes if one.waiting)
    steps, duties = (one.provisional for one in view.steps), (one.provisional for one in view.duties)
    return any(chain(steps, duties, rounds, waiting))


def _line(line: Told) -> dict[str, Any]:
    entry = line.entry
    return {
        "at": entry.at,
        "sequence": entry.sequence,
        "hash": entry.hash,
        "retracted": entry.retracted,
        "text": line.text,
        "note": line.note,
        "tone": line.tone,
    }


def _drawings(view: ApplicationView, words: Words) -> dict[str, Any]:
    drawn = drawing(view, words)
    return {
        "wide": diagram.wide(drawn),
        "tall": diagram.tall(drawn),
        "twin": text_twin(view, words),
        "states": [node_state(view, step) for step in view.steps],
        "marks": _MARKS,
        "step_words": [step_word(view, step, words) for step in view.steps],
        "receipt_lines": [diagram.small(receipt_drawing(view, r, words)) for r in view.receipts],
    }
