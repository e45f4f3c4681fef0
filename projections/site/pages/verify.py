"""Is this receipt genuine? Anyone may ask, without a code; nothing of what is sent is kept.

The answer says nothing about a case that was not in what was sent.
"""

from math import ceil
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from events.catalogue.registry import short_name
from events.roots import next_seal
from projections.roots.compare import MAX_BYTES
from projections.roots.evidence import Judgement
from projections.roots.proof_view import ProofView, told
from projections.site.site import Site
from projections.site.words import Words
from workflows.policy.model import Policy

_FORM_BYTES = MAX_BYTES * 3 + 4096  # a pasted text may travel with each character as three


class _Refused(Exception):  # noqa: N818 - an answer, not a fault
    """What was sent is not looked at; `fault` names why."""

    def __init__(self, fault: str, status: int) -> None:
        super().__init__(fault)
        self.fault = fault
        self.status = status


def routes(site: Site) -> APIRouter:
    """Return the routes of the page, and the same for programs."""
    router = APIRouter(include_in_schema=False)

    @router.get("/verify")
    async def first() -> Response:
        return RedirectResponse(f"/{site.first.profile}/verify", status_code=307)

    @router.get("/{profile}/verify")
    async def form(request: Request, profile: str) -> Response:
        return _page(site, request, site.policy(profile))

    @router.post("/{profile}/verify")
    async def verify(request: Request, profile: str) -> Response:
        policy = site.policy(profile)
        if wait := _take_turn(site, request):
            page = _page(site, request, policy, status=429, fault="limited", wait=wait)
            page.headers["retry-after"] = str(wait)
            return page
        try:
            raw = await _sent(request)
        except _Refused as refused:
            return _page(site, request, policy, status=refused.status, fault=refused.fault)
        return _page(site, request, policy, judged=await site.evidence.judge(raw))

    @router.post("/api/{profile}/verify", include_in_schema=True, tags=["public"])
    async def verify_for_programs(request: Request, profile: str) -> ProofView:
        """Judge the receipt in the body: JSON, at most 64 KB."""
        site.policy(profile)
        if wait := _take_turn(site, request):
            raise HTTPException(429, "Too many receipts. Wait.", headers={"retry-after": str(wait)})
        if _length(request) > MAX_BYTES:
            raise HTTPException(413, f"A receipt has at most {MAX_BYTES} bytes.")
        return told(await site.evidence.judge(await request.body()))

    return router


def _take_turn(site: Site, request: Request) -> int:
    """Count this request; returns the seconds to wait when there were too many."""
    address = request.client.host if request.client else ""
    wait = ceil(site.verifications.wait(address))
    if not wait:
        site.verifications.spend(address)
    return wait


def _length(request: Request) -> int:
    """Return how long the body says it is; the server holds it to that. Without a word it is too long."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 10 else _FORM_BYTES + 1


async def _sent(request: Request) -> bytes:
    """Return the file, or else the text, that a form holds. Raises `_Refused`."""
    if _length(request) > _FORM_BYTES:
        raise _Refused("large", 413)
    try:
        async with request.form(max_files=1, max_fields=4, max_part_size=MAX_BYTES + 1) as form:
            file, text = form.get("file"), form.get("receipt")
            raw = await file.read() if isinstance(file, UploadFile) else b""
            raw = raw or (text.encode() if isinstance(text, str) else b"")
    except HTTPException:  # more parts, or longer ones, than the form has
        raise _Refused("large", 413) from None
    if not raw.strip():
        raise _Refused("empty", 400)
    if len(raw) > MAX_BYTES:
        raise _Refused("large", 413)
    return raw


def _page(
    site: Site,
    request: Request,
    policy: Policy,
    *,
    status: int = 200,
    judged: Judgement | None = None,
    fault: str = "",
    wait: int = 0,
) -> Response:
    words = site.pages.words(request, policy)
    page = site.pages.page(
        request,
        policy,
        "verify.html",
        status=status,
        w=words,
        fault=fault,
        wait=wait,
        j=judged,
        due=next_seal(site.now()),
        what=_what(judged, words) if judged else "",
        wrong=[one.field for one in judged.fields if not one.same] if judged else [],
    )
    page.headers["cache-control"] = "no-store"
    return page


def _what(judged: Judgement, words: Words) -> str:
    """What the receipt itself says it is: number, step and place, nothing from elsewhere."""
    if judged.pasted is None:
        return ""
    body: Any = judged.pasted.body
    kind, data = body.get("type"), body.get("data")
    named = short_name(kind) if isinstance(kind, str) and kind.count(".") >= 3 else ""
    number = data.get("receipt_no") if isinstance(data, dict) else None
    parts = [words("verify.what.receipt", number=number)] if named == "receipt_issued" and number else []
    return words.joined(
        [*parts, words("verify.what", subject=judged.pasted.subject, n=judged.pasted.sequence)]
    )
