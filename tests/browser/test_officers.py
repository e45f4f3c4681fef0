"""Who has a case, before its customer: a hand-over, a key customer's team and first reply, a survey from afar
and a trip for a wrong notice, each in words."""

from collections.abc import Iterator

import pytest

from events.catalogue import connection_facts as facts
from events.catalogue import staff_facts
from tests.browser.conftest import Served, enter, shoot
from tests.browser.conftest import _site as site_of
from tests.browser.test_pages import LANGUAGES, Open, whole
from tests.browser.world import NOW, events_of, policy
from tests.unit.workflows.telling import HOUSEHOLD, Story
from tests.unit.workflows.test_officers import PARK, STAFF, handed
from workflows.policy.rota import officer_on_duty
from workflows.policy.staffing import MANAGER

KEY, HOME = "HN-2026-910001", "HN-2026-910002"


def key_customer() -> Story:
    """A park customer asks at night, has its first reply, asks again and waits too long; then its manager
    leaves."""
    officer = STAFF["HN-KE1"].model_dump(mode="json")
    story = Story().tell(0, facts.ApplicationSubmitted, **PARK)
    for number, (at, minutes) in enumerate(((1.7, 12), (2.7, 45)), 1):
        story.tell(at, staff_facts.KeyCustomerAsked, question=f"Q{number}", on_duty=officer)
        story.tell(at + minutes / 1440, staff_facts.KeyCustomerAnswered, question=f"Q{number}")
    case, _ = story.read()
    assert case.manager is not None
    other = next(name for name in ("HK-M1", "HK-M2", "HK-M3") if name != case.manager.staff_id)
    return handed(story, 4, MANAGER, other)


def home() -> Story:
    """A household that came for nothing, and showed its site by video."""
    return (
        Story()
        .tell(0, facts.ApplicationSubmitted, **HOUSEHOLD)
        .tell(0.2, facts.CustomerVisited, office="海口", wrong_notice=True)
        .tell(1, facts.SurveyCompleted, supporting_works=False, remote=True)
    )


@pytest.fixture(scope="module")
def site(cluster: str) -> Iterator[Served]:
    """The two cases."""
    with site_of(cluster, "officers") as one:
        one.fill([*events_of("hainan", KEY, key_customer().told), *events_of("hainan", HOME, home().told)])
        yield one


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_tells_who_has_the_case_and_how_soon_somebody_replied(
    site: Served, open_page: Open, language: str
) -> None:
    page = open_page(390)
    enter(page, site, KEY, language)
    whole(page, language)
    text = page.locator("main").text_content() or ""
    told = {
        "en": (
            "Account manager: ",
            ", who has left",
            "served round the clock by",
            "replies within 30 minutes",
            "First reply (Q1) after 12 min, in time",
            "First reply (Q2) only after 45 min",
            "First reply (park customer)",
        ),
        "zh": (
            "原经办人已离岗",
            "全天候服务",
            "30 分钟内先行答复",
            "12 分钟后首次答复（Q1），按时",
            "45 分钟后才首次答复（Q2）",
            "首次答复(园区客户)",
        ),
    }
    for words in told[language]:
        assert words in text, words
    # Owed within minutes: beside the day stands the hour, here at night.
    assert page.locator("table.cards td.date", has_text="02:48").count() == 2
    assert page.locator("table.cards td.date", has_text="03:18").count() == 2
    # And who is on duty at this hour, by the rota: it is 10:41 in Haikou.
    on_duty = page.locator("#state div", has_text={"en": "On duty now", "zh": "此刻值班"}[language])
    turn = officer_on_duty(policy("hainan"), NOW)
    assert turn is not None
    assert turn.name in on_duty.inner_text()
    shoot(page, f"officers-{language}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_survey_by_video_and_a_trip_for_nothing_are_named(
    site: Served, open_page: Open, language: str
) -> None:
    page = open_page(390)
    enter(page, site, HOME, language)
    text = page.locator("main").text_content() or ""
    told = {
        "en": ("by photographs or video, without a visit", "caused by a wrong notice of the grid company"),
        "zh": ("以照片或视频完成，未上门", "因电网企业通知有误"),
    }
    for words in told[language]:
        assert words in text, words
    assert page.get_by_text({"en": "On duty now", "zh": "此刻值班"}[language]).count() == 0
