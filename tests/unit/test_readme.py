"""The table of how systems like this one break names tests that are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
HEADING = "## How systems like this one break"


def named() -> list[tuple[str, str]]:
    """File and function of every test in the table."""
    table = (TESTS / "README.md").read_text().split(HEADING)[1]
    return [(file, name) for file, name in re.findall(r"`([^`\s]+\.py)::(\w+)`", table)]


@cache
def functions(file: str) -> frozenset[str]:
    """The tests that a file defines; none where there is no file."""
    path = TESTS / file
    if not path.is_file():
        return frozenset()
    defined = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(one.name for one in ast.parse(path.read_text()).body if isinstance(one, defined))


def test_the_table_has_a_test_for_every_kind() -> None:
    table = (TESTS / "README.md").read_text().split(HEADING)[1]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 26
    assert not [row for row in rows if "::test_" not in row]


@pytest.mark.parametrize(("file", "name"), named())
def test_a_test_that_the_table_names_exists(file: str, name: str) -> None:
    assert name in functions(file)
