"""`test`: every check of the project, in the order in which they fail fastest."""

import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Annotated, NamedTuple

import typer
from rich.console import Console

from deploy import browser
from deploy.cli.board import prepare
from deploy.errors import UserError
from deploy.settings import ROOT, load_settings


def _servers(out: Console) -> None:
    """Fetch and build Kafka and Temporal now, where it can be watched, and not inside the first test."""
    prepare(load_settings(), out)


def _browser(out: Console) -> None:
    browser.ensure(load_settings().chromium, out.print)


def _nothing(out: Console) -> None:
    pass


class Check(NamedTuple):
    """A check: its name, what it looks at, arguments to the interpreter, and what must be there first."""

    name: str
    looks_at: str
    arguments: str
    first: Callable[[Console], None] = _nothing


_LAYERS = "-c 'from importlinter.cli import lint_imports_command as check; check()'"

CHECKS = (
    Check("lint", "style, mistakes, security", "-m ruff check ."),
    Check("format", "one way of writing", "-m ruff format --check --quiet ."),
    Check("types", "mypy --strict", "-m mypy"),
    Check("layers", "who may import whom", _LAYERS),
    Check("unit", "pure functions, models, tables", "-m pytest tests/unit"),
    Check("replay", "recorded runs, by today's code", "-m pytest tests/replay"),
    Check("bench", "what the measurements measure", "-m pytest tests/bench", _servers),
    Check("integration", "real Kafka, Temporal and PostgreSQL", "-m pytest tests/integration", _servers),
    Check("chaos", "parts killed under load, then audited", "-m pytest tests/chaos", _servers),
    Check("browser", "the pages in headless Chromium", "-m pytest tests/browser", _browser),
)


def test(
    only: Annotated[
        list[str] | None, typer.Argument(help=f"Some of: {', '.join(check.name for check in CHECKS)}.")
    ] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Stop at the first check that fails.")] = False,
) -> None:
    """Run all checks. Ends 0 only if every one passed.

    What is missing is fetched: servers as in `up`, Chromium and a Chinese font from the distribution where
    that is allowed. Screenshots are kept in .local/screenshots.

        ./mingdian test
        ./mingdian test lint types unit
    """
    chosen = _chosen(only or [])
    out = Console()
    results: list[tuple[Check, int, float]] = []
    for check in chosen:
        out.rule(f"[bold]{check.name}[/]  {check.looks_at}", align="left")
        began = time.monotonic()
        check.first(out)
        status = subprocess.run(
            (sys.executable, *shlex.split(check.arguments)), cwd=ROOT, check=False
        ).returncode
        results.append((check, status, time.monotonic() - began))
        if status and stop:
            break
    out.rule()
    for check, status, seconds in results:
        word = "[green]passed[/]" if status == 0 else f"[red]failed ({status})[/]"
        out.print(f"{check.name:<12} {word:<24} {seconds:6.1f} s")
    failed = sum(status != 0 for _, status, _ in results)
    out.print(f"{len(results) - failed} passed, {failed} failed")
    raise typer.Exit(1 if failed else 0)


def _chosen(only: list[str]) -> list[Check]:
    known = [check.name for check in CHECKS]
    strange = [name for name in only if name not in known]
    if strange:
        raise UserError(
            "check", f"No check {', '.join(strange)}. There are: {', '.join(c.name for c in CHECKS)}."
        )
    return [check for check in CHECKS if not only or check.name in only]
