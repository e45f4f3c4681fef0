"""That every part runs is not enough: what waits for a person is told, with the command that shows it."""

import json
import os
import time
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from deploy.cli import app
from deploy.cli import status as command
from deploy.cli.parts_table import parts_table
from deploy.settings import Settings
from deploy.stack import control
from deploy.stack.figures import Figures
from deploy.stack.processes import Identity, write_pid
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
            figures("progress", newer_version=8),
            *("newer_version", 1),
            "progress is shown as an older release left it; version 8 waits to be shown",
            "./mingdian projections switch progress",
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

    def ask(_: Settings, *, ask_kafka: bool) -> Figures:
        asked.append(ask_kafka)
        return known[0]

    asked: list[bool] = []
    known: list[Figures] = [{}]
    monkeypatch.setattr(command, "platform_figures", ask)

    def run(state: StackState | None, found: Figures, *options: str) -> tuple[int, str]:
        known[0] = found
        monkeypatch.setattr(control, "look", lambda _: state)
        with pytest.raises(SystemExit) as ended:
            app.run(["status", *options])
        return int(str(ended.value.code)), capsys.readouterr().out

    run.asked = asked  # type: ignore[attr-defined]
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


def test_a_kafka_that_is_away_is_not_waited_for_and_what_it_would_say_is_not_known(told: Any) -> None:
    unknown = {name: {k: v for k, v in row.items() if k != "lag_seconds"} for name, row in STEADY.items()}
    del unknown["progress"]["behind"]
    _, said = told(stack(kafka="restarting"), unknown | {"intake": STEADY["intake"] | {"behind": 0}})
    [line] = [line for line in said.splitlines() if line.startswith("progress")]
    assert line.endswith("behind not known: Kafka does not tell")
    told(stack(kafka="ok"), STEADY)
    assert told.asked == [False, True]


def test_what_a_killed_supervisor_left_is_named(told: Any, tmp_path: Path) -> None:
    me = Identity.of(os.getpid())
    assert me is not None
    (tmp_path / "run").mkdir()
    write_pid(tmp_path / "run", "kafka", me)
    code, said = told(None, {})
    assert (code, said) == (1, "The supervisor is gone but left: kafka. ./mingdian down ends them.\n")
    code, said = told(None, {}, "--json")
    assert (code, json.loads(said)["left"]) == (1, ["kafka"])


def test_the_table_says_when_a_part_ended_last_and_how() -> None:
    state = stack()
    state.parts[0].last_exit, state.parts[0].ended_at = "SIGKILL", 1_800_000_000.0
    out = Console(width=160, file=StringIO())
    out.print(parts_table(state, 160))
    assert isinstance(out.file, StringIO)
    clock = time.strftime("%H:%M:%S", time.localtime(1_800_000_000))
    assert f"so (last end: SIGKILL at {clock})" in out.file.getvalue()
