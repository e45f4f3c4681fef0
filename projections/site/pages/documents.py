"""An application's documents: what is missing and can be handed in, what came, and the files to save."""

from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from typing import Any, NamedTuple

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from events.errors import MingdianError
from projections.api.application_views import ApplicationView
from projections.api.case_parts import DocumentView, PaperView
from projections.site import forms
from projections.site.documents import HandedIn
from projections.site.pages import application
from projections.site.site import Site
from workflows.policy.model import Policy

_STATUS = {
    "stale": 403,
    "limited": 429,
    "too_large": 413,
    "unknown_kind": 415,
    "two_kinds": 415,
    "busy": 429,
    "store_away": 503,
    "bus_away": 503,
    "not_missing": 409,
    "too_many_files": 409,
    "subject_erased": 409,
}
_CALLED = {"jpeg": "jpg", "document": "docx", "sheet": "xlsx"}
"""What people call a kind whose media type ends otherwise."""

_FOLLOWS = timedelta(minutes=2)
_REASONS = frozenset(_STATUS) | {"empty_file"}


class Item(NamedTuple):
    """A document that is missing. `standing` is empty, `checking` or `refused`; `token` is its form's."""

    document: DocumentView
    standing: str
    token: str


class Paper(NamedTuple):
    """A document that came. `standing` of its file: `there`, `away` (named, but not here yet), or empty for
    one without a file."""

    paper: PaperView
    standing: str
    kind: str


class _Refused(Exception):  # noqa: N818 - an answer, not a fault
    """What was sent is not taken; `fault` names why."""

    def __init__(self, fault: str, document: str = "", wait: int = 0) -> None:
        super().__init__(fault)
        self.fault = fault
        self.document = document
        self.wait = wait


def routes(site: Site) -> APIRouter:
    """Return the routes of the page, for whoever holds the application's pass."""
    router = APIRouter(include_in_schema=False)

    @router.get("/{profile}/progress/{number}/documents")
    async def documents(request: Request, profile: str, number: str) -> Response:
        policy = site.policy(profile)
        if not await site.may_see(request, policy, number, None):
            return RedirectResponse(f"/{policy.profile}/progress", status_code=303)
        return await _page(site, request, policy, number)

    @router.post("/{profile}/progress/{number}/documents")
    async def hand_in(request: Request, profile: str, number: str) -> Response:
        policy = site.policy(profile)
        if not await site.may_see(request, policy, number, None):
            return RedirectResponse(f"/{policy.profile}/progress", status_code=303)
        try:
            document = await _take(site, request, policy, number)
        except _Refused as refused:
            page = await _page(site, request, policy, number, refused)
            if refused.wait:
                page.headers["retry-after"] = str(refused.wait)
            return page
        return RedirectResponse(f"{request.url.path}#d-{document}", status_code=303)

    @router.get("/{profile}/progress/{number}/documents/{sha256}")
    async def file(request: Request, profile: str, number: str, sha256: str) -> Response:
        policy = site.policy(profile)
        # Without a pass, a file that is there and one that is not are the same.
        if not await site.may_see(request, policy, number, None):
            raise HTTPException(404)
        found = await site.documents.open(number, sha256)
        if found is None:
            raise HTTPException(404)
        name = f"{number}-{sha256[:12]}.{found.suffix}"
        headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
        return Response(found.content, media_type=found.media_type, headers=headers)

    return router


async def _take(site: Site, request: Request, policy: Policy, number: str) -> str:
    """Take the file of a form; returns its document. Raises `_Refused`."""
    if wait := ceil(site.handings.wait(number)):
        raise _Refused("limited", wait=wait)
    site.handings.spend(number)
    document = ""
    try:
        with site.documents.turn():
            sent = await forms.read(request, site.documents.max_bytes)
            turn = site.passes.form_turn(request, number, sent.fields.get("token", ""))
            if turn is None or request.headers.get("sec-fetch-site", "same-origin") not in _OURS:
                raise _Refused("stale")
            document = sent.fields.get("document", "")
            view = await site.application(policy, number)
            if view is None or document not in [one.id for one in _asked(view)]:
                raise _Refused("not_missing")
            await site.documents.hand_in(policy, number, document, str(turn), sent.file)
    except forms.TooLongError:
        raise _Refused("too_large", document) from None
    except forms.BrokenFormError:
        raise _Refused("stale") from None
    except MingdianError as error:
        raise _Refused(error.code if error.code in _REASONS else "store_away", document) from None
    return document


_OURS = ("same-origin", "none")
"""What a browser says of a form that came from a page of ours."""


def _asked(view: ApplicationView) -> tuple[DocumentView, ...]:
    """The documents that can be handed in now."""
    over = view.energised_at is not None or view.withdrawn_at is not None or view.erased
    return () if over else view.documents_missing


async def _page(
    site: Site, request: Request, policy: Policy, number: str, refused: _Refused | None = None
) -> Response:
    view = await site.application(policy, number)
    if view is None:
        return application.render(site, request, policy, number, None)
    handed = await site.documents.handed_in(number)
    there = await site.documents.there(number)
    fault = refused.fault if refused else ""
    page = site.pages.page(
        request,
        policy,
        "documents.html",
        status=_STATUS.get(fault, 400) if fault else 200,
        section="progress",
        stream=f"/{policy.profile}/stream?number={number}",
        position=view.fresh.position,
        v=view,
        items=[_item(site, request, number, one, handed) for one in _asked(view)],
        papers=[_paper(one, there) for one in view.papers],
        unfiled=_without_paper(view),
        **_limits(site),
        fault=fault,
        at=refused.document if refused else "",
        wait=refused.wait if refused else 0,
    )
    page.headers["cache-control"] = "no-store"
    return page


def _item(
    site: Site, request: Request, number: str, document: DocumentView, handed: Sequence[HandedIn]
) -> Item:
    last = next((one for one in reversed(handed) if one.document == document.id), None)
    standing = ""
    if last is not None and last.outcome in (None, "applied"):
        # Applied and still missing: the read models follow in a moment, or it was asked for once more.
        recent = (site.now() - last.at) < _FOLLOWS
        standing = "checking" if last.outcome is None or recent else ""
    elif last is not None:
        standing = "refused"
    return Item(document, standing, site.passes.form_token(request, number, len(handed)))


def _paper(paper: PaperView, there: frozenset[str]) -> Paper:
    if paper.file is None:
        return Paper(paper, "", "")
    standing = "there" if paper.file.sha256 in there else "away"
    kind = paper.file.media_type.rpartition("/")[2].rpartition(".")[2]
    return Paper(paper, standing, _CALLED.get(kind, kind))


def _without_paper(view: ApplicationView) -> list[DocumentView]:
    """The documents of which only is known that they came."""
    told = {one.document.id for one in view.papers}
    return [one for one in view.documents_have if one.id not in told]


def _limits(site: Site) -> dict[str, Any]:
    suffixes = site.documents.suffixes
    return {
        "kinds": suffixes,
        "accept": ",".join(f".{one}" for one in (*suffixes, *(("jpeg",) if "jpg" in suffixes else ()))),
        "most": site.documents.max_bytes,
        "megabytes": site.documents.max_bytes // (1024 * 1024),
    }
