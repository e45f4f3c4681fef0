"""Ports that a process keeps for itself before anybody listens on them.

That nobody listens on a port says nothing of the stack that was given it a moment ago and still starts, or
whose server is just being started anew. So whoever chooses a port claims it, until its process ends.
"""

import atexit
import fcntl
import random
import socket
import threading
from collections.abc import Iterable
from typing import IO

from deploy.errors import UserError
from deploy.stack.cache import cache_dir

POOL = range(20_000, 32_000)
"""Below those that systems hand out by themselves: no connection that another program opens comes to lie on
one of these."""

_CHOSEN, _KEPT = 0, 100_000
"""Each port has two places in the file: who chose it for a stack, and who runs that, are two processes."""

_lock = threading.Lock()
_mine: set[int] = set()
_file: IO[str] | None = None


def free_ports(count: int, pool: Iterable[int] = POOL) -> list[int]:
    """Ports of this machine that nobody listens on and no other process of this user has chosen.

    They are this process's own until it ends, however it ends. Raises `UserError("no_port", …)` when the pool
    has no more.
    """
    found: list[int] = []
    for port in random.sample(list(pool), len(list(pool))):  # in order, all would try the same ones
        if len(found) == count:
            break
        if _claim(_CHOSEN + port) and _silent(port):
            found.append(port)
    if len(found) < count:
        raise UserError("no_port", "No port is left for another stack. Stop one, or name ports of your own.")
    return found


def keep(port: int) -> bool:
    """Claim a port for the stack that this process runs, until it ends. False if another stack has it."""
    return _claim(_KEPT + port)


def open_file() -> IO[str]:
    """The file in which places stand for ports. Nothing is ever written into it."""
    return (cache_dir() / "ports.lock").open("a+")


def _claim(place: int) -> bool:
    """Lock one place of a file that all processes share: the system lets go of it when the process ends.

    The file is not closed before the end and never opened twice: closing it once would let go of every place.
    """
    global _file  # noqa: PLW0603 - the file is the process's, as the locks are
    with _lock:
        if place in _mine:  # the system would give it to the same process again
            return False
        if _file is None:
            _file = open_file()
            atexit.register(_file.close)  # said aloud, or Python warns that nobody closed it
        try:
            fcntl.lockf(_file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except (BlockingIOError, PermissionError):
            return False
        _mine.add(place)
        return True


def _silent(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
