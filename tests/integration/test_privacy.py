"""Nobody's data lies open anywhere, and what is erased opens nowhere: proven on a stack of its own, with all
processes, traces and the log of a talkative day."""

import contextlib
import io
import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import httpx
import psycopg
import pytest

from deploy.cli import app as command_line
from deploy.secrets import add_master, load_secrets
from deploy.settings import Settings
from deploy.stack.running import Stack, running_stack
from events.consumer import Consumer
from events.envelope import GENESIS, Event, recompute_hash
from events.producer import Outgoing, Producer
from events.sealing import receipt_code
from events.topics import ERASURE, INBOUND, upstream_topic
from tests.integration import leaks
from tests.integration.conftest import servers_in
from tests.integration.marked import FACTORY, SOURCE, Marks, fact, wire

UPSTREAM = "grid"
GRID = "/upstream/grid"


@dataclass
class Platform:
    """The running stack, and what one does with it from outside."""

    stack: Stack
    http: httpx.Client
    producer: Producer

    @property
    def settings(self) -> Settings:
        """What it runs on."""
        return self.stack.settings

    def post(self, body: bytes, kind: str = "application/cloudevents+json", **more: str) -> httpx.Response:
        """Hand in at the door."""
        token = self.stack.secrets.token(SOURCE)
        headers = {"authorization": f"Bearer {token}", "content-type": kind, **more}
        return self.http.post("/events", content=body, headers=headers)

    def send(self, *facts: dict[str, Any]) -> None:
        """Hand in facts, each taken."""
        for one in facts:
            assert self.post(wire(one)).status_code == 202

    def outcome(self, name: str) -> dict[str, Any]:
        """The fact's final outcome."""
        token = self.stack.secrets.token(SOURCE)
        query = {"source": SOURCE, "id": name}

        def look() -> Any:
            told = self.http.get("/events", params=query, headers={"authorization": f"Bearer {token}"})
            return told.json() if told.status_code == 200 and told.json()["outcome"] else None

        found: dict[str, Any] = until(look)
        return found

    def rows(self, query: str, *values: Any) -> list[Any]:
        """What a query answers."""
        with psycopg.connect(self.settings.postgres_dsn, autocommit=True) as conn:
            cursor = conn.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def application(self, number: str) -> dict[str, Any]:
        """What the interface tells whoever holds the receipt code, once it is on the pages."""
        code = receipt_code(self.stack.secrets.receipt_secret, number)

        def look() -> Any:
            address = f"/api/hainan/applications/{number}"
            answer = self.http.get(address, headers={"x-receipt-code": code})
            return answer.json() if answer.status_code == 200 else None

        found: dict[str, Any] = until(look)
        return found

    def page(self, number: str) -> str:
        """The application's page."""
        code = receipt_code(self.stack.secrets.receipt_secret, number)
        address = str(self.http.base_url)
        with httpx.Client(base_url=address, follow_redirects=True, headers={"origin": address}) as one:
            page = one.post("/hainan/progress", data={"number": number, "code": code})
            assert page.status_code == 200
            return page.text

    def command(self, *arguments: str, said: str = "", status: int = 0) -> str:
        """Run a command of ours on this stack, in this very process; returns what it printed."""
        printed = io.StringIO()
        here = {"MINGDIAN_DATA_DIR": str(self.settings.data_dir), "COLUMNS": "200"}
        with (
            patch.dict(os.environ, here),
            patch.object(sys, "stdin", io.StringIO(said)),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            try:
                ended = command_line.run(arguments)
            except SystemExit as end:
                ended = int(end.code or 0)
        assert ended == status, printed.getvalue()
        return printed.getvalue()


def until(look: Callable[[], Any], seconds: float = 60) -> Any:
    """What `look` finds, once it finds something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "in vain"
        time.sleep(0.2)
    return found


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("privacy")
    settings = servers_in(folder).model_copy(
        update={
            "platform": True,
            "traces": folder / "traces.jsonl",
            "log_level": "DEBUG",
            "inbound_roll": timedelta(seconds=5),
            "inbound_topics": {UPSTREAM: GRID},
        }
    )
    with running_stack(settings) as stack, httpx.Client(base_url=settings.web_url, timeout=30) as http:
        producer = Producer(settings.kafka_bootstrap, "upstream")
        yield Platform(stack, http, producer)
        producer.close()


def good_facts(marks: Marks, run: str) -> list[dict[str, Any]]:
    """Two cases in which every personal field of every fact is taken."""
    place = "a good fact"
    objects, fails = f"{run}-objects", f"{run}-fails"
    plan = {"plan_no": "P1", "supporting_works": False}
    papers = {"documents": ["D1", "D2", "C1", "C2", "C3", "C6", "C11", "C12"]}
    return [
        fact(f"{run}-1", "application_submitted", objects, marks.data("application_submitted", place)),
        fact(f"{run}-2", "plan_replied", objects, plan, 1),
        fact(f"{run}-3", "plan_objected", objects, marks.data("plan_objected", place), 2),
        fact(f"{run}-4", "withdrawn", objects, marks.data("withdrawn", place), 3),
        fact(f"{run}-5", "application_submitted", fails, marks.data("application_submitted", place)),
        fact(f"{run}-6", "plan_replied", fails, plan, 1),
        fact(f"{run}-7", "plan_confirmed", fails, {"plan_no": "P1"}, 2),
        fact(f"{run}-8", "inspection_requested", fails, papers, 3),
        fact(f"{run}-9", "inspection_failed", fails, marks.data("inspection_failed", place), 4),
    ]


def refused_facts(marks: Marks, run: str) -> list[dict[str, Any]]:
    """Facts that the door takes and intake refuses, each in another way."""

    def data(place: str) -> dict[str, Any]:
        return marks.data("application_submitted", place)

    torn = data("a NUL among the signs")
    torn["applicant_name"] += "\0"
    alone = data("half a pair of signs")
    alone["site_address"] += "\ud800"
    boxed = {**FACTORY, "applicant_name": {"kid": marks.text("in a box"), "nonce": "", "ct": ""}}
    listed = {**FACTORY, "applicant_phone": [marks.number("in a list")]}
    strange = {**FACTORY, "remark": marks.text("in a field that is none")}
    late = fact(f"{run}-r5", "application_submitted", f"{run}-r5", data("a time without a zone"))
    late["time"] = "2026-06-01T10:00:00"
    return [
        fact(f"{run}-r1", "application_submitted", f"{run}-r1", {**data("a wrong region"), "region": "0"}),
        fact(f"{run}-r2", "application_submitted", f"{run}-r2", boxed),
        fact(f"{run}-r3", "application_submitted", f"{run}-r3", listed),
        fact(f"{run}-r4", "application_submitted", f"{run}-r4", strange),
        late,
        fact(f"{run}-r6", "never_heard_of", f"{run}-r6", data("an unknown type")),
        fact(f"{run}-r7", "application_submitted", f"{run}-r7", marks.text("a text for data")),
        fact(f"{run}-r8", "withdrawn", f"{run}-none", marks.data("withdrawn", "a case that never begins")),
        fact(f"{run}-r9", "application_submitted", f"{run}-r9", torn),
        fact(f"{run}-r10", "application_submitted", f"{run}-r10", alone),
    ]


def at_the_door(platform: Platform, marks: Marks, run: str) -> None:
    """What the door itself answers: too large, unreadable, dry, in other modes, with a wrong token."""
    large = marks.data("application_submitted", "too large for the door")
    large["project_name"] += "长" * 100_000
    whole = wire(fact(f"{run}-d1", "application_submitted", f"{run}-d1", large))
    assert platform.post(whole).status_code == 413
    cut = wire(fact("d2", "withdrawn", "d2", {"reason": marks.text("cut off in the middle")}))[:-3]
    assert platform.post(cut).status_code == 400
    assert platform.post(b"\xff\xfe" + marks.text("no UTF-8").encode("utf-16")).status_code == 400
    dry = wire(fact("d3", "application_submitted", "d3", {**marks.data("application_submitted", "dry")}))
    token = platform.stack.secrets.token(SOURCE)
    told = platform.http.post(
        "/events?dry_run=true", content=dry, headers={"authorization": f"Bearer {token}"}
    )
    assert told.status_code in {200, 400}
    binary = {
        "ce-specversion": "1.0",
        "ce-id": f"{run}-d4",
        "ce-source": SOURCE,
        "ce-type": "mingdian.fact.connection.application_submitted.v1",
        "ce-subject": f"{run}-d4",
        "ce-time": "2026-06-01T10:00:00+08:00",
        "ce-profile": "hainan",
    }
    body = json.dumps(marks.data("application_submitted", "binary mode")).encode()
    assert platform.post(body, "application/json", **binary).status_code == 202
    several = [
        fact(f"{run}-d{number}", "application_submitted", f"{run}-d{number}", marks.data(*batched))
        for number, batched in (
            (5, ("application_submitted", "a batch")),
            (6, ("application_submitted", "b")),
        )
    ]
    answer = platform.post(json.dumps(several).encode(), "application/cloudevents-batch+json")
    assert answer.status_code == 202
    stranger = wire(fact("d7", "withdrawn", "d7", {"reason": marks.text("a wrong token")}))
    assert platform.http.post("/events", content=stranger).status_code == 401


def on_the_topics(platform: Platform, marks: Marks, run: str) -> None:
    """Records that no door has seen: undecodable, too large, of a source that is not the topic's."""
    large = marks.data("application_submitted", "too large on the topic")
    large["project_name"] += "长" * 100_000
    broken = f'{{"data": {{"applicant_name": "{marks.text("undecodable")}"'.encode()
    foreign = fact(f"{run}-k3", "withdrawn", "k3", marks.data("withdrawn", "a foreign source"))
    upstreams = upstream_topic(UPSTREAM).name
    platform.producer.publish_all(
        [
            Outgoing(INBOUND, "k1", wire(fact(f"{run}-k1", "application_submitted", f"{run}-k1", large))),
            Outgoing(INBOUND, "k2", broken),
            Outgoing(INBOUND, "k2", broken[1:], [("content-type", b"application/json")]),
            Outgoing(upstreams, "k3", wire(foreign)),
        ]
    )


def on_the_pages(platform: Platform, marks: Marks) -> None:
    """What a visitor may type into the form, and a program into an address."""
    said = marks.text("typed into the form")[:40]
    assert platform.http.post("/hainan/progress", data={"number": said, "code": said}).status_code in {
        403,
        404,
    }
    assert platform.http.get(f"/hainan/progress/{said}").status_code == 303
    assert platform.http.get(f"/api/hainan/applications/{said}").status_code == 404
    assert platform.http.get(f"/no/such/{said}", params={"q": said}).status_code == 404


def settled(platform: Platform) -> bool:
    """Whether intake has read all there is and every fact has its final outcome."""
    [(behind, unfinished, untold)] = platform.rows(
        """
        SELECT (SELECT sum(end_offset - next_offset) FROM intake.position),
               (SELECT count(*) FROM intake.inbox WHERE state <> 'final'),
               (SELECT count(*) FROM intake.outcome_queue)
        """
    )
    return not (behind or unfinished or untold)


def test_no_personal_text_lies_open_anywhere(platform: Platform) -> None:
    marks, run = Marks(), secrets.token_hex(4)
    good, refused = good_facts(marks, run), refused_facts(marks, run)
    other = fact(
        f"{run}-1", "application_submitted", f"{run}-objects", marks.data("withdrawn", "an id reused")
    )
    platform.send(*good)
    platform.send(good[0], good[3], other)
    for one in refused:
        platform.post(json.dumps(one).encode())
    at_the_door(platform, marks, run)
    on_the_topics(platform, marks, run)
    on_the_pages(platform, marks)
    folder = platform.settings.data_dir
    opened = {mark for found in leaks.in_files(folder / "kafka", marks.places).values() for mark in found}
    assert len(opened) > 20  # the search finds what is there: not handled yet, or handled a moment ago
    outcomes = [platform.outcome(one["id"]) for one in good]
    assert [one["outcome"] for one in outcomes] == ["applied"] * len(good)
    for one in outcomes[0], outcomes[4]:
        assert platform.application(one["number"])["project"]
    until(lambda: settled(platform))

    def closed() -> bool:
        return not leaks.in_files(folder / "kafka", marks.places)

    with contextlib.suppress(AssertionError):  # what does not go is told below, with its place
        until(closed, 60)
    platform.rows("CHECKPOINT")
    assert len(marks.places) > 60
    assert leaks.in_files(folder, marks.places) == {}
    assert leaks.in_database(platform.settings.postgres_dsn, marks.places) == {}
    assert leaks.in_sqlite(folder / "temporal" / "temporal.db", marks.places) == {}
    # The same search finds what is no secret, in each of these places.
    spoken = [outcomes[0]["number"]]
    where = leaks.in_files(folder, spoken)
    assert any(name.startswith("postgres/pg_wal/") for name in where)
    assert any(name.startswith("kafka/data/mingdian.events.connection-") for name in where)
    assert "traces.jsonl" in where
    assert "intake.inbox" in leaks.in_database(platform.settings.postgres_dsn, spoken)
    assert leaks.in_sqlite(folder / "temporal" / "temporal.db", spoken)


def an_application(platform: Platform, marks: Marks, name: str, **given: Any) -> str:
    """A household's application that is on the pages; returns its number."""
    data = {**marks.data("application_submitted", name), **given}
    platform.send(fact(name, "application_submitted", name, data))
    outcome = platform.outcome(name)
    assert outcome["outcome"] == "applied", outcome
    number = str(outcome["number"])
    platform.application(number)
    return number


def erasures(settings: Settings) -> list[Event]:
    """The stream of erasures, each proven and in its place."""
    consumer = Consumer(settings.kafka_bootstrap)
    place = (ERASURE, 0)
    consumer.assign({place: 0})
    end = consumer.ends([place])[place]
    found: list[Event] = []
    while consumer.position(place) < end:
        found += [Event.model_validate_json(record.value) for record in consumer.poll(1.0)]
    consumer.close()
    head = GENESIS
    for number, event in enumerate(found, start=1):
        assert (event.number, event.prevhash) == (number, head)
        assert recompute_hash(event.as_json()) == event.hash
        head = event.hash
    return found


def erased_numbers(settings: Settings) -> list[str]:
    """The applications that the log says were erased."""
    return [event.data["number"] for event in erasures(settings) if "number" in event.data]


def test_an_erased_application_says_so_and_opens_nowhere(platform: Platform) -> None:
    marks, run = Marks(), secrets.token_hex(4)
    number = an_application(platform, marks, f"{run}-a")
    project = platform.application(number)["project"]
    assert project in platform.page(number)
    platform.send(fact(f"{run}-w", "withdrawn", f"{run}-a", marks.data("withdrawn", "note"), 1))
    assert platform.outcome(f"{run}-w")["outcome"] == "applied"
    bad = {**marks.data("plan_objected", "a letter"), "plan_no": "?"}
    platform.send(fact(f"{run}-o", "plan_objected", f"{run}-a", bad, 2))
    assert platform.outcome(f"{run}-o")["outcome"] == "refused"
    until(lambda: [one for one in platform.application(number)["timeline"] if one["note"]])
    assert platform.command("erase", number, status=2).count("nobody is there to confirm") == 1
    assert number in platform.command("erase", number, "--dry-run")
    assert platform.application(number)["project"] == project

    assert "Erased: 1 application." in platform.command("erase", number, "--yes")
    shown = platform.application(number)
    assert (shown["erased"], shown["project"], shown["applicant"]) == (True, None, None)
    assert [one["note"] for one in shown["timeline"] if one["erased"]] == [None]
    page = platform.page(number)
    assert "已删除" in page
    assert not any(mark in page for mark in marks.places)
    [(wrapped, index, raw)] = platform.rows(
        """
        SELECT (SELECT wrapped FROM intake.stream_key WHERE subject = s.number),
               (SELECT count(*) FROM intake.blind_index WHERE subject = s.number),
               (SELECT count(*) FROM intake.dead_letter WHERE subject = s.number AND raw IS NOT NULL)
        FROM intake.subject s WHERE number = %s
        """,
        number,
    )
    assert (wrapped, index, raw) == (None, 0, 0)
    until(lambda: number in erased_numbers(platform.settings))

    # Again changes nothing; a later fact is refused, and nothing of it is kept.
    assert "Erased: 0 applications." in platform.command("erase", number, "--yes")
    platform.send(fact(f"{run}-p", "plan_objected", number, marks.data("plan_objected", "after"), 3))
    assert platform.outcome(f"{run}-p")["code"] == "subject_erased"
    [(raw,)] = platform.rows("SELECT raw FROM intake.dead_letter WHERE id = %s", f"{run}-p")
    assert raw is None
    assert erased_numbers(platform.settings).count(number) == 1


def test_a_person_is_found_however_the_number_is_written(platform: Platform) -> None:
    marks, run = Marks(), secrets.token_hex(4)
    mobile = f"139{secrets.randbelow(10**8):08}"
    first = an_application(platform, marks, f"{run}-a", applicant_phone=f"+86 {mobile[:3]}-{mobile[3:]}")
    second = an_application(platform, marks, f"{run}-b", applicant_phone=f"0898-66123456 / {mobile}")
    other = an_application(platform, marks, f"{run}-c", applicant_phone=f"139{secrets.randbelow(10**8):08}")
    unread = f'{{"data": {{"applicant_phone": "{mobile[:3]} {mobile[3:7]} {mobile[7:]}"'.encode()
    assert platform.post(unread).status_code == 400
    told = platform.command("erase", "--person", "--yes", "--json", said=f"{mobile}\n")
    answer = json.loads(told[told.index("{") : told.rindex("}") + 1])
    assert answer["applications"] == sorted([first, second])
    assert (len(answer["letters"]), answer["erased"]) == (1, 2)
    assert mobile not in told
    assert [platform.application(one)["erased"] for one in (first, second, other)] == [True, True, False]
    letters = platform.rows("SELECT raw FROM intake.dead_letter WHERE letter = ANY(%s)", answer["letters"])
    assert letters == [(None,)]
    assert "Nothing is kept" in platform.command("erase", "--person", "--yes", said=f"{mobile}\n")
    assert platform.command("erase", status=2).startswith("mingdian: Give application numbers")
    assert "No such application" in platform.command("erase", "HN-1999-000001", status=2)


def test_an_application_that_shows_no_name_says_that_it_is_erased(platform: Platform) -> None:
    run = secrets.token_hex(4)
    platform.send(
        fact(f"{run}-a", "application_submitted", f"{run}-a", {**FACTORY, "site_address": "海府路1号"})
    )
    number = platform.outcome(f"{run}-a")["number"]
    assert platform.application(number)["erased"] is False
    platform.command("erase", number, "--yes")
    assert platform.application(number)["erased"] is True


def test_the_master_key_is_rotated_while_the_platform_runs(platform: Platform) -> None:
    marks, run = Marks(), secrets.token_hex(4)
    before = an_application(platform, marks, f"{run}-a")
    project = platform.application(before)["project"]
    old = load_secrets(platform.settings)
    told = platform.command("keys", "rotate")
    new = load_secrets(platform.settings)
    assert f"Forgotten: {old.current}." in told
    assert set(new.masters) == {new.current} != {old.current}
    assert new.model_copy(update={"masters": old.masters, "current": old.current}) == old
    assert platform.rows("SELECT DISTINCT master FROM intake.stream_key WHERE wrapped IS NOT NULL") == [
        (new.current,)
    ]
    assert platform.application(before)["project"] == project
    after = an_application(platform, marks, f"{run}-b")
    assert platform.application(after)["project"]
    # Whoever still holds the old key is refused, and comes again with the new one.
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        platform.rows("UPDATE intake.stream_key SET master = %s WHERE subject = %s", old.current, after)
    listed = platform.command("keys", "list")
    assert new.current in listed
    assert old.current not in listed


def test_a_rotation_goes_on_where_it_was_broken_off_and_never_leaves_a_key_behind(platform: Platform) -> None:
    number = an_application(platform, Marks(), secrets.token_hex(4))
    old, begun = load_secrets(platform.settings).current, add_master(platform.settings)
    kid, wrapped = platform.rows("SELECT kid, wrapped FROM intake.stream_key WHERE subject = %s", number)[0]
    platform.rows("UPDATE intake.stream_key SET master = 'gone', wrapped = '' WHERE kid = %s", kid)
    assert "lacks" in platform.command("keys", "rotate", status=2)
    assert "not in the secrets file" in platform.command("keys", "list")
    assert set(load_secrets(platform.settings).masters) == {old, begun}
    platform.rows("UPDATE intake.stream_key SET master = %s, wrapped = %s WHERE kid = %s", old, wrapped, kid)
    platform.command("keys", "rotate")
    assert set(load_secrets(platform.settings).masters) == {begun}
    assert platform.application(number)["project"]


def test_a_restored_database_is_brought_to_forget_again(platform: Platform) -> None:
    marks, run = Marks(), secrets.token_hex(4)
    number = an_application(platform, marks, f"{run}-a")
    backup = platform.rows("SELECT kid, wrapped FROM intake.stream_key WHERE subject = %s", number)[0]
    index = platform.rows("SELECT digest, subject, field FROM intake.blind_index WHERE subject = %s", number)
    head = platform.rows(
        "SELECT subject, topic, sequence, hash FROM intake.stream_head WHERE topic = %s", ERASURE
    )
    platform.command("erase", number, "--yes")
    until(lambda: number in erased_numbers(platform.settings))
    end = platform.rows("SELECT sequence, hash FROM intake.stream_head WHERE topic = %s", ERASURE)

    # What a restored backup holds: the key, the index, no mark, and a stream that ends earlier.
    platform.rows(
        "UPDATE intake.stream_key SET wrapped = %s, destroyed_at = NULL WHERE kid = %s", *backup[::-1]
    )
    platform.rows("UPDATE intake.subject SET erased_at = NULL WHERE number = %s", number)
    for row in index:
        platform.rows("INSERT INTO intake.blind_index (digest, subject, field) VALUES (%s, %s, %s)", *row)
    platform.rows("DELETE FROM intake.outbox WHERE topic = %s", ERASURE)
    platform.rows("DELETE FROM intake.stream_head WHERE topic = %s", ERASURE)
    for row in head:
        platform.rows(
            "INSERT INTO intake.stream_head (subject, topic, sequence, hash) VALUES (%s, %s, %s, %s)", *row
        )
    assert platform.application(number)["erased"] is False

    done = platform.command("keys", "reapply-erasures", "--json")
    assert json.loads(done[done.index("{") : done.rindex("}") + 1])["erased"] == 1
    assert platform.application(number)["erased"] is True
    assert platform.rows("SELECT 1 FROM intake.blind_index WHERE subject = %s", number) == []
    assert platform.rows("SELECT sequence, hash FROM intake.stream_head WHERE topic = %s", ERASURE) == end
    again = platform.command("keys", "reapply-erasures", "--json")
    assert json.loads(again[again.index("{") : again.rindex("}") + 1])["erased"] == 0
    another = an_application(platform, marks, f"{run}-b")
    platform.command("erase", another, "--yes")
    until(lambda: another in erased_numbers(platform.settings))


def test_what_is_not_there_looks_like_what_one_may_not_see(platform: Platform) -> None:
    number = an_application(platform, Marks(), secrets.token_hex(4))
    answers = [
        platform.http.get(f"/api/hainan/applications/{asked}", headers={"x-receipt-code": "0000000000"})
        for asked in (number, "HN-2020-999999", "nonsense")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


def test_after_all_this_log_workflows_and_pages_agree(platform: Platform) -> None:
    number = an_application(platform, Marks(), secrets.token_hex(4))
    platform.command("erase", number, "--yes")
    until(lambda: settled(platform))
    told = platform.command("audit", "--json").strip().splitlines()
    report = json.loads(told[-1])
    assert report["findings"] == []
    assert report["ok"] is True
