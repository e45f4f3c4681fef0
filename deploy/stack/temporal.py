"""Temporal's dev server and web UI: built once from source by a packaged Go, with its state in a file."""

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from deploy.errors import UserError
from deploy.settings import Settings
from deploy.stack import health
from deploy.stack.cache import alone, cache_dir
from deploy.stack.parts import Listener, Part
from deploy.stack.progress import Progress, silent

VERSION = "1.5.1"
MODULE = f"github.com/temporalio/cli/cmd/temporal@v{VERSION}"

_LINES = 1470
"""What the build prints: a line per module fetched, a line per package compiled."""


def executable(settings: Settings) -> Path:
    """Temporal's command: what the settings name, else the one in the cache (perhaps not built yet)."""
    if settings.temporal_cli is None:
        return cache_dir() / f"temporal-{VERSION}" / "temporal"
    if not settings.temporal_cli.is_file():
        raise UserError(
            "no_temporal", f"No Temporal at {settings.temporal_cli}. Correct or unset MINGDIAN_TEMPORAL_CLI."
        )
    return settings.temporal_cli


def prepare(settings: Settings, progress: Progress = silent) -> None:
    """Build the server if this user has none yet; three to four minutes on two cores."""
    if executable(settings).exists():
        progress(1.0, "ready")
        return
    progress(0.0, "waiting for another build")
    with alone("temporal"):
        if not executable(settings).exists():
            _build(executable(settings), progress)
    progress(1.0, "ready")


def _build(target: Path, progress: Progress) -> None:
    """Into a workshop that is kept when interrupted, so that the next try goes on from there."""
    workshop = cache_dir() / "temporal-build"
    workshop.mkdir(exist_ok=True)
    log = workshop / "build.log"
    command = [str(_go()), "install", "-v", "-trimpath", "-ldflags=-s -w", MODULE]
    with subprocess.Popen(
        command,
        cwd=workshop,
        env=_environment(workshop),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            _follow(process, log, progress)
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise UserError("temporal_build", f"Temporal can't be built. See the end of {log}; then try again.")
    target.parent.mkdir(exist_ok=True)
    (workshop / "bin" / "temporal").rename(target)
    shutil.rmtree(workshop, ignore_errors=True)  # three gigabytes of intermediate files


def _follow(process: subprocess.Popen[str], log: Path, progress: Progress) -> None:
    assert process.stdout is not None
    with log.open("w", encoding="utf-8") as file:
        for number, line in enumerate(process.stdout, start=1):
            file.write(line)
            fetching = line.startswith("go: downloading")
            progress(min(number / _LINES, 0.99), "fetching sources" if fetching else "compiling")


def _go() -> Path:
    spec = find_spec("go")
    found = Path(spec.origin).parent / "bin" / "go" if spec and spec.origin else None
    if found is None or not found.exists():
        raise UserError(
            "no_go", "The Go package is missing. Remove .venv and start again, or set MINGDIAN_TEMPORAL_CLI."
        )
    return found


def _environment(workshop: Path) -> dict[str, str]:
    """The caller's, so that its proxy is used, but with folders of our own and this very tool chain."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"GOROOT", "GOFLAGS", "GOARCH", "GOOS"}
    }
    return kept | {
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-modcacherw",  # else the workshop could not be removed
        "GOPATH": str(workshop / "path"),
        "GOMODCACHE": str(workshop / "path" / "pkg" / "mod"),
        "GOCACHE": str(workshop / "cache"),
        "GOBIN": str(workshop / "bin"),
        "GOENV": "off",
    }


def part(settings: Settings) -> Part:
    """The local dev server, or a look at the one that the settings name."""
    probe = health.temporal(settings.temporal_address, settings.namespace)
    if settings.temporal:
        return Part(name="temporal", address=settings.temporal_address, probe=probe)
    home = settings.data_dir / "temporal"
    return Part(
        name="temporal",
        address=settings.temporal_address,
        probe=probe,
        argv=(str(executable(settings)), "server", "start-dev", *_options(settings)),
        cwd=home,
        listens=(
            Listener("127.0.0.1", settings.temporal_port, "temporal_port"),
            Listener("127.0.0.1", settings.temporal_ui_port, "temporal_ui_port"),
        ),
        before=lambda: home.mkdir(parents=True, exist_ok=True),
    )


def _options(settings: Settings) -> list[str]:
    return [
        *(
            "--ip",
            "127.0.0.1",
            "--port",
            str(settings.temporal_port),
            "--ui-port",
            str(settings.temporal_ui_port),
        ),
        *("--db-filename", "temporal.db", "--namespace", settings.namespace),
        # From 16 to 45 workflows a second on a disk; a power cut may cost the last commits, not the file.
        *("--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal"),
        *("--log-level", "warn", "--log-format", "text"),
    ]
