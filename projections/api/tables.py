"""Rows as CSV that a spreadsheet opens without harm: UTF-8 with a byte-order mark, no cell that it would run.

A row is an allow-listed model: its fields are the columns, and nothing else can get in.
"""

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from projections.api.views import View

BOM = "\ufeff"
MEDIA_TYPE = "text/csv; charset=utf-8"
_RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet take text for a formula."""


def table(columns: type[View], rows: Iterable[View]) -> str:
    """Return the rows as one text."""
    return head(columns) + "".join(line(columns, row) for row in rows)


def head(columns: type[View]) -> str:
    """Return how a table begins: the mark, and the names of its columns."""
    return BOM + written(list(columns.model_fields))


def line(columns: type[View], row: View) -> str:
    """Return one row; it ends as RFC 4180 says."""
    return written([getattr(row, name) for name in columns.model_fields])


def written(cells: Iterable[Any]) -> str:
    """Return a row of any cells."""
    held = io.StringIO()
    csv.writer(held, lineterminator="\r\n").writerow([_cell(one) for one in cells])
    return held.getvalue()


def _cell(value: Any) -> str:
    """A number is written as it is, also below zero; a time as its own zone's clock shows it, which is what a
    spreadsheet can read; text that would be run gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, int | Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "seconds")
    text = str(value.value) if isinstance(value, Enum) else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_RUN) else text
