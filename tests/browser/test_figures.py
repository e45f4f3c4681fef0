"""Means, limits and the service's figures of a quarter, before a browser and for programs."""

from collections.abc import Iterator

import httpx
import pytest

from events.catalogue import service_facts
from tests.browser.conftest import CODE, Served, shoot
from tests.browser.conftest import _site as site_of
from tests.browser.test_pages import COUNTS, LANGUAGES, WIDTHS, Open, Serve, whole
from tests.browser.world import events_of, hainan_day
from tests.unit.projections.stories import important, late_dispute
from tests.unit.projections.stories import served as energised_and_disputed

SERVED, LATE, LINKED = (f"HN-2026-90000{n}" for n in (1, 2, 3))


@pytest.fixture(scope="module")
def site(cluster: str) -> Iterator[Served]:
    """A working day, and cases in which much stands beside the steps."""
    with site_of(cluster, "figures") as one:
        one.fill(
            [
                *hainan_day(120),
                *events_of("hainan", SERVED, energised_and_disputed().told),
                *events_of("hainan", LATE, important().told),
                *late_dispute(LINKED, SERVED),
            ]
        )
        # No business of the day was paused: the longest one now was, so that net and gross differ.
        one.ask(
            "UPDATE statistics.application SET gross_days = net_days + 3 WHERE number = (SELECT number"
            " FROM statistics.application WHERE target = 'lv_nonres' AND energised_at >= '2026-07-01+08'"
            " ORDER BY net_days DESC LIMIT 1) RETURNING number"
        )
        yield one


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_quarter_and_an_area_can_be_chosen(
    site: Served, open_page: Open, language: str, width: int
) -> None:
    page = open_page(width, color_scheme="dark" if width == 1280 else "light")
    page.goto(f"{site.url}/hainan/figures?lang={language}")
    whole(page, language)
    assert page.locator("#means article").count() == 2
    assert page.locator("#means svg[aria-label]").count() >= 1
    shoot(page, f"figures-{language}-{width}")
    page.select_option("#quarter", index=1)
    page.select_option("#region", "460100")
    page.click(".choose button")
    whole(page, language)
    assert (page.input_value("#quarter"), page.input_value("#region")) == ("2026-Q2", "460100")
    shoot(page, f"figures-{language}-{width}-earlier")


@pytest.mark.parametrize("count", COUNTS)
def test_no_application_and_no_promise_have_their_page(served: Serve, open_page: Open, count: int) -> None:
    page, site = open_page(360), served(count)
    for profile in ("hainan", "midwest"):
        page.goto(f"{site.url}/{profile}/figures?lang=en")
        whole(page, "en")
        shoot(page, f"figures-{profile}-en-360-{count}")


def test_each_thing_is_counted_once_and_in_its_quarter(site: Served) -> None:
    """Counted again from the timeline, which another projection folds."""
    quarters = httpx.get(f"{site.url}/api/hainan/figures").json()["quarters"]
    told = [
        httpx.get(f"{site.url}/api/hainan/figures?quarter={quarter}").json()["quality"]
        for quarter in quarters
    ]
    summed = {name: sum(one[name] for one in told) for name in told[0] if name != "scores"}
    said = dict(
        site.ask(
            "SELECT split_part(type, '.', 3), count(*) FROM timeline.entry"
            " WHERE profile = 'hainan' AND NOT retracted GROUP BY 1"
        )
    )
    for name, event in (
        ("energised", "energised"),
        ("asked_again", "further_documents_requested"),
        ("disputes", "dispute_raised"),
        ("corrections", "record_corrected"),
        ("rated", "service_rated"),
    ):
        assert summed[name] == said[event] > 0, name
    last_answers = site.ask(
        "SELECT DISTINCT ON (number, data->>'dispute') (data->>'upheld')::bool FROM timeline.entry"
        " WHERE NOT retracted AND type LIKE '%.dispute_answered.%'"
        " ORDER BY number, data->>'dispute', at DESC"
    )
    assert summed["disputes_upheld"] == last_answers.count((True,)) > 0
    assert summed["disputes_open"] == said["dispute_raised"] - said["dispute_settled"] > 0
    assert summed["avoidable"] >= 1
    assert summed["duties"] > summed["duties_late"] >= 1
    assert sum(score["count"] for one in told for score in one["scores"] if score["score"] == 4) >= 1
    assert len([one for one in told if one["asked_again"]]) > 1, (
        "in one quarter there is nothing to tell apart"
    )


def test_overview_and_figures_give_the_same_verdicts(site: Served) -> None:
    overview = httpx.get(f"{site.url}/api/hainan/overview").json()
    figures = httpx.get(f"{site.url}/api/hainan/figures").json()
    assert overview["quarter"] == figures["quarter"]
    told = {one["code"]: one for one in (*figures["means"], *figures["limits"])}
    for target in overview["targets"]:
        assert (target["mean"] or target["limit"]) == told[target["code"]]
        assert target["kept"] == told[target["code"]]["kept"]
    assert {one["kept"] for one in told.values()} - {None}
    for page in ("/hainan/", "/hainan/figures"):
        html = httpx.get(f"{site.url}{page}?lang=en").text
        for one in figures["means"]:
            if one["kept"] is not None:
                days = (
                    f"{one['whole']['mean']:.1f} net days on average, {one['whole']['mean_gross']:.1f} with"
                )
                assert days in html, page


def test_open_cases_count_the_net_days_that_their_own_pages_show(site: Served) -> None:
    """In SQL over all of them, and by the policy's clock one by one."""
    figures = httpx.get(f"{site.url}/api/hainan/figures").json()
    counted = {one["code"]: one["whole"] for one in figures["means"]}
    paused = 0
    for code, whole_of in counted.items():
        open_cases = site.ask(
            "SELECT number FROM statistics.application WHERE energised_at IS NULL AND withdrawn_at IS NULL"  # noqa: S608 - constant texts
            f" AND accepted_at IS NOT NULL AND target = '{code}'"
        )
        days = [
            httpx.get(
                f"{site.url}/api/hainan/applications/{number}", headers={"x-receipt-code": CODE}
            ).json()["so_far"]
            for (number,) in open_cases
        ]
        assert whole_of["open"] == len(days)
        if days:
            net, gross = (sum(one[f"{name}_days"] for one in days) for name in ("net", "gross"))
            assert whole_of["open_mean"] == pytest.approx(net / len(days))
            assert whole_of["open_mean_gross"] == pytest.approx(gross / len(days))
            paused += gross - net
    assert paused > 0, "no open case was paused: there is nothing to tell apart"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("path", "picture"), [("/", "#promises .chart"), ("/figures", "#means .standing")])
def test_pictures_beside_each_other_stand_level(
    site: Served, open_page: Open, path: str, picture: str, language: str
) -> None:
    page = open_page(1280)
    page.goto(f"{site.url}/hainan{path}?lang={language}")
    tops = page.evaluate(
        f"[...document.querySelectorAll('{picture}')].map(e => Math.round(e.getBoundingClientRect().top))"
    )
    assert len(tops) >= 2
    assert len(set(tops)) == 1


def test_areas_add_up_and_the_limit_names_its_worst_case(site: Served) -> None:
    whole_of = httpx.get(f"{site.url}/api/hainan/figures").json()
    (limit,) = whole_of["limits"]
    (rows,) = site.ask(
        "SELECT count(*), count(*) FILTER (WHERE net_days <= 11), max(net_days), max(gross_days)"
        " FROM statistics.application WHERE target = 'lv_nonres' AND energised_at >= '2026-07-01+08'"
    )
    assert (limit["count"], limit["within"], limit["worst_net"], limit["worst_gross"]) == rows
    parts = [
        httpx.get(f"{site.url}/api/hainan/figures?region={code}").json()["limits"][0]["count"]
        for (code,) in site.ask("SELECT DISTINCT region FROM statistics.application WHERE profile = 'hainan'")
    ]
    assert sum(parts) == limit["count"] > 0


def test_a_quarter_that_is_over_has_nothing_open_and_says_how_it_ended(site: Served) -> None:
    told = httpx.get(f"{site.url}/api/hainan/figures?quarter=2026-Q2").json()
    assert told["over"]
    for mean in told["means"]:
        whole_of = mean["whole"]
        assert (whole_of["open"], whole_of["remaining"]) == (0, None)
        expected = None if whole_of["mean"] is None else whole_of["mean"] <= mean["promised_days"]
        assert mean["kept"] is expected


@pytest.mark.parametrize(
    ("asked", "status"), [("region=nowhere", 404), ("quarter=2026-Q5", 422), ("quarter=1;", 422)]
)
def test_what_does_not_exist_is_refused(site: Served, asked: str, status: int) -> None:
    for path in ("/hainan/figures", "/api/hainan/figures"):
        assert httpx.get(f"{site.url}{path}?{asked}").status_code == status


def test_figures_name_nobody(site: Served) -> None:
    told = httpx.get(f"{site.url}/api/hainan/figures").text + httpx.get(f"{site.url}/hainan/figures").text
    assert SERVED not in told
    assert service_facts.ServiceRated.type not in told


def test_trips_surveys_and_first_replies_are_those_of_the_timeline(site: Served) -> None:
    """Counted again from the timeline, over all quarters."""
    quarters = httpx.get(f"{site.url}/api/hainan/figures").json()["quarters"]
    told = [
        httpx.get(f"{site.url}/api/hainan/figures?quarter={quarter}").json()["contact"]
        for quarter in quarters
    ]
    energised = "SELECT number FROM timeline.entry WHERE type LIKE '%.energised.v%' AND NOT retracted"
    trips = dict(
        site.ask(
            "SELECT number, count(*) FROM timeline.entry WHERE type LIKE '%.visit_counted.v%'"  # noqa: S608 - constant texts
            f" AND NOT retracted AND number IN ({energised}) GROUP BY number"
        )
    )
    whole = len(site.ask(energised))
    found = {
        name: sum(kind[name] for one in told for kind in one["visits"])
        for name in ("energised", "none", "one", "more", "wrong")
    }
    counts = list(trips.values())
    assert found["energised"] == whole > found["none"] == whole - len(trips) > 0
    assert (found["one"], found["more"]) == (counts.count(1), len(counts) - counts.count(1))
    for name, count in (
        ("surveys", "type LIKE '%.survey_completed.v%'"),
        ("remote", "type LIKE '%.survey_completed.v%' AND (data->>'remote')::bool"),
    ):
        ((counted,),) = site.ask(f"SELECT count(*) FROM timeline.entry WHERE NOT retracted AND {count}")  # noqa: S608 - constant texts
        assert sum(one["surveys"][name] for one in told) == counted > 0, name
    replies = [one["replies"] for one in told]
    asked = site.ask(
        "SELECT data FROM timeline.entry WHERE type LIKE '%.key_customer_asked.v%' AND NOT retracted"
    )
    answers = site.ask(
        "SELECT (data->>'in_time')::bool FROM timeline.entry"
        " WHERE type LIKE '%.key_customer_answered.v%' AND NOT retracted"
    )
    assert sum(one["asked"] for one in replies) == len(asked) > 0
    assert sum(one["answered"] for one in replies) == len(answers) > 0
    assert sum(one["in_time"] for one in replies) == answers.count((True,)) > 0
    teams = httpx.get(f"{site.url}/api/hainan/figures").json()["contact"]["teams"]
    ((still_open,),) = site.ask(
        "SELECT count(*) FROM statistics.application WHERE energised_at IS NULL AND withdrawn_at IS NULL"
    )
    assert sum(one["open"] for one in teams) == still_open > 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_trips_stand_beside_their_rule(site: Served, open_page: Open, language: str) -> None:
    page = open_page(390)
    page.goto(f"{site.url}/hainan/figures?lang={language}")
    whole(page, language)
    rows = page.locator("#visits tbody tr")
    assert rows.count() == 3
    assert rows.locator(".tag").count() >= 1
    assert "30" in page.locator("#replies .explain").inner_text()
    page.locator("#teams summary").click()
    assert page.locator("#teams tbody tr").count() >= 10
    shoot(page, f"contact-{language}")
