"""Makes what the servers must hold before the platform starts: topics, tables, namespace, search attributes.

Everything is made when missing and left alone when there: `ensure` may run at every start.
"""

import asyncio
import hashlib
import logging
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from deploy import read_models
from deploy.errors import UserError
from deploy.settings import ROOT, Settings
from deploy.stack import kafka_topics, temporal_namespace
from deploy.stack.health import is_missing_database

_log = logging.getLogger(__name__)

# Folders in the order in which they are applied; within one, files go by name.
SQL_FILES = ("workflows/intake/sql/*.sql", "activities/sql/*.sql", "projections/sql/*.sql")

_BOOK = """
CREATE SCHEMA IF NOT EXISTS platform;
CREATE TABLE IF NOT EXISTS platform.migrations (
    name text PRIMARY KEY,
    sha text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""
_LOCK = 0x6D696E67


async def ensure(settings: Settings) -> None:
    """Make everything. Raises `UserError` when something is there and is not what it should be."""
    await asyncio.gather(
        migrate(settings.postgres_dsn),
        asyncio.to_thread(
            kafka_topics.ensure,
            settings.kafka_bootstrap,
            tuple(settings.inbound_topics),
            settings.inbound_roll,
        ),
        temporal_namespace.ensure(settings.temporal_address, settings.namespace),
    )
    await asyncio.to_thread(read_models.ensure_at, settings.postgres_dsn)
    _log.info("topics, tables and namespace are ready")


def sql_files(root: Path = ROOT) -> list[Path]:
    """Every migration, in order. A file is known by its path under the checkout."""
    found = [path for pattern in SQL_FILES for path in sorted(root.glob(pattern))]
    return list(dict.fromkeys(found))


async def migrate(dsn: str, root: Path = ROOT) -> None:
    """Apply what is not applied yet, each file in a transaction of its own.

    Raises `UserError("migration_changed", …)` for a file that is no longer what was applied, and
    `UserError("migration_failed", …)` for one that the database refuses.
    """
    await _make_database(dsn)
    async with await psycopg.AsyncConnection.connect(dsn, connect_timeout=10, autocommit=True) as link:
        # Held until the connection closes: of two starts at once, the second finds everything applied.
        await link.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        await link.execute(_BOOK)
        rows = await (await link.execute("SELECT name, sha FROM platform.migrations")).fetchall()
        applied = {str(name): str(sha) for name, sha in rows}
        for path in sql_files(root):
            await _apply(link, path.relative_to(root).as_posix(), path.read_text(encoding="utf-8"), applied)


async def _apply(
    link: psycopg.AsyncConnection[tuple[object, ...]], name: str, text: str, applied: dict[str, str]
) -> None:
    sha = hashlib.sha256(text.encode()).hexdigest()
    if name in applied:
        if applied[name] != sha:
            raise UserError(
                "migration_changed",
                f"{name} has changed since it was applied. Restore it; add a new file instead.",
            )
        return
    try:
        async with link.transaction():
            await link.execute(text.encode())
            await link.execute("INSERT INTO platform.migrations (name, sha) VALUES (%s, %s)", [name, sha])
    except psycopg.Error as error:
        said = error.diag.message_primary or type(error).__name__
        raise UserError("migration_failed", f"{name} can't be applied: {said}. Correct the file.") from error
    _log.info("applied", extra={"file": name})


async def _make_database(dsn: str) -> None:
    """Create the database if the server has none of that name."""
    name = str(conninfo_to_dict(dsn).get("dbname") or "")
    try:
        async with await psycopg.AsyncConnection.connect(dsn, connect_timeout=10):
            return
    except psycopg.OperationalError as error:
        if not is_missing_database(error):
            raise
    maintenance = make_conninfo(dsn, dbname="postgres")
    async with await psycopg.AsyncConnection.connect(
        maintenance, connect_timeout=10, autocommit=True
    ) as link:
        try:
            await link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        except psycopg.errors.DuplicateDatabase:
            return
    _log.info("database made", extra={"database": name})
