"""Where applications come from, as the pages show it."""

from collections.abc import Iterator

import httpx
import pytest

from tests.browser.conftest import Served, shoot
from tests.browser.conftest import _site as site_of
from tests.browser.test_pages import LANGUAGES, Open, whole
from tests.browser.world import hainan_day


@pytest.fixture(scope="module")
def site(cluster: str) -> Iterator[Served]:
    """A working day, and messages that were refused."""
    with site_of(cluster, "channels") as one:
        one.fill(hainan_day(60))
        for source, code in (("gov_app", "unknown_word"), ("gov_app", "unknown_word"), ("web", "bad_time")):
            one.ask(
                "INSERT INTO intake.dead_letter (at, origin, source, outcome, code, sentence)"  # noqa: S608 - constant texts
                f" VALUES ('{one.now.isoformat()}', 'door', '/channel/{source}', 'refused', '{code}', '-')"
                " RETURNING 1"
            )
        for name, seconds in (("a", 1), ("b", 3)):
            one.ask(
                'INSERT INTO intake.inbox (source, id, type, topic, partition, "offset", content_hmac, opens,'  # noqa: S608 - constant texts
                " state, outcome, received_at, finished_at) VALUES"
                f" ('/channel/gov_app', '{name}', 't', 'x', 0, 0, '', true, 'final', 'applied',"
                f" '{one.now.isoformat()}'::timestamptz - interval '{seconds} s', '{one.now.isoformat()}')"
                " RETURNING 1"
            )
        yield one


def test_channels_are_counted_as_the_log_has_them(site: Served) -> None:
    """Counted again from the read model of the progress, over all quarters."""
    quarters = httpx.get(f"{site.url}/api/hainan/figures").json()["quarters"]
    told = [
        one
        for quarter in quarters
        for one in httpx.get(f"{site.url}/api/hainan/figures?quarter={quarter}").json()["channels"]
    ]
    counted = site.ask(
        "SELECT channel, count(*), count(accepted_at), count(energised_at) FROM progress.application"
        " WHERE profile = 'hainan' AND channel IS NOT NULL GROUP BY channel"
    )
    assert counted
    for channel, received, accepted, energised in counted:
        rows = [one for one in told if one["code"] == channel]
        found = tuple(sum(row[name] for row in rows) for name in ("received", "accepted", "energised"))
        assert found == (received, accepted, energised), channel
    timed = [one for one in told if one["energised"]]
    assert timed
    assert all(one["energised_p95_days"] >= 0 and one["energised_mean_days"] > 0 for one in timed)
    newest = [one["share"] for one in told[: len(told) // len(quarters)] if one["share"] is not None]
    assert not newest or sum(newest) == pytest.approx(1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_channel_stands_on_the_figures_page(site: Served, open_page: Open, language: str) -> None:
    page = open_page(390)
    page.goto(f"{site.url}/hainan/figures?lang={language}")
    whole(page, language)
    assert page.locator("#channels > table tbody tr").count() == 8
    wide = open_page(1280)
    wide.goto(f"{site.url}/hainan/figures?lang={language}")
    assert wide.evaluate("document.documentElement.scrollWidth") == 1280
    page.locator("#channels-refused summary").click()
    words = {"zh": "代码不在约定之内", "en": "a code that was not agreed"}
    assert words[language] in page.locator("#channels-refused").inner_text()
    shoot(page, f"channels-{language}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_standards_say_what_each_channel_takes_and_what_none_does(
    site: Served, open_page: Open, language: str
) -> None:
    page = open_page(390)
    page.goto(f"{site.url}/hainan/standards?lang={language}")
    whole(page, language)
    rows = page.locator("#channels tbody tr")
    assert rows.count() == 7
    taken, missing = ("新装用电", "增容") if language == "zh" else ("new connection", "increase of capacity")
    visit, reason = ("临柜登记", "只有营业厅") if language == "zh" else ("visit to a counter", "Only the")
    assert taken in page.locator("#channels-every").inner_text()
    assert visit not in page.locator("#channels-every").inner_text()
    hall = rows.filter(has_text="营业厅" if language == "zh" else "Service hall counter").last
    assert visit in hall.inner_text()
    assert reason in rows.first.inner_text()
    assert missing in page.locator("#channels > p").last.inner_text()
    assert missing not in rows.first.inner_text()
    told = httpx.get(f"{site.url}/api/hainan/standards").json()["channels"]
    assert {one["code"] for one in told} == {"app", "web", "wechat", "alipay", "gov_app", "hall", "hotline"}


def test_how_soon_an_application_had_its_outcome_is_told_by_channel(site: Served) -> None:
    told = httpx.get(f"{site.url}/api/hainan/figures").json()["channels"]
    [gov] = [one for one in told if one["code"] == "gov_app"]
    assert (gov["answered"], gov["answered_mean_seconds"]) == (2, 2.0)
    assert gov["answered_p95_seconds"] == pytest.approx(2.9)
    page = httpx.get(f"{site.url}/hainan/figures?lang=en").text
    assert "95% within 2.9 s · 2 applications" in page


def test_refusals_are_told_by_channel_but_not_by_area(site: Served) -> None:
    whole_province = httpx.get(f"{site.url}/api/hainan/figures").json()["channels"]
    found = {one["code"]: one["refused"] for one in whole_province}
    assert (found["gov_app"], found["web"], found["hall"], found["feed"]) == (2, 1, 0, None)
    area = httpx.get(f"{site.url}/api/hainan/figures?region=460100").json()["channels"]
    assert {one["refused"] for one in area} == {None}
