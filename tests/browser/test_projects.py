"""Key projects before a browser and for programs: the board, the map, the list, each project's story."""

import csv
import io
from collections.abc import Iterator

import httpx
import psycopg
import pytest

from tests.browser import project_world as projects
from tests.browser.conftest import Served, shoot
from tests.browser.conftest import _site as site_of
from tests.browser.test_pages import LANGUAGES, WIDTHS, Open, whole

NUMBERS = (
    projects.RICH, projects.RED, projects.GREEN, projects.DARK, projects.CANCELLED, projects.ENERGISED,
    projects.JOINED, projects.GONE,
)  # fmt: skip


@pytest.fixture(scope="module")
def site(cluster: str) -> Iterator[Served]:
    """Ten projects."""
    with site_of(cluster, "projects") as one:
        with psycopg.connect(one.dsn, autocommit=True) as db:
            projects.fill(db, projects.projects())
        yield one


@pytest.mark.parametrize("width", [*WIDTHS, 390])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_board_shows_every_light_and_can_be_filtered(
    site: Served, open_page: Open, language: str, width: int
) -> None:
    page = open_page(width, java_script_enabled=False, color_scheme="dark" if width == 360 else "light")
    page.goto(f"{site.url}/hainan/projects?lang={language}")
    whole(page, language)
    told = {light: page.locator(f".lights .light-{light} li").count() for light in ("red", "yellow", "green")}
    assert told == {"red": 1, "yellow": 1, "green": 2}
    assert page.locator(".lights .light-none li").count() == 3
    assert page.locator("#list tbody tr").count() == 9, "all but the joined one"
    assert page.locator(".map .area.light-red").count() == 1
    shoot(page, f"projects-{language}-{width}")
    page.select_option("#light", "red")
    page.click(".choose button")
    whole(page, language)
    assert page.locator("#list tbody tr").count() == 1
    page.click("#list tbody th a")
    assert page.url.endswith(f"/hainan/projects/{projects.RED}")
    whole(page, language)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", NUMBERS)
def test_a_project_has_its_page_at_every_turn(
    site: Served, open_page: Open, number: str, language: str, width: int
) -> None:
    page = open_page(width, java_script_enabled=False)
    page.goto(f"{site.url}/hainan/projects/{number}?lang={language}")
    whole(page, language)
    shoot(page, f"project-{number[-2:]}-{language}-{width}")


def test_a_page_tells_the_story(site: Served, open_page: Open) -> None:
    page = open_page(1280)
    page.goto(f"{site.url}/hainan/projects/{projects.RICH}?lang=zh")
    said = page.inner_text("main")
    assert "黄灯" in page.inner_text("#light")
    assert "9 月 6 日" in page.inner_text("#light")
    assert "富余 9 天" in page.inner_text("#light"), "of today, not the 18 of the day on which it turned"
    story = page.text_content("#story") or ""
    assert "走访（上门）：谈负荷" in story
    assert f"{projects.JOINED} 并来：走访" in story
    visits = page.inner_text("#around")
    assert "2 次，最近 5 月 10 日" in visits
    assert "看现场（照片或视频）" in visits, "a visit to the one that was joined counts here"
    assert page.locator(f"#now a[href$='{projects.JOINED}']").count() == 1, "what was joined to it is named"
    feeds = page.locator(".feeds li")
    assert feeds.all_inner_texts() == [
        "省重点项目库 8 月 3 日更新 43 天前",
        "海口市项目库 4 月 5 日更新 163 天前",
    ]
    assert page.locator("#works svg rect.planned").count() == 5
    assert page.locator("#works svg rect.real").count() == 3
    assert page.locator("#works svg rect.real.open").count() == 1
    assert page.locator("#load svg rect.bar").count() == 2
    assert "146 天" in said
    assert projects.APPLICATION in said
    assert "桂林洋变电站" in said
    assert "综保区冷链中心（一期）" in page.inner_text("#conflicts"), "what the other feed says"
    assert page.locator("#conflicts .tag.done").count() == page.locator("#conflicts h3").count() >= 2
    page.click("#history-stage summary")
    assert page.locator("#history-stage tbody tr").count() == 4
    assert "C-77" not in said


def test_a_joined_project_only_says_where_it_goes_on(site: Served, open_page: Open) -> None:
    page = open_page(1280)
    page.goto(f"{site.url}/hainan/projects/{projects.JOINED}?lang=en")
    assert page.locator("main section").count() == 1
    page.click("main .after a")
    assert page.url.endswith(projects.RICH)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_joined_project_that_ended_says_with_which(own: Served, open_page: Open, language: str) -> None:
    with psycopg.connect(own.dsn, autocommit=True) as db:
        projects.fill(db, projects.ended_under().events())
    page = open_page(390, java_script_enabled=False)
    page.goto(f"{own.url}/hainan/projects/{projects.JOINED}?lang={language}")
    whole(page, language)
    said = page.inner_text("main")
    assert {"zh": f"随 {projects.RICH} 结束：取消", "en": f"Ended with {projects.RICH}"}[language] in said
    told = httpx.get(f"{own.url}/api/hainan/projects/{projects.JOINED}").json()
    assert (told["ended"]["ending"], told["ended"]["under"]) == ("cancelled", projects.RICH)
    assert [one["event"] for one in told["story"]][:2] == ["project_ended", "lead_ended"]


def test_what_is_not_for_everybody_never_leaves(site: Served) -> None:
    paths = ("projects", f"projects/{projects.RICH}")
    every = [httpx.get(f"{site.url}{root}/hainan/{path}").text for path in paths for root in ("", "/api")]
    every.append(httpx.get(f"{site.url}/api/hainan/projects.csv").text)
    stored = site.ask("SELECT string_agg(state::text, '') FROM prestart.project")[0][0]
    for secret in projects.SECRETS[:-1]:
        assert secret in stored, "not even in the record: the test would see nothing"
        assert all(secret not in text for text in every), secret


def test_programs_read_the_same(site: Served) -> None:
    told = httpx.get(f"{site.url}/api/hainan/projects").json()
    assert told["matching"] == len(told["projects"]) == 9
    assert sum(one["red"] + one["yellow"] + one["green"] + one["none"] for one in told["lights"]) == 7
    answer = httpx.get(f"{site.url}/api/hainan/projects.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["number"] for row in rows] == [one["number"] for one in told["projects"]]
    assert {row["region_en"] for row in rows} >= {"Haikou", "Sanya"}
    red = httpx.get(f"{site.url}/api/hainan/projects?light=red&region=460200").json()
    assert [one["number"] for one in red["projects"]] == [projects.RED]
    one = httpx.get(f"{site.url}/api/hainan/projects/{projects.RICH}").json()
    assert one["fields"]["stage"] == "construction"
    stages = next(field for field in one["history"] if field["field"] == "stage")["said"]
    assert [said["value"] for said in stages] == ["construction", "land_granted", "approved", "lead"]
    assert [said["feed"] for said in stages] == ["prov", "haikou", "prov", "prov"]
    assert stages[1]["until"] == stages[0]["row_at"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("projects?region=nowhere", 404),
        ("projects?stage=nowhere", 422),
        ("projects?light=blue", 422),
        ("projects/HNK-2026-999999", 404),
    ],
)
def test_what_does_not_exist_is_refused(site: Served, path: str, status: int) -> None:
    for root in ("", "/api"):
        assert httpx.get(f"{site.url}{root}/hainan/{path}").status_code == status


def test_no_project_claims_nothing(own: Served, open_page: Open) -> None:
    page = open_page(390)
    page.goto(f"{own.url}/hainan/projects?lang=zh")
    whole(page, "zh")
    assert page.locator(".lights, form.choose, table").count() == 0
    assert "还没有重点项目" in page.inner_text("main")


def test_a_profile_without_feeds_has_no_such_page(
    site: Served, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    policies = site.app.state.site.deps.policies
    monkeypatch.setitem(policies, "midwest", policies["midwest"].model_copy(update={"feeds": ()}))
    for path in ("/midwest/projects", "/api/midwest/projects", "/api/midwest/projects.csv"):
        assert httpx.get(f"{site.url}{path}").status_code == 404
    page = open_page()
    page.goto(f"{site.url}/midwest/")
    assert page.locator("nav a").count() == 3
    page.goto(f"{site.url}/hainan/")
    page.click("nav a[href='/hainan/projects']")
    assert page.locator("nav a[aria-current]").inner_text() == "重点项目"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_way_between_the_pages_is_one_line_on_a_telephone(
    site: Served, open_page: Open, language: str
) -> None:
    page = open_page(390)
    page.goto(f"{site.url}/hainan/projects?lang={language}")
    tops = {link.bounding_box()["y"] for link in page.locator(".bar nav a, .languages a").all()}  # type: ignore[index]
    assert len({round(top / 12) for top in tops}) == 1


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_standards_show_the_tables_that_projects_go_by(
    site: Served, open_page: Open, language: str, width: int
) -> None:
    page = open_page(width)
    page.goto(f"{site.url}/hainan/projects/{projects.RICH}?lang={language}")
    page.click("#light a")
    assert page.url.endswith("/hainan/standards#projects")
    whole(page, language)
    told = httpx.get(f"{site.url}/api/hainan/standards").json()
    tables = page.locator("#projects table")
    assert tables.nth(0).locator("tbody tr").count() == len(told["lights"]) == 3
    assert tables.nth(1).locator("tbody tr").count() == len(told["works"]) + 1
    total = sum(row["days"] for row in told["works"])
    assert str(total) in tables.nth(1).locator("tr.total").inner_text()
    assert page.locator("#projects ul li").count() == len(told["feeds"]) > 1
    shoot(page, f"standards-projects-{language}-{width}")
