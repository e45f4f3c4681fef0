"""Parts of the whole platform are killed and frozen while a small day is fed: nothing is lost, doubled or
changed."""

import asyncio
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from deploy.chaos.survive import STAGES, survive
from deploy.feed.run import Bars
from deploy.profiles.loader import load_profile
from deploy.settings import load_settings
from deploy.stack.ports import private
from deploy.stack.running import running_stack

APPLICATIONS, KILLS = 30, 3
SEED = 164  # strikes the broker, the worker and the database
WAIT = timedelta(seconds=20)  # longer than any part stays away


def test_a_day_under_blows_is_accounted_for_to_the_last_fact(tmp_path: Path) -> None:
    settings = private(load_settings(), tmp_path / "stack", early_wait=WAIT, late_grace=WAIT)
    policy = load_profile(settings.profiles[0])
    with running_stack(settings) as stack, Bars(Console(quiet=True), stages=STAGES) as bars:
        survived = asyncio.run(
            survive(
                stack.settings,
                stack.secrets,
                policy,
                applications=APPLICATIONS,
                kills=KILLS,
                seed=SEED,
                bars=bars,
            )
        )
    assert survived.lost == ()
    assert survived.surprises == ()
    assert survived.report.findings == ()
    assert survived.figures == (
        {
            "applications": APPLICATIONS,
            "kills": KILLS,
            "lost": 0,
            "doubled": 0,
            "holes": 0,
            "rebuilt_equal": True,
            "audit_ok": True,
        }
    )
