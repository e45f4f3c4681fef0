"""Projects as a table for spreadsheets (RFC 4180, UTF-8 with its mark, so that they read Chinese)."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from projections.api.prestart_views import ListedProject

COLUMNS = tuple(name for name in ListedProject.model_fields if name != "region_name")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(projects: Iterable[ListedProject]) -> str:
    """Return the public columns of a list, the region by its code and its two names."""
    head = (*COLUMNS, "region_zh", "region_en")
    rows = ([*_cells(one), one.region_name.zh, one.region_name.en] for one in projects)
    return written(head, rows)


def written(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table with its head."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows([plain(cell) for cell in row] for row in rows)
    return out.getvalue()


def plain(value: Any) -> str:
    """Return a cell's text. What a spreadsheet would take for a formula is no formula of ours."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)


def _cells(one: ListedProject) -> list[Any]:
    return [getattr(one, name) for name in COLUMNS]
