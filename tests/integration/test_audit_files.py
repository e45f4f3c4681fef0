"""The files of an application against register and log, on real servers and a real folder: each damage is
found under its own code, what is lawful is not."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from activities.documents.cabinet import Cabinet
from activities.outcomes import Pool
from deploy.audit import files
from deploy.documents import cabinet_of
from deploy.secrets import stream_keys
from deploy.settings import Settings
from events.catalogue.base import FileRef, Paper
from events.catalogue.connection_events import DocumentsReceived
from events.catalogue.connection_facts import ApplicationSubmitted
from events.envelope import Draft, Event
from tests.integration.auditing import SUBJECT, Case, Damage, running, stream
from tests.integration.projecting import Log
from tests.unit.documents.samples import pdf
from tests.unit.workflows.telling import FACTORY, Story
from workflows.intake.erase import destroy

NUMBER, OTHER = "HN-2026-720001", "HN-2026-720002"
UPSTREAM, PAGES = "/upstream/test", "/mingdian/hainan/web"
DEED, PLAN = pdf("deed"), pdf("plan")
NEVER_CAME = FileRef(sha256="ab" * 32, size=7, media_type="image/png")
KEY = """
INSERT INTO intake.stream_key (kid, subject, master, wrapped)
VALUES (%(kid)s, %(number)s, %(master)s, %(wrapped)s)
"""


def ref(content: bytes) -> FileRef:
    """A file as it is named."""
    return FileRef(
        sha256=hashlib.sha256(content).hexdigest(), size=len(content), media_type="application/pdf"
    )


OF_DEED, OF_PLAN = ref(DEED), ref(PLAN)


def told_on_pages(file: FileRef, number: str) -> Draft:
    """What the log says once a holder has handed in a file."""
    data = DocumentsReceived(
        step="application",
        documents=("A3",),
        provided_by="customer",
        papers=(Paper(document="A3", file=file),),
        missing=(),
    )
    moment, cause = datetime(2026, 6, 3, tzinfo=UTC), f"{PAGES}|{number}.{file.size}"
    return Draft(type=data.type, time=moment, data=data.as_data(), causationid=cause)


def with_papers(number: str, claimed: FileRef) -> list[Event]:
    """An application that names a file that came, one that never came, and a document without a file."""
    papers = [
        {"document": "A1", "file": claimed.model_dump()},
        {"document": "A2", "file": NEVER_CAME.model_dump()},
        {"document": "A5"},
    ]
    return stream(Story().tell(0, ApplicationSubmitted, **{**FACTORY, "papers": papers}), number)


def given_key(case: Case) -> None:
    """The key of a stream, as intake makes it with the number."""
    made = stream_keys(case.settings).make()
    case.run(KEY, kid=made.key.kid, master=made.master, wrapped=made.wrapped)


def begun(case: Case, *, claimed: FileRef = OF_DEED, on_pages: FileRef = OF_PLAN) -> None:
    """A case that is whole everywhere: two files, one from upstream and one from the pages."""
    case.run(SUBJECT)
    given_key(case)
    in_cabinet(case, lambda cabinet: cabinet.keep(case.number, ref(DEED), DEED, UPSTREAM))
    in_cabinet(case, lambda cabinet: cabinet.keep(case.number, ref(PLAN), PLAN, PAGES))
    events = with_papers(case.number, claimed)
    events += case.more(events[-1], told_on_pages(on_pages, case.number))
    case.tell_inbox(events)
    case.write(events)


def in_cabinet(case: Case, work: Callable[[Cabinet], Awaitable[object]]) -> None:
    """Do something with the platform's own cabinet."""

    async def run() -> None:
        pool: Pool = AsyncConnectionPool(case.settings.postgres_dsn, min_size=1, max_size=1, open=False)
        async with pool:
            await work(cabinet_of(case.settings, pool))

    asyncio.run(run())


def place(case: Case, content: bytes) -> Path:
    """Where a file lies."""
    return case.settings.data_dir / "documents" / case.number / ref(content).sha256


@contextmanager
def changed(path: Path, sealed: bytes | None) -> Iterator[None]:
    """Other bytes in the store, or none."""
    kept = path.read_bytes()
    path.unlink() if sealed is None else path.write_bytes(sealed)
    try:
        yield
    finally:
        path.write_bytes(kept)


@contextmanager
def unlisted(case: Case, content: bytes, *, gone: bool = False) -> Iterator[None]:
    """A register that has lost a row, and perhaps a store that has lost the file as well."""
    [row] = case.log.ask(
        "DELETE FROM documents.file WHERE subject = %s AND sha256 = %s RETURNING *",
        case.number,
        ref(content).sha256,
    )
    with changed(place(case, content), None if gone else place(case, content).read_bytes()):
        yield
    case.log.ask("INSERT INTO documents.file VALUES (%s, %s, %s, %s, %s, %s) RETURNING 1", *row)


def row_set(change: str, back: str) -> Callable[[Case], AbstractContextManager[object]]:
    """A change of the register and its undoing."""

    @contextmanager
    def done(case: Case) -> Iterator[None]:
        sha = ref(DEED).sha256
        assert case.run(f"UPDATE {change}", sha=sha) == 1
        yield
        assert case.run(f"UPDATE {back}", sha=sha) == 1

    return done


def of_deed(what: str) -> str:
    """A column of the row of the deed."""
    return f"documents.file SET {what} WHERE subject = %(number)s AND sha256 = %(sha)s"


MENDED = [
    Damage("file_missing", "a file gone from the store", lambda case: changed(place(case, DEED), None)),
    Damage(
        "file_spoilt",
        "a changed byte",
        lambda case: changed(place(case, DEED), flipped(place(case, DEED).read_bytes())),
    ),
    Damage(
        "file_spoilt",
        "a file under another's name",
        lambda case: changed(place(case, DEED), place(case, PLAN).read_bytes()),
    ),
    Damage("file_spoilt", "an empty file", lambda case: changed(place(case, DEED), b"")),
    Damage("file_differs", "another size", row_set(of_deed("size = size + 1"), of_deed("size = size - 1"))),
    Damage(
        "file_differs",
        "another kind",
        row_set(of_deed("media_type = 'text/html'"), of_deed("media_type = 'application/pdf'")),
    ),
    Damage("paper_unknown", "a row lost of a file from upstream", lambda case: unlisted(case, DEED)),
    Damage(
        "paper_unknown", "a file lost that the pages told of", lambda case: unlisted(case, PLAN, gone=True)
    ),
]


def flipped(sealed: bytes) -> bytes:
    """The same with one bit turned in the middle."""
    middle = len(sealed) // 2
    return sealed[:middle] + bytes([sealed[middle] ^ 1]) + sealed[middle + 1 :]


@contextmanager
def of_nobody(case: Case) -> Iterator[None]:
    """A row for a number that was never given out, as a database is after a restore in parts."""
    with psycopg.connect(case.settings.postgres_dsn, autocommit=True) as db:
        db.execute("SET session_replication_role = replica")
        row = (case.number, ref(DEED).sha256, len(DEED), "application/pdf", UPSTREAM)
        db.execute(
            "INSERT INTO documents.file (subject, sha256, size, media_type, source)"
            " VALUES (%s, %s, %s, %s, %s)",
            row,
        )
        yield
        db.execute("DELETE FROM documents.file WHERE subject = %s", (case.number,))


@contextmanager
def kept_after_erasing(case: Case) -> Iterator[None]:
    """The register brought back from before an erasure, without `keys reapply-erasures`."""
    case.run(SUBJECT)
    case.run("UPDATE intake.subject SET begun_at = NULL, erased_at = now() WHERE number = %(number)s")
    insert = (
        "INSERT INTO documents.file (subject, sha256, size, media_type, source)"
        " VALUES (%(number)s, %(sha)s, 1, 'image/png', 'x')"
    )
    case.run(insert, sha=ref(DEED).sha256)
    yield
    case.run("DELETE FROM documents.file WHERE subject = %(number)s")
    case.run("DELETE FROM intake.subject WHERE number = %(number)s")


OF_NOTHING = [
    Damage("file_of_no_case", "a file of a number that nobody has", of_nobody),
    Damage("file_of_no_case", "a file of an erased application", kept_after_erasing),
]


@contextmanager
def misnamed(case: Case) -> Iterator[None]:
    """Our own pages told of another size than they had kept."""
    begun(case, on_pages=ref(PLAN).model_copy(update={"size": len(PLAN) + 1}))
    with running(case):
        yield


FOR_GOOD = [Damage("paper_differs", "another size told on our pages", misnamed)]
DAMAGES = [*MENDED, *OF_NOTHING, *FOR_GOOD]


@pytest.fixture(scope="module")
def case(settings: Settings) -> Iterator[Case]:
    log = Log(settings)
    one = Case(settings, log, NUMBER)
    begun(one)
    with running(one):
        yield one
    log.close()


def test_files_that_came_and_one_that_never_came_are_no_findings(case: Case) -> None:
    assert case.audit() == {}


@pytest.mark.parametrize("damage", MENDED, ids=lambda one: one.name)
def test_a_damage_is_found_under_its_own_code_and_mended_is_not(case: Case, damage: Damage) -> None:
    with damage.done(case):
        assert case.audit() == {damage.code: 1}
    assert case.audit() == {}


def test_the_register_is_read_to_its_end_in_pages(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_PAGE", 1)
    with changed(place(case, DEED), None), changed(place(case, PLAN), None):
        assert case.audit() == {"file_missing": 2}
    assert case.audit() == {}


@pytest.mark.parametrize("damage", OF_NOTHING, ids=lambda one: one.name)
def test_a_row_of_no_case_is_found(case: Case, damage: Damage) -> None:
    other = case.of(OTHER)
    with damage.done(other):
        assert other.audit() == {damage.code: 1}


@pytest.mark.parametrize("number", range(len(FOR_GOOD)), ids=[one.name for one in FOR_GOOD])
def test_a_damage_that_stays_is_found_under_its_own_code(case: Case, number: int) -> None:
    spoilt = case.of(f"HN-2026-72001{number}")
    with FOR_GOOD[number].done(spoilt):
        assert spoilt.audit() == {FOR_GOOD[number].code: 1}


def test_a_wrong_size_that_upstream_claims_is_its_own_word(case: Case) -> None:
    other = case.of("HN-2026-720020")
    begun(other, claimed=ref(DEED).model_copy(update={"size": 1}))
    with running(other):
        assert other.audit() == {}


def test_a_file_that_comes_before_its_application_is_no_finding(case: Case) -> None:
    early = case.of("HN-2026-720021")
    early.run(SUBJECT)
    given_key(early)
    early.run("UPDATE intake.subject SET begun_at = NULL WHERE number = %(number)s")
    in_cabinet(early, lambda cabinet: cabinet.keep(early.number, ref(DEED), DEED, UPSTREAM))
    assert early.audit() == {}


def test_what_is_erased_leaves_no_finding_though_the_log_still_names_it(case: Case) -> None:
    erased = case.of("HN-2026-720022")
    begun(erased)

    async def erase() -> None:
        async with await psycopg.AsyncConnection.connect(case.settings.postgres_dsn) as conn:
            await destroy(conn, erased.number, (), datetime.now(UTC))

    with running(erased):
        asyncio.run(erase())
        assert erased.audit() == {}
        in_cabinet(erased, lambda cabinet: asyncio.to_thread(cabinet.store.remove_all, erased.number))
        assert erased.audit() == {}
