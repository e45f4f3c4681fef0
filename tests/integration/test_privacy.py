"""Nobody's data lies open anywhere, with all processes, traces and the log of a talkative day."""

import contextlib
import hashlib
import json
import secrets
from collections.abc import Iterable
from typing import Any

import httpx

from events.catalogue.registry import FACT_MODELS, short_name, stream_of
from events.personal import personal_fields
from events.producer import Outgoing
from events.topics import INBOUND, upstream_topic
from tests.integration import leaks
from tests.integration.marked import FACTORY, SOURCE, Marks, fact, type_of, wire
from tests.integration.platforms import UPSTREAM, Platform, settled, until
from tests.unit.documents.samples import pdf

FEED = "/gov/hainan/projects"


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


def other_facts(marks: Marks, run: str, kinds: Iterable[str], project: str) -> list[dict[str, Any]]:
    """One of each of these kinds, whatever case or project makes of it: applied, held, given back."""
    return [
        fact(
            f"{run}-o{number}",
            kind,
            project if stream_of(type_of(kind)) == "project" else f"{run}-fails",
            marks.data(kind, "any fact"),
            5,
        )
        for number, kind in enumerate(sorted(kinds))
    ]


def a_project(platform: Platform, run: str) -> str:
    """The number of a project that a feed has just told of."""
    row = {"record": run, "project_name": "示例", "region": "460100"}
    event = fact(f"{run}-row", "intention_reported", run, row) | {"source": FEED}
    token = platform.stack.secrets.token(FEED)
    assert platform.post(wire(event), authorization=f"Bearer {token}").status_code == 202
    query = "SELECT number FROM intake.alias WHERE source = %s AND alias = %s"
    [(number,)] = until(lambda: platform.rows(query, FEED, run))
    return str(number)


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


def in_the_store(platform: Platform, marks: Marks, run: str) -> list[str]:
    """Files that are taken and files that are not, by the door and by the page, under names that tell; where
    those lie that were taken."""
    token = platform.stack.secrets.token(SOURCE)
    headers = {"authorization": f"Bearer {token}", "content-disposition": marks.number("a name at the door")}

    def put(content: bytes, subject: str) -> httpx.Response:
        query = {"subject": subject, "profile": "hainan"}
        return platform.http.post("/documents", params=query, content=content, headers=headers)

    deed = put(pdf(marks.text("a file at the door")), f"{run}-papers")
    assert deed.status_code == 201
    assert put(marks.text("no kind that is taken").encode(), f"{run}-papers").status_code == 415
    assert put(pdf() + marks.text("too large a file").encode() * 700_000, f"{run}-papers").status_code == 413
    shop = {**marks.data("application_submitted", "papers missing"), "documents": ["A1"]}
    platform.send(fact(f"{run}-papers", "application_submitted", f"{run}-papers", shop))
    number = platform.outcome(f"{run}-papers")["number"]
    page = f"/hainan/progress/{number}/documents"
    with platform.holder(number) as one:
        text = until(lambda: 'name="document"' in (told := one.get(page).text) and told)
        token, document = (
            text.split(f'name="{name}" value="')[1].split('"')[0] for name in ("token", "document")
        )
        plan = pdf(marks.text("a file on the page") + " " * 2_000_000)
        sent = one.post(
            page,
            data={"token": token, "document": document},
            files={"file": (marks.text("a name on the page"), plan)},
        )
        assert sent.status_code == 200
        wrong = {"file": (marks.text("another name"), marks.text("no kind on the page").encode())}
        assert one.post(page, data={"token": token, "document": document}, files=wrong).status_code in {
            409,
            415,
        }
    return [f"{number}/{deed.json()['sha256']}", f"{number}/{hashlib.sha256(plan).hexdigest()}"]


def test_no_personal_text_lies_open_anywhere(platform: Platform) -> None:
    marks, run = Marks(), secrets.token_hex(4)
    good, refused = good_facts(marks, run), refused_facts(marks, run)
    personal = {short_name(name) for name, model in FACT_MODELS.items() if personal_fields(model)}
    project = a_project(platform, run)
    others = other_facts(marks, run, personal - {short_name(one["type"]) for one in good}, project)
    other = fact(
        f"{run}-1", "application_submitted", f"{run}-objects", marks.data("withdrawn", "an id reused")
    )
    platform.send(*good)
    platform.send(good[0], good[3], other, *others)
    for one in refused:
        platform.post(json.dumps(one).encode())
    at_the_door(platform, marks, run)
    on_the_topics(platform, marks, run)
    on_the_pages(platform, marks)
    stored = in_the_store(platform, marks, run)
    folder = platform.settings.data_dir
    opened = {mark for found in leaks.in_files(folder / "kafka", marks.places).values() for mark in found}
    assert len(opened) > 20  # the search finds what is there: not handled yet, or handled a moment ago
    of_project = [platform.outcome(one["id"])["outcome"] for one in others if one["subject"] == project]
    assert of_project == ["applied", "applied"]
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
    assert all((folder / "documents" / address).is_file() for address in stored)
    # The same search finds what is no secret, in each of these places.
    spoken = [outcomes[0]["number"]]
    where = leaks.in_files(folder, spoken)
    assert any(name.startswith("postgres/pg_wal/") for name in where)
    assert any(name.startswith("kafka/data/mingdian.events.connection-") for name in where)
    assert "traces.jsonl" in where
    assert "intake.inbox" in leaks.in_database(platform.settings.postgres_dsn, spoken)
    assert leaks.in_sqlite(folder / "temporal" / "temporal.db", spoken)
