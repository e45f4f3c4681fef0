"""That every part runs is not enough: what waits for a person is told, with the command that shows it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from deploy.cli import app
from deploy.cli import status as command
from deploy.stack import control
from deploy.stack.figures import Figures
from deploy.stack.processes import Identity
from deploy.stack.state import PartState, Phase, StackState
from deploy.stack.verdict import Reason, Standing, judge

LOGS = Path("/logs")
STEADY: Figures = {
    "intake": {"facts": 7, "dead_letters": 0, "waiting_behind": 0, "retried": 0},
    "progress": {"behind": 0, "lag_seconds": 0.0, "held": 0, "findings": 0},
}


def stack(phase: Phase = Phase.RUNNING, **states: str) -> StackState:
    """A running stack of two parts that are well, unless told otherwise."""
    me = Identity.of(os.getpid())
    assert me is not None
    told = {"intake": "ok", "web": "ok"} | states
    parts = [PartState(name=name, address="", state=state, detail="so") for name, state in told.items()]
    return StackState(supervisor=me, phase=phase, parts=parts)


def figures(model: str, **changed: Any) -> Figures:
    return {**STEADY, model: STEADY[model] | changed}


def test_when_all_runs_and_nothing_waits_it_is_ok() -> None:
    assert judge(stack(), STEADY, LOGS) == (Standing.OK, ())


@pytest.mark.parametrize(
    ("found", "code", "count", "sentence", "look"),
    [
        (
            figures("intake", dead_letters=1),
            *("dead_letters", 1, "1 dead letter waits", "./mingdian deadletters list --open"),
        ),
        (
            figures("intake", dead_letters=3, waiting_behind=2),
            *("dead_letters", 3, "3 dead letters wait, with 2 facts behind"),
            "./mingdian deadletters list --open",
        ),
        (
            figures("intake", retried=2),
            *("retried", 2, "2 applications could not be delivered to, and will be tried again"),
            "/logs/intake.log",
        ),
        (
            figures("progress", held=4),
            *("held", 4, "progress holds back 4 events: before them one is missing, or can't be folded"),
            "./mingdian projections list",
        ),
        (
            figures("progress", findings=1),
            *("findings", 1, "progress met 1 record in the log that should not be there"),
            "./mingdian audit",
        ),
        (
            figures("progress", behind=900, lag_seconds=61.2),
            *("late", 900, "progress is 900 records and 61 s behind the log", "./mingdian projections list"),
        ),
        ({}, "no_figures", 1, "What waits is not known: the database does not tell", "/logs/postgres.log"),
    ],
)
def test_what_waits_though_all_runs_is_degraded_with_its_count_and_where_to_look(
    found: Figures, code: str, count: int, sentence: str, look: str
) -> None:
    assert judge(stack(), found, LOGS) == (Standing.DEGRADED, (Reason(code, count, sentence, look),))


def test_a_page_that_is_a_little_behind_is_well() -> None:
    assert judge(stack(), figures("progress", behind=9, lag_seconds=59.0), LOGS).standing is Standing.OK


def test_a_part_that_calls_itself_unwell_is_degraded() -> None:
    verdict = judge(stack(intake="degraded"), STEADY, LOGS)
    assert verdict.standing is Standing.DEGRADED
    assert verdict.because == (Reason("part_degraded", 1, "intake is degraded (so)", "/logs/intake.log"),)


@pytest.mark.parametrize("state", ["silent", "restarting", "starting", "failed", "stopped"])
def test_a_part_that_does_not_run_or_answer_is_down_whatever_else_waits(state: str) -> None:
    verdict = judge(stack(web=state, intake="degraded"), figures("intake", dead_letters=1), LOGS)
    assert verdict.standing is Standing.DOWN
    assert [one.code for one in verdict.because] == ["part_degraded", "part_down", "dead_letters"]


@pytest.mark.parametrize("phase", [Phase.STARTING, Phase.STOPPING, Phase.FAILED])
def test_what_is_not_up_yet_or_any_more_is_down(phase: Phase) -> None:
    assert judge(stack(phase), STEADY, LOGS).standing is Standing.DOWN
    assert judge(None, {}, LOGS) == (Standing.DOWN, ())


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """What `status` says, and how it ends, of a stack and figures."""
    monkeypatch.setenv("MINGDIAN_DATA_DIR", str(tmp_path))

    def run(state: StackState, found: Figures, *options: str) -> tuple[int, str]:
        monkeypatch.setattr(control, "look", lambda _: state)
        monkeypatch.setattr(command, "platform_figures", lambda _: found)
        with pytest.raises(SystemExit) as ended:
            app.run(["status", *options])
        return int(str(ended.value.code)), capsys.readouterr().out

    return run


def test_the_command_says_degraded_and_what_to_type_and_ends_1(told: Any) -> None:
    code, said = told(stack(), figures("intake", dead_letters=3, waiting_behind=2))
    assert code == 1
    lines = [line.strip() for line in said.splitlines()]
    assert lines[-2].split() == ["state", "degraded"]
    assert lines[-1] == ("3 dead letters wait, with 2 facts behind. See ./mingdian deadletters list --open")


def test_a_program_reads_the_same(told: Any) -> None:
    code, said = told(stack(), figures("intake", dead_letters=3), "--json")
    whole = json.loads(said)
    assert (code, whole["state"], whole["up"], whole["well"]) == (1, "degraded", True, False)
    assert [(one["code"], one["count"]) for one in whole["because"]] == [("dead_letters", 3)]


def test_it_ends_0_when_all_is_well_and_1_when_a_part_is_down(told: Any) -> None:
    code, said = told(stack(), STEADY)
    assert (code, said.splitlines()[-1].split()) == (0, ["state", "ok"])
    code, said = told(stack(web="silent"), STEADY, "--json")
    assert (code, json.loads(said)["state"]) == (1, "down")
    code, said = told(stack(Phase.STOPPING), STEADY)
    assert (code, said.splitlines()[-1].split()) == (1, ["state", "down", "(stopping)"])
