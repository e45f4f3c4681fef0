"""Whether the platform as a whole is well: that every part runs is not enough, for something may wait."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from deploy.stack.figures import Figures
from deploy.stack.parts import Condition
from deploy.stack.state import PartState, Phase, StackState

LATE_SECONDS = 60.0
"""A page that is further behind tells nobody what is new, and shows how old it is."""


class Standing(StrEnum):
    """How the platform stands, in one word."""

    OK = "ok"
    DEGRADED = "degraded"
    """Every part runs, but something waits: for a person, or for what is away."""
    DOWN = "down"
    """It is not up, or not yet, or a part of it does not run or answer."""


@dataclass(frozen=True)
class Reason:
    """Why it does not stand well: a stable code, how many, a sentence, and the command or file that tells
    more."""

    code: str
    count: int
    sentence: str
    look: str


class Verdict(NamedTuple):
    """How the platform stands, and why."""

    standing: Standing
    because: tuple[Reason, ...]

    def as_json(self) -> dict[str, Any]:
        """`{"state": "degraded", "because": [{"code", "count", "sentence", "look"}]}`."""
        return {"state": self.standing.value, "because": [asdict(one) for one in self.because]}


def judge(state: StackState | None, figures: Figures, log_dir: Path) -> Verdict:
    """Judge the stack by its parts, and what is in it by `platform_figures`."""
    if state is None:
        return Verdict(Standing.DOWN, ())
    parts = tuple(_part(part, log_dir) for part in state.troubled())
    waiting = tuple(_waiting(figures, log_dir))
    missing = [part for part in state.troubled() if part.state != Condition.DEGRADED]
    if state.phase is not Phase.RUNNING or missing:
        return Verdict(Standing.DOWN, parts + waiting)
    return Verdict(Standing.DEGRADED if parts or waiting else Standing.OK, parts + waiting)


def _part(part: PartState, log_dir: Path) -> Reason:
    told = f" ({part.detail})" if part.detail else ""
    code = "part_degraded" if part.state == Condition.DEGRADED else "part_down"
    return Reason(code, 1, f"{part.name} is {part.state}{told}", str(log_dir / f"{part.name}.log"))


def _waiting(figures: Figures, log_dir: Path) -> Iterator[Reason]:
    if not figures:
        yield Reason(
            "no_figures",
            1,
            "What waits is not known: the database does not tell",
            str(log_dir / "postgres.log"),
        )
        return
    models = {name: row for name, row in figures.items() if name not in {"intake", "callbacks"}}
    yield from _intake(figures["intake"], log_dir)
    yield from _callbacks(figures.get("callbacks", {}), log_dir)
    for name, row in models.items():
        yield from _read_model(name, row)


def _intake(row: Mapping[str, Any], log_dir: Path) -> Iterator[Reason]:
    if letters := row["dead_letters"]:
        behind = f", with {_many(row['waiting_behind'], 'fact')} behind" if row["waiting_behind"] else ""
        waits = "waits" if letters == 1 else "wait"
        sentence = f"{_many(letters, 'dead letter')} {waits}{behind}"
        yield Reason("dead_letters", letters, sentence, "./mingdian deadletters list --open")
    if retried := row["retried"]:
        sentence = f"{_many(retried, 'application')} could not be delivered to, and will be tried again"
        yield Reason("retried", retried, sentence, str(log_dir / "intake.log"))


def _callbacks(row: Mapping[str, Any], log_dir: Path) -> Iterator[Reason]:
    if failing := row.get("failing"):
        sentence = f"Of {_many(failing, 'application')} a channel does not hear ({row['codes']})"
        yield Reason("callbacks_failing", failing, sentence, str(log_dir / "notify.log"))


def _read_model(name: str, row: Mapping[str, Any]) -> Iterator[Reason]:
    if version := row.get("newer_version"):
        sentence = f"{name} is shown as an older release left it; version {version} waits to be shown"
        yield Reason("newer_version", 1, sentence, f"./mingdian projections switch {name}")
    if held := row["held"]:
        sentence = f"{name} holds back {_many(held, 'event')}: before them one is missing, or can't be folded"
        yield Reason("held", held, sentence, "./mingdian projections list")
    if findings := row["findings"]:
        sentence = f"{name} met {_many(findings, 'record')} in the log that should not be there"
        yield Reason("findings", findings, sentence, "./mingdian audit")
    if (late := row.get("lag_seconds") or 0.0) > LATE_SECONDS:
        sentence = f"{name} is {_many(row['behind'], 'record')} and {late:.0f} s behind the log"
        yield Reason("late", row["behind"], sentence, "./mingdian projections list")


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
