"""Tells readers of pages what can be read now; part of the transaction that made it so."""

import json
from typing import Any

from projections.store import Connection

CHANNEL = "mingdian_progress"
_NOTICE_LIMIT = 7_500  # PostgreSQL takes 8,000 bytes; past this a reader is told to look at all positions


def announce(db: Connection, notices: list[dict[str, Any]]) -> None:
    """Tell what moved: `[{"profile", "number", "sequence"}, …]`."""
    if notices:
        text = json.dumps(notices, separators=(",", ":"))
        _tell(db, text if len(text.encode()) <= _NOTICE_LIMIT else json.dumps("*"))


def everything(db: Connection) -> None:
    """Tell that anything may have moved."""
    _tell(db, json.dumps("*"))


def _tell(db: Connection, text: str) -> None:
    db.execute("SELECT pg_notify(%s, %s)", (CHANNEL, text))
