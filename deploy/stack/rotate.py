"""Cuts log files that have grown long. Their writers keep them open for appending and need no signal."""

import os
import shutil
from pathlib import Path

LIMIT_BYTES = 10 * 1024 * 1024
KEPT = 3


def rotate_all(log_dir: Path, limit: int = LIMIT_BYTES) -> None:
    """Rotate every `*.log` above the limit."""
    for path in log_dir.glob("*.log"):
        if path.stat().st_size > limit:
            rotate(path)


def rotate(path: Path) -> None:
    """`x.log` becomes `x.log.1`, that `x.log.2`, and so on; the open file is copied, then cut to nothing."""
    for number in range(KEPT - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number + 1}"))
    shutil.copyfile(path, path.with_name(f"{path.name}.1"))
    os.truncate(path, 0)
