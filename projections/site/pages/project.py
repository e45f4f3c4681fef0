"""One key project: how far it is, whether its works will be in time, who says what, and what happened."""

from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from projections.api.prestart_views import FieldView, ProjectView
from projections.site import diagram, project_words
from projections.site.project_drawings import line_words, load_bars, stage_line, works_picture
from projections.site.project_words import Told
from projections.site.site import Site
from projections.site.standing import place
from projections.site.words import Words
from workflows.policy.model import Policy

NEWEST, VALUES = 12, 30
"""So many entries of the story stand open, and so many values of a field's history are listed."""


def routes(site: Site) -> APIRouter:
    """Return the page, and the same for programs."""
    router = APIRouter(include_in_schema=False)

    async def read(profile: str, number: str) -> ProjectView:
        view = await site.projects.project(site.policy(profile), number)
        if view is None:
            raise HTTPException(404)
        return view

    @router.get("/{profile}/projects/{number}")
    async def page(request: Request, profile: str, number: str) -> Response:
        return render(site, request, site.policy(profile), await read(profile, number))

    @router.get("/api/{profile}/projects/{number}", include_in_schema=True, tags=["public"])
    async def data(profile: str, number: str) -> ProjectView:
        """Return what may be public of a key project, with the history of each field."""
        return await read(profile, number)

    return router


def render(site: Site, request: Request, policy: Policy, view: ProjectView) -> Response:
    """Return the page of a project."""
    words = site.pages.words(request, policy)
    today = view.fresh.read_at.astimezone(ZoneInfo(policy.timezone)).date()
    drawing = stage_line(view, words)
    story = [project_words.entry(one, words, policy) for one in view.story]
    load = next((one.said[0] for one in view.sources if one.field == "load"), None)
    return site.pages.page(
        request,
        policy,
        "project.html",
        section="projects",
        w=words,
        v=view,
        light=(view.light.light if view.light and not view.ended else None) or "none",
        shapes=project_words.SHAPES,
        light_words=project_words.light_sentence(view.light, words),
        ended_words=project_words.ended(view, words),
        agos={one.feed: project_words.ago(one.row_at, view.fresh.read_at, words) for one in view.feeds},
        age=project_words.age(view.told_at, site.now(), words),
        wide=diagram.wide(drawing),
        tall=diagram.tall(drawing),
        twin=line_words(drawing, words),
        works_names=project_words.works_names(words, policy),
        works=works_picture(view.works, view.fields.expected_energise_on, today),
        loads=load_bars(view.fields.load),
        load_agreed=load is not None and load.feed is None,
        links=[project_words.link_sentences(one, words) for one in view.applications],
        sources=_table(view.sources, words, policy),
        conflicts=_table(view.conflicts, words, policy),
        history=[one for one in _table(view.history, words, policy) if len(one[1]) > 1],
        most=VALUES,
        stream=f"/{policy.profile}/stream/projects?number={view.number}",
        position=place(view.fresh.position, view.fresh.read_at, policy),
        newest=story[:NEWEST],
        earlier=story[NEWEST:],
    )


def _table(said: tuple[FieldView, ...], words: Words, policy: Policy) -> list[tuple[str, list[Told]]]:
    """Each field with its values in words, in their order."""
    return [
        (one.field, [project_words.told(one.field, each, words, policy) for each in one.said]) for one in said
    ]
