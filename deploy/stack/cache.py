"""Things built once and used by every checkout: `$XDG_CACHE_HOME/mingdian`."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_dir() -> Path:
    """The cache of this user, made when missing."""
    base = os.environ.get("XDG_CACHE_HOME")
    path = (Path(base) if base else Path.home() / ".cache") / "mingdian"
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Hold a lock of that name over all processes of this user, so that nothing is built twice at once."""
    with (cache_dir() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
