"""What is left for the open cases of a mean."""

import pytest

from deploy.profiles.loader import load_profile
from deploy.settings import ROOT
from events.catalogue.base import Text
from projections.api.overview import mean_watch
from projections.site.texts.tables import TABLES
from projections.site.watch import sentence
from projections.site.words import Words
from tests.unit.workflows.telling import START


def row(closed: int, closed_days: int, opened: int, open_days: int) -> dict[str, int]:
    return {"closed": closed, "closed_days": closed_days, "open": opened, "open_days": open_days}


@pytest.mark.parametrize(
    ("given", "remaining"),
    [
        (row(2, 180, 2, 60), (80 * 4 - 180 - 60) / 2),  # 40 days more for each of the two
        (row(0, 0, 1, 30), 50.0),
        (row(3, 300, 1, 40), -20.0),  # it can't hold any more
        (row(3, 240, 0, 0), None),
    ],
)
def test_what_an_open_case_may_still_take(given: dict[str, int], remaining: float | None) -> None:
    assert mean_watch(80, given, None).remaining == remaining


def test_the_mean_holds_exactly_when_every_open_case_takes_what_is_left() -> None:
    watch = mean_watch(80, row(5, 455, 3, 100), Text(zh="海口市", en="Haikou"))
    assert watch.remaining is not None
    assert (455 + 100 + 3 * watch.remaining) / 8 == pytest.approx(80)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_mean_that_can_not_hold_is_said_in_words(language: str) -> None:
    policy = load_profile(ROOT / "deploy/profiles/hainan")
    words = Words(language, TABLES[language], policy.timezone, START)
    lost = sentence(words, "2026-Q4", mean_watch(80, row(3, 300, 1, 40), None))
    assert words("watch.lost", n=1, days="40.0") in lost
    assert "-" not in lost.replace("2026-Q4", "")
    none = sentence(words, "2026-Q4", mean_watch(80, row(0, 0, 2, 10), None))
    assert words("watch.closed.none") in none
