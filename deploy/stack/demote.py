"""Running one program as somebody else than root: PostgreSQL refuses to be root.

An administrator's checkout often lies where nobody else may look (`/root`, a private temporary folder).
Rather than opening those folders to the world, the program alone gets the right to pass through them.
"""

import os
import pwd
import shutil
from collections.abc import Iterable
from pathlib import Path

from deploy.errors import UserError

_FALLBACK_USER = "nobody"
_OTHERS_MAY_ENTER = 0o001
# Linux capabilities by bit; the weaker one first.
_SEARCH = ((2, "dac_read_search"), (1, "dac_override"))


def owner_for(folder: Path) -> pwd.struct_passwd | None:
    """Whom to run as when we are root: the folder's owner, else `nobody`. None when we are not."""
    if os.geteuid() != 0:
        return None
    if folder.exists() and (uid := folder.stat().st_uid) != 0:
        return pwd.getpwuid(uid)
    return pwd.getpwnam(_FALLBACK_USER)


def prefix(user: pwd.struct_passwd | None, paths: Iterable[Path]) -> tuple[str, ...]:
    """What to put before a command so that it runs as `user` and reaches `paths`; empty for no user."""
    if user is None:
        return ()
    tool = shutil.which("setpriv")
    if tool is None:
        raise UserError(
            "no_setpriv", "PostgreSQL can't run as root here. Install util-linux, or run as another user."
        )
    plain = (tool, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
    if all(_open_to_others(path) for path in paths):
        return (*plain, "--")
    right = _granted()
    return (*plain, f"--inh-caps=-all,+{right}", f"--ambient-caps=-all,+{right}", "--")


def _open_to_others(path: Path) -> bool:
    return all(folder.stat().st_mode & _OTHERS_MAY_ENTER for folder in path.resolve().parents)


def _granted() -> str:
    """The weakest right to pass through closed folders that we have ourselves and may hand on."""
    status = dict(
        line.split(":\t", 1) for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line
    )
    held = int(status.get("CapPrm", "0"), 16) & int(status.get("CapBnd", "0"), 16)
    for bit, name in _SEARCH:
        if held & (1 << bit):
            return name
    raise UserError(
        "closed_folder",
        "PostgreSQL must run as another user than root and can't enter this folder. "
        "Move the checkout to an open folder, or run as its owner.",
    )
