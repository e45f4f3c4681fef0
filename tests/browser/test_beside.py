"""What stands beside the steps of an application, before a browser: its holder sees it, nobody else."""

from collections.abc import Callable, Iterator
from datetime import date

import httpx
import pytest
from playwright.sync_api import Page

from events.catalogue import connection_facts as facts
from events.catalogue import duty_facts, service_facts
from events.catalogue.registry import FACT_MODELS
from events.envelope import Event
from events.personal import personal_fields
from tests.browser.conftest import CODE, Served, enter, shoot
from tests.browser.conftest import _site as site_of
from tests.browser.test_pages import LANGUAGES, WIDTHS, whole
from tests.browser.world import events_of, sealed
from tests.unit.projections.stories import amended, important, late_dispute, served
from tests.unit.workflows.telling import HOUSEHOLD, Story
from workflows.messages import FactMessage

Open = Callable[..., Page]
CHECKED, SERVED, LATE, LINKED, WAITING = (f"HN-2026-00000{n}" for n in (1, 2, 3, 4, 5))


def in_intake(story: Story) -> list[FactMessage]:
    """The story as intake hands it on: personal fields sealed."""
    found = []
    for fact in story.told:
        fields = personal_fields(FACT_MODELS[fact.type])
        closed = {name: sealed(fact.data[name]).model_dump() for name in fields if fact.data.get(name)}
        found.append(fact.model_copy(update={"data": {**fact.data, **closed}}))
    return found


def log() -> list[Event]:
    """A case with checks and a changed calendar, one that is energised and disputed, one whose check and
    permit are late, and two disputes that came too late."""
    checked = amended(important(), 14.5, date(2026, 8, 3))
    checked.tell(15, duty_facts.MidInspected, passed=True)
    return [
        *events_of("hainan", CHECKED, checked.told, now=checked.told[-1].time),
        *events_of("hainan", SERVED, served().told),
        *events_of("hainan", LATE, important().told),
        *late_dispute(LINKED, SERVED),
        *late_dispute(WAITING, SERVED, settled=False),
    ]


@pytest.fixture(scope="module")
def site(cluster: str) -> Iterator[Served]:
    with site_of(cluster, "beside") as one:
        one.fill(log())
        yield one


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_is_told_in_both_languages(
    site: Served, open_page: Open, language: str, width: int
) -> None:
    page = open_page(width)
    parts = {
        CHECKED: ("#checks", "#duties", "#papers", "#pauses", "#boundary"),
        SERVED: ("#checks", "#duties", "#papers", "#pauses", "#service .course", "#service del"),
        LATE: ("#now p.late", "#duties .state.paused"),
        LINKED: ("#service .course", "#timeline"),
        WAITING: ("#service", "#timeline"),
    }
    for number, selectors in parts.items():
        enter(page, site, number, language)
        whole(page, language)
        for selector in selectors:
            assert page.locator(selector).first.is_visible(), (number, selector)
        shoot(page, f"beside-{number[-1]}-{language}-{width}")


def test_it_is_told_in_the_dark_too(site: Served, open_page: Open) -> None:
    page = open_page(1280, color_scheme="dark")
    for number in (SERVED, LATE):
        enter(page, site, number)
        shoot(page, f"beside-{number[-1]}-zh-1280-dark")


def test_linked_cases_name_each_other(site: Served, open_page: Open) -> None:
    page = open_page()
    enter(page, site, SERVED, "en")
    told = page.inner_text("#service")
    assert LINKED in told and WAITING in told
    enter(page, site, LINKED, "en")
    assert SERVED in page.inner_text("#service")


def test_a_reminder_to_staff_stands_in_the_timeline_alone(site: Served, open_page: Open) -> None:
    page = open_page()
    enter(page, site, LATE, "en")
    assert "was reminded" in page.inner_text("#timeline")
    for part in ("#now", "#state", "#duties", "#checks", "#service"):
        if page.locator(part).count():
            assert "reminded" not in page.inner_text(part)


def test_the_holder_reads_what_is_the_holders_and_nobody_what_staff_wrote_to_each_other(own: Served) -> None:
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **HOUSEHOLD)
        .tell(1, facts.SurveyCompleted, supporting_works=False)
        .tell(1.1, facts.MeterFitted, meter_no="M1")
        .tell(1.2, facts.Energised)
    )
    for at, kind, data in (
        (2, service_facts.ServiceRated, {"score": 2, "comment": "my own comment"}),
        (
            3,
            service_facts.DisputeRaised,
            {"dispute": "Y-quiet", "about": "metering", "details": "my own words"},
        ),
        (
            4,
            service_facts.DisputeAnswered,
            {"dispute": "Y-quiet", "upheld": True, "answer": "the answer to me"},
        ),
        (5, service_facts.RecordCorrected, {"field": "meter_no", "value": "M-quiet", "reason": "staff only"}),
    ):
        story.tell(at, kind, **data)
    own.fill(events_of("hainan", SERVED, in_intake(story)))
    address = f"{own.url}/api/hainan/applications/{SERVED}"
    told = httpx.get(address, headers={"x-receipt-code": CODE}).text
    for words in ("my own comment", "my own words", "the answer to me"):
        assert words in told
    assert "staff only" not in told
    public = [httpx.get(f"{own.url}{path}").text for path in ("/hainan/", "/api/hainan/overview")]
    assert not any(
        words in page for page in public for words in ("my own", "the answer", "Y-quiet", "M-quiet")
    )
