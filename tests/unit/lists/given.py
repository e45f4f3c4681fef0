"""The lists and the tables that the tests of this folder read."""

from functools import cache
from pathlib import Path

from deploy.profiles.lists import list_table, load_lists
from deploy.profiles.loader import load_profiles
from workflows.intake.list_files import lines_of
from workflows.intake.list_rows import ListRow, rows_of
from workflows.policy.lists import ListTable
from workflows.policy.model import Policy

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "tests/data/feeds"
HAINAN = ROOT / "deploy/profiles/hainan"
PROV, CITY, SANYA = "/gov/hainan/projects", "/gov/haikou/projects", "/gov/sanya/projects"

SMALL = {"profile": "hainan", "feed": "prov", "record": "id"}
"""A mapping of the least there must be."""

FIELDS = [{"name": "project_name", "column": "name"}, {"name": "region", "column": "city"}]


@cache
def policies() -> dict[str, Policy]:
    """Hainan alone."""
    return load_profiles([HAINAN])


@cache
def tables() -> dict[str, ListTable]:
    """Those that Hainan's folder has."""
    return load_lists([HAINAN])


def small(*more: dict[str, object], **changes: object) -> ListTable:
    """A table with these fields besides, and these changes."""
    return list_table(Path("small.toml"), {**SMALL, "field": [*FIELDS, *more], **changes})


def rows(body: bytes | str, table: ListTable) -> list[ListRow]:
    """The rows of a list."""
    raw = body.encode() if isinstance(body, str) else body
    return list(rows_of(lines_of(raw, table), table, policies()["hainan"]))


def shipped(name: str, source: str) -> dict[str | None, ListRow]:
    """The rows of a file of `tests/data/feeds`, by record."""
    return {row.record: row for row in rows((DATA / name).read_bytes(), tables()[source])}


def codes(row: ListRow) -> set[tuple[str, str]]:
    """What speaks against a row, with its columns."""
    return {(one.code, one.field) for one in row.problems}
