"""A file by which a process says that it lives: `<run_dir>/<name>.alive`."""

import json
import time
from pathlib import Path
from typing import NamedTuple

EVERY_SECONDS = 2.0
STALE_SECONDS = 15.0


class Beat(NamedTuple):
    """`at`: seconds since the epoch; `ok`: doing its work; `detail`: a few words, no personal data."""

    at: float
    ok: bool
    detail: str

    @property
    def age(self) -> float:
        """Seconds since it was written."""
        return time.time() - self.at

    @property
    def stale(self) -> bool:
        """Whether the process has stopped saying anything."""
        return self.age > STALE_SECONDS


def alive_path(run_dir: Path, name: str) -> Path:
    """Where the process of that name writes."""
    return run_dir / f"{name}.alive"


def write(path: Path, ok: bool, detail: str) -> None:
    """Replace the file at once, so that a reader never sees half of it."""
    draft = path.with_suffix(".alive.new")
    draft.write_text(json.dumps({"at": time.time(), "ok": ok, "detail": detail}), encoding="utf-8")
    draft.replace(path)


def read(path: Path) -> Beat | None:
    """The last beat; None before the first."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Beat(float(found["at"]), bool(found["ok"]), str(found["detail"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
