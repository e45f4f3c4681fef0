"""Asking the database of the running stack from a command, with its absence told in one line."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import psycopg

from activities.outcomes import Connection
from deploy.errors import UserError
from deploy.settings import Settings

T = TypeVar("T")


def asked(settings: Settings, ask: Callable[[Connection], Awaitable[T]]) -> T:
    """Return what `ask` returns, given an open connection that commits statement by statement.

    Raises `UserError` when the database is away or was never set up.
    """

    async def connected() -> T:
        async with await psycopg.AsyncConnection.connect(
            settings.postgres_dsn, connect_timeout=5, autocommit=True
        ) as conn:
            return await ask(conn)

    try:
        return asyncio.run(connected())
    except psycopg.errors.UndefinedTable:
        raise UserError(
            "not_set_up", "The database has no such tables yet. Start the stack: ./mingdian up."
        ) from None
    except psycopg.OperationalError:
        raise UserError(
            "no_database", "The database does not answer. Start the stack: ./mingdian up."
        ) from None
