"""A file from the door or the page, through the store, to the case, to whoever may have it; and its end."""

import asyncio
import contextlib
import hashlib
import io
import json
import os
import re
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import pytest

from deploy.cli import app as command_line
from deploy.processes import projector, web
from deploy.secrets import load_secrets
from deploy.settings import Settings
from events.sealing import receipt_code
from tests.integration import leaks
from tests.integration.upstreams import SHOP, SOURCE, Upstream, at_work, upstream_of
from tests.unit.documents.samples import EXE, JPEG, archive, pdf

LIMIT = 64 * 1024
FILES = 4


@dataclass
class Office:
    """The platform at work, with an upstream, and what one does from outside."""

    settings: Settings
    http: httpx.AsyncClient
    upstream: Upstream

    def bearer(self, who: str) -> dict[str, str]:
        """The header of an upstream or of staff."""
        known = load_secrets(self.settings)
        token = known.staff.get(who) or known.tokens[who]
        return {"authorization": f"Bearer {token.get_secret_value()}"}

    async def put(self, subject: str, content: Any, profile: str = "hainan") -> httpx.Response:
        """Hand in a file at the door."""
        query = {"subject": subject, "profile": profile}
        return await self.http.post(
            "/documents", params=query, content=content, headers=self.bearer(SOURCE), timeout=30
        )

    async def holder(self, number: str) -> httpx.AsyncClient:
        """A browser that holds the pass of an application."""
        one = httpx.AsyncClient(base_url=self.settings.web_url, timeout=30)
        code = receipt_code(load_secrets(self.settings).receipt_secret, number)
        told = await one.post("/hainan/progress", data={"number": number, "code": code})
        assert told.status_code == 303
        return one

    def folder(self, number: str) -> Path:
        """Where the files of an application lie."""
        return self.settings.data_dir / "documents" / number

    async def command(self, *arguments: str, status: int = 0) -> str:
        """Run a command of ours; returns what it printed."""
        return await asyncio.to_thread(self._run, arguments, status)

    def _run(self, arguments: tuple[str, ...], status: int) -> str:
        printed = io.StringIO()
        here = {"MINGDIAN_DATA_DIR": str(self.settings.data_dir), "COLUMNS": "200"}
        with (
            patch.dict(os.environ, here),
            patch.object(sys, "stdin", io.StringIO()),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            try:
                ended = command_line.run(arguments)
            except SystemExit as end:
                ended = int(end.code or 0)
        assert ended == status, printed.getvalue()
        return printed.getvalue()


@pytest.fixture
async def office(settings: Settings) -> AsyncIterator[Office]:
    small = settings.model_copy(update={"document_bytes": LIMIT, "documents_per_case": FILES})
    async with (
        upstream_of(small, secrets.token_hex(4)) as upstream,
        at_work(small, others=(web.run, projector.run)),
        httpx.AsyncClient(base_url=small.web_url, timeout=30) as http,
    ):
        yield Office(small, http, upstream)


async def until(look: Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
    """What `look` finds, once it finds something."""
    async with asyncio.timeout(seconds):
        while not (found := await look()):
            await asyncio.sleep(0.1)
        return found


async def test_a_file_goes_from_upstream_and_holder_to_the_case_and_out_again_and_is_erased(
    office: Office, tmp_path: Path
) -> None:
    upstream = office.upstream
    subject = f"{upstream.run}-shop"
    mark = f"某zq{secrets.token_hex(8)}人"
    deed, plan = pdf(f"{mark} deed"), pdf(f"{mark} plan")

    # The file comes before the application, and with it the number; once more changes nothing.
    first, again = await office.put(subject, deed), await office.put(subject, deed)
    assert (first.status_code, again.status_code) == (201, 201)
    file = first.json()
    sha = hashlib.sha256(deed).hexdigest()
    assert file == again.json() == {"sha256": sha, "size": len(deed), "media_type": "application/pdf"}
    number = first.headers["location"].split("/")[2]
    # A named file that never came is no reason to refuse a fact.
    absent = {"sha256": "ab" * 32, "size": 7, "media_type": "image/png"}
    papers = [{"document": "LN2", "file": file}, {"document": "LN3", "file": absent}]
    data = {**SHOP, "documents": ["LN1"], "papers": papers}
    told = upstream.event(("open", "application_submitted", "shop", data))
    await upstream.send_events({**told, "type": "mingdian.fact.connection.application_submitted.v2"})
    [line] = await upstream.outcomes("open")
    assert (line.outcome, line.number) == ("applied", number)

    holder = await office.holder(number)
    other, document = await the_holder_hands_in(office, holder, number, deed, plan)
    await staff_get_it(office, number, plan, document, tmp_path)
    await nothing_at_rest_is_clear_or_opens_elsewhere(office, number, mark, {sha, other})
    await erased_it_is_gone(office, holder, number, subject, sha)
    await holder.aclose()


async def the_holder_hands_in(
    office: Office, holder: httpx.AsyncClient, number: str, deed: bytes, plan: bytes
) -> tuple[str, str]:
    """The holder sees what came, saves it, and hands in a missing document; returns its hash and document."""
    sha, other = (hashlib.sha256(content).hexdigest() for content in (deed, plan))
    page = f"/hainan/progress/{number}/documents"

    async def shown() -> str:
        text = (await holder.get(page)).text
        return text if f"{page}/{sha}" in text and 'name="document"' in text else ""

    text = await until(shown)
    assert "文件还没有到" in text
    saved = await holder.get(f"{page}/{sha}")
    assert saved.content == deed
    assert (await office.http.get(f"{page}/{sha}")).status_code == 404
    missing = re.findall(r'name="document" value="(\w+)"', text)
    token = re.findall(r'name="token" value="([^"]+)"', text)[0]
    form = {"token": token, "document": missing[0]}
    pressed = (holder.post(page, data=form, files={"file": ("张三.pdf", plan)}) for _ in range(2))
    for sent in await asyncio.gather(*pressed):
        assert sent.status_code == 303

    async def taken() -> bool:
        return f"{page}/{other}" in (await holder.get(page)).text

    await until(taken)
    assert (await holder.get(f"{page}/{other}")).content == plan
    rows = await office.upstream.rows(
        "SELECT type, outcome, reused FROM intake.inbox WHERE subject = %s AND source = %s",
        number,
        "/mingdian/hainan/web",
    )
    assert rows == [("mingdian.fact.connection.documents_supplied.v2", "applied", 0)]
    return other, missing[0]


async def staff_get_it(office: Office, number: str, plan: bytes, document: str, folder: Path) -> None:
    """By token and by command, each noted."""
    other = hashlib.sha256(plan).hexdigest()
    address = f"/documents/{number}/{other}"
    for given, status in (({}, 401), (office.bearer(SOURCE), 401), (office.bearer("desk"), 200)):
        answer = await office.http.get(address, headers=given)
        assert answer.status_code == status
    assert answer.content == plan
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert (answer.headers["x-content-type-options"], answer.headers["cache-control"]) == (
        "nosniff",
        "no-store",
    )
    gone = await office.http.get(f"/documents/{number}/{'cd' * 32}", headers=office.bearer("desk"))
    assert gone.status_code == 404
    told = await office.command("documents", "list", number, "--json")
    listed = [json.loads(line) for line in told.splitlines()]
    assert {(one["document"], one["state"]) for one in listed} == {
        ("LN2", "stored"),
        ("LN3", "missing"),
        (document, "stored"),
    }
    out = folder / "plan.pdf"
    await office.command("documents", "get", number, other, "--out", str(out))
    assert (out.read_bytes(), out.stat().st_mode & 0o777) == (plan, 0o600)
    again = ("documents", "get", number, other, "--out", str(out))
    assert "Name another" in await office.command(*again, status=2)
    none = ("documents", "get", number, "ef" * 32, "--out", f"{out}.none")
    assert "no such file" in await office.command(*none, status=2)
    assert not Path(f"{out}.none").exists()
    noted = await office.upstream.rows("SELECT staff FROM documents.access WHERE subject = %s", number)
    assert [staff.split(":")[0] for (staff,) in noted] == ["desk", "command"]


async def nothing_at_rest_is_clear_or_opens_elsewhere(
    office: Office, number: str, mark: str, files: set[str]
) -> None:
    """At rest a file is sealed, under the key of its case alone."""
    store = office.settings.data_dir / "documents"
    assert leaks.in_files(store, [mark]) == {}
    assert {path.name for path in office.folder(number).iterdir()} == files
    elsewhere = await office.put(f"{office.upstream.run}-other", JPEG)
    sha, second = sorted(files)
    own = (office.folder(number) / sha).read_bytes()
    (office.folder(number) / sha).write_bytes((office.folder(number) / second).read_bytes())
    swapped = await office.http.get(f"/documents/{number}/{sha}", headers=office.bearer("desk"))
    (office.folder(number) / sha).write_bytes(own)
    assert swapped.status_code == 404
    stranger = elsewhere.headers["location"].split("/")[2]
    (office.folder(stranger) / sha).write_bytes(own)
    await office.upstream.rows(
        "INSERT INTO documents.file SELECT %s, sha256, size, media_type, source FROM documents.file"
        " WHERE subject = %s AND sha256 = %s RETURNING 1",
        stranger,
        number,
        sha,
    )
    moved = await office.http.get(f"/documents/{stranger}/{sha}", headers=office.bearer("desk"))
    assert moved.status_code == 404


async def erased_it_is_gone(
    office: Office, holder: httpx.AsyncClient, number: str, subject: str, sha: str
) -> None:
    """The files are gone, and so is what a backup brings back."""
    page = f"/hainan/progress/{number}/documents"
    backup = (office.folder(number) / sha).read_bytes()
    await office.command("erase", number, "--yes")
    assert not office.folder(number).exists()
    assert (await holder.get(f"{page}/{sha}")).status_code == 404
    assert "已删除" in (await holder.get(page)).text
    refused = await office.put(subject, pdf("another"))
    assert (refused.status_code, refused.json()["code"]) == (409, "subject_erased")
    office.folder(number).mkdir()
    (office.folder(number) / sha).write_bytes(backup)
    await until(lambda: erasures_sent(office))
    await office.command("keys", "reapply-erasures")
    assert not office.folder(number).exists()


async def erasures_sent(office: Office) -> bool:
    """Whether no erasure is left in the outbox."""
    rows = await office.upstream.rows(
        "SELECT 1 FROM intake.outbox WHERE sent_at IS NULL AND topic = 'mingdian.events.erasure'"
    )
    return not rows


async def test_the_door_refuses_in_its_own_way_what_it_can_not_take(office: Office) -> None:
    subject = f"{office.upstream.run}-refused"

    async def streamed() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"%PDF-" + b"x" * (LIMIT // 4)

    numbers = "SELECT count(*) FROM intake.subject"
    before = await office.upstream.rows(numbers)
    for content, status, code in (
        (b"", 400, "empty_file"),
        (EXE, 415, "unknown_kind"),
        (pdf() + archive("evil.class"), 415, "two_kinds"),
        (pdf() + b" " * LIMIT, 413, "too_large"),
        (streamed(), 413, "too_large"),
    ):
        answer = await office.put(subject, content)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
    for named, profile, status, code in (
        ("", "hainan", 400, "no_subject"),
        ("a\nb", "hainan", 400, "bad_attribute"),
        ("x" * 201, "hainan", 400, "bad_attribute"),
        ("HN-2020-999999", "hainan", 404, "unknown_number"),
        (subject, "atlantis", 404, "unknown_profile"),
    ):
        answer = await office.put(named, pdf(), profile)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    stranger = await office.http.post(
        "/documents", params={"subject": subject, "profile": "hainan"}, content=pdf()
    )
    assert stranger.status_code == 401
    assert await office.upstream.rows(numbers) == before  # what is refused brings no number


async def test_one_application_holds_so_many_files_even_when_they_come_at_once(office: Office) -> None:
    subject = f"{office.upstream.run}-many"
    answers = await asyncio.gather(*(office.put(subject, pdf(f"page {place}")) for place in range(FILES + 3)))
    assert sorted(answer.status_code for answer in answers) == [201] * FILES + [409] * 3
    [number] = {answer.headers["location"].split("/")[2] for answer in answers if answer.status_code == 201}
    assert len(list(office.folder(number).iterdir())) == FILES
    known = next(answer for answer in answers if answer.status_code == 201)
    place = answers.index(known)
    assert (await office.put(number, pdf(f"page {place}"))).status_code == 201  # one that is there is no more
    assert (await office.put(number, pdf("one more"))).json()["code"] == "too_many_files"
