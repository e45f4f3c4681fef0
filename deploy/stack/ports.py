"""Addresses that must be free before the stack starts, and ports for a stack beside others."""

import errno
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

from deploy.errors import UserError
from deploy.settings import PREFIX, Settings
from deploy.stack.claims import free_ports, keep
from deploy.stack.parts import Listener

_SETTINGS = tuple(name for name in Settings.model_fields if name.endswith("_port"))


def private(settings: Settings, folder: Path, **more: Any) -> Settings:
    """Settings of a stack of its own: its servers and data in `folder`, on free ports, whatever else runs.

    The ports are this process's until it ends. `more` replaces further settings. Servers that `settings` name
    are not used: they are not to be harmed.
    """
    own = dict(zip(_SETTINGS, free_ports(len(_SETTINGS)), strict=True))
    servers = {"kafka": None, "postgres": None, "temporal": None, "platform": True, "secrets": None}
    given = settings.model_dump() | {"data_dir": folder} | servers | own | more
    return Settings(**given)


def require_free(listeners: Iterable[Listener]) -> None:
    """Raise `UserError("port_in_use", …)` that names port, setting and, where it can be told, the holder."""
    seen: dict[int, str] = {}
    for listener in listeners:
        if listener.port in seen:
            raise UserError(
                "port_twice",
                f"Port {listener.port} is given to both {seen[listener.port]} and {listener.setting}. "
                f"Set one of them ({_setting(listener)}) to another port.",
            )
        seen[listener.port] = listener.setting
        _require_one(listener)


def keep_all(listeners: Iterable[Listener]) -> None:
    """Claim the ports of the stack that this process runs, until it ends.

    Raises `UserError("port_in_use", …)` for one that another stack keeps: it may listen in a moment.
    """
    for listener in listeners:
        if not keep(listener.port):
            raise UserError(
                "port_in_use",
                f"Port {listener.port} belongs to another stack that runs or starts. "
                f"Stop that, or set {_setting(listener)} to another.",
            )


def _setting(listener: Listener) -> str:
    return f"{PREFIX}{listener.setting.upper()}"


def _require_one(listener: Listener) -> None:
    family = socket.AF_INET6 if ":" in listener.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((listener.host, listener.port))
        except OSError as error:
            where = f"{listener.host}:{listener.port}"
            setting = _setting(listener)
            if error.errno == errno.EADDRINUSE:
                raise UserError(
                    "port_in_use",
                    f"Port {listener.port} is in use{_holder(listener.port)}. "
                    f"End that, or set {setting} to another.",
                ) from None
            raise UserError(
                "port_refused", f"Can't listen on {where}: {error.strerror}. Set {setting} to another port."
            ) from None


def _holder(port: int) -> str:
    """` by NAME (process N)`, or nothing where the system does not tell us."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
                if connection.pid is None:
                    return ""
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        return ""
    return ""
