"""What is left for the open cases of a mean."""

import pytest

from deploy.profiles.loader import load_profile
from deploy.settings import ROOT
from events.catalogue.base import Text
from projections.api.promises import mean_watch
from projections.site.texts.tables import TABLES
from projections.site.watch import sentence
from projections.site.words import Words
from tests.unit.workflows.telling import START


def row(closed: int, closed_days: int, opened: int, open_days: int) -> dict[str, int]:
    """Net days are given; with pauses each sum is 10 more."""
    return {
        "closed": closed,
        "closed_net": closed_days,
        "closed_gross": closed_days + 10 if closed else 0,
        "open": opened,
        "open_net": open_days,
        "open_gross": open_days + 10 if opened else 0,
    }


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


@pytest.mark.parametrize(("closed_days", "kept"), [(160, True), (161, False)])
def test_net_days_decide_and_gross_ones_stand_beside(closed_days: int, kept: bool) -> None:
    watch = mean_watch(80, row(2, closed_days, 2, 60), None)
    assert watch.kept is kept
    assert (watch.mean, watch.mean_gross) == (closed_days / 2, closed_days / 2 + 5)
    assert (watch.open_mean, watch.open_mean_gross) == (30, 35)


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
