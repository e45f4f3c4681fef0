"""What staff read of key projects on a terminal: whole records, pairs that may be one, tables."""

import asyncio
import csv
import io
import json
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import httpx
import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool
from rich.console import Console

from deploy.cli.project_show import print_list, print_record
from events.catalogue import project_events as says
from events.catalogue.base import EventData
from events.personal import SealedValue
from projections.api.prestart_csv import records
from projections.api.prestart_reads import ProjectReads
from tests.browser import project_world as projects
from tests.browser import world
from tests.browser.conftest import Served
from tests.browser.conftest import _site as site_of
from tests.unit.projections.projects import Project

Answer = TypeVar("Answer")
POLICY = world.policy("hainan")


@pytest.fixture(scope="module")
def site(cluster: str) -> Iterator[Served]:
    """Ten projects."""
    with site_of(cluster, "projectrecords") as one:
        with psycopg.connect(one.dsn, autocommit=True) as db:
            projects.fill(db, projects.projects())
        yield one


def asked(site: Served, question: Callable[[ProjectReads], Awaitable[Answer]]) -> Answer:
    """Ask the read models as the command line does; the browser holds this thread's loop."""

    async def ask() -> Answer:
        async with AsyncConnectionPool(site.dsn, min_size=1, max_size=1, open=False) as pool:
            return await question(ProjectReads(pool, lambda: world.NOW))

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, ask()).result()


def printed(show: Callable[[Console], None]) -> str:
    out = Console(file=io.StringIO(), width=200, record=True)
    show(out)
    return out.export_text()


def test_staff_see_the_whole_record(site: Served) -> None:
    found = asked(site, lambda reads: reads.record(POLICY, projects.RICH, world.unsealed))
    assert found is not None
    assert found.notes == {"visit:0": "内部谈话"}
    assert found.fields["org_code"].value == "91460000MA5T000001"
    assert (found.fields["voltage_kv"].feed, found.fields["voltage_kv"].record) == ("haikou", "C-77")
    assert [one.value for one in found.history["stage"]] == [
        "construction",
        "land_granted",
        "approved",
        "lead",
    ]
    text = printed(lambda out: print_record(found, POLICY, out))
    for said in (
        "91460000MA5T000001",
        "内部谈话",
        "桂林洋变电站",
        "haikou C-77",
        "146",
        "yellow since",
        "on site",
        "slack 9",
        f"goes on here: {projects.JOINED}",
        "site",
    ):
        assert said in text
    json.loads(found.model_dump_json())
    assert asked(site, lambda reads: reads.record(POLICY, "HNK-2026-999999", world.unsealed)) is None


def test_what_was_erased_says_so(site: Served) -> None:
    async def gone(subject: str, field: str, value: SealedValue) -> str | None:
        return None

    found = asked(site, lambda reads: reads.record(POLICY, projects.RICH, gone))
    assert found is not None
    assert found.notes == {"visit:0": None}
    assert "(erased)" in printed(lambda out: print_record(found, POLICY, out))


def test_a_list_can_be_narrowed(site: Served) -> None:
    view = asked(site, lambda reads: reads.projects(POLICY, light="yellow"))
    assert [one.number for one in view.projects] == [projects.RICH]
    assert projects.RICH in printed(lambda out: print_list(view, POLICY, out))
    every = asked(site, lambda reads: reads.projects(POLICY, limit=2))
    assert (len(every.projects), every.matching) == (2, 9)


def test_pairs_that_may_be_one_are_found_until_a_person_has_decided(site: Served) -> None:
    found = asked(site, lambda reads: reads.candidates(POLICY))
    assert [(one.first, one.second) for one in found] == [(projects.TWIN, projects.OTHER_TWIN)]
    assert sorted(found[0].matched_by) == ["code", "name"]
    of_one = asked(site, lambda reads: reads.candidates(POLICY, projects.OTHER_TWIN))
    assert of_one == found
    assert asked(site, lambda reads: reads.candidates(POLICY, projects.RED)) == ()


@pytest.mark.parametrize("number", [projects.TWIN, projects.OTHER_TWIN])
@pytest.mark.parametrize(
    "decided",
    [
        lambda other: says.MatchDismissed(other=other, decided_by="km01"),
        lambda other: says.ProjectJoined(into=other, decided_by="km01"),
    ],
)
def test_who_was_joined_or_ruled_out_is_no_candidate(
    own: Served, number: str, decided: Callable[[str], EventData]
) -> None:
    first, second = (projects.twin(one, "prov") for one in (projects.TWIN, projects.OTHER_TWIN))
    other = {projects.TWIN: projects.OTHER_TWIN, projects.OTHER_TWIN: projects.TWIN}[number]
    (first if number == projects.TWIN else second).say(40, decided(other))
    with psycopg.connect(own.dsn, autocommit=True) as db:
        projects.fill(db, [*first.events(), *second.events()])
    assert asked(own, lambda reads: reads.candidates(POLICY)) == ()


def test_years_of_rows_keep_the_page_short_and_the_answer_whole(own: Served) -> None:
    project = Project(projects.RED).opened(0)
    for at in range(1, 101):
        project.row(at / 24, stage="lead" if at % 2 else "approved")
    with psycopg.connect(own.dsn, autocommit=True) as db:
        projects.fill(db, project.events())
    page = httpx.get(f"{own.url}/hainan/projects/{projects.RED}?lang=en").text
    told = httpx.get(f"{own.url}/api/hainan/projects/{projects.RED}").json()["history"]
    (stages,) = [field["said"] for field in told if field["field"] == "stage"]
    assert len(stages) == 101
    assert page.count('<tr class="gone">') == 29
    assert "71 earlier ones" in page


def test_whole_records_are_a_table(site: Served) -> None:
    states = asked(site, lambda reads: reads.states(POLICY))
    text = records(POLICY, states, "csv", world.NOW)
    told = {row["number"]: row for row in csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))}
    assert len(told) == 10
    rich = told[projects.RICH]
    assert (rich["org_code"], rich["load"]) == ("91460000MA5T000001", "2027 2000; 2028 5000")
    assert (rich["applications"], rich["light"], rich["manager"]) == (projects.APPLICATION, "yellow", "km01")
    assert (rich["records"], rich["engineers"]) == ("prov:P-1 haikou:C-77", "ke01")
    assert (rich["substation"], rich["last_visit"][:10]) == ("桂林洋变电站", "2026-05-10")
    assert rich["works"].split("; ") == [
        "design done", "permits done", "civil begun", "electrical planned", "commissioning planned"
    ]  # fmt: skip
    assert told[projects.JOINED]["joined_into"] == projects.RICH
    lines = [json.loads(line) for line in records(POLICY, states, "json", world.NOW).splitlines()]
    assert [line["number"] for line in lines] == list(told)
    assert '"ct"' not in text + records(POLICY, states, "json", world.NOW), (
        "a sealed value has no business in a table"
    )
