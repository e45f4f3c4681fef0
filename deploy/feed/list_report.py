"""What a list came to, for a person or a program: line by line what was refused and why, then the totals."""

import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from deploy.feed.lists import Came
from deploy.feed.report import checked, print_json, print_table
from deploy.feed.rows import Item
from workflows.intake.list_plan import Plan
from workflows.intake.list_taking import ReadList
from workflows.policy.lists import ListTable

PREVIEW = 10
"""How many rows of a dry run are printed for a person."""

_WITHHELD = "Nobody is marked as gone: rows without an id that can be read may be anybody's."


def print_came(came: Came, out: Console, *, as_json: bool) -> None:
    """Print what became of a list."""
    refused = [one for one in came.gone if one.outcome == "refused"]
    counted = {"gone": len(came.gone) - len(refused), "back": came.plan.count("back")}
    if as_json:
        more = {**counted, "gone_refused": len(refused), "gone_withheld": came.plan.withheld}
        print_json(came.rows, out, more)
        return
    print_table(came.rows, out, dry_run=False)
    _marked(counted, out)
    _unseen(came.unseen, out)
    if refused:
        codes = ", ".join(sorted({reason.code for one in refused for reason in one.reasons}))
        out.print(f"of those that left, refused: {len(refused)} ({codes})", highlight=False)
    if any(reason.code == "id_reused" for one in came.rows for reason in one.reasons):
        out.print("id_reused: the row says something else than before under the same date of change.")
    if came.plan.withheld:
        out.print(_WITHHELD)


def print_checked(
    made: Plan, read: ReadList, table: ListTable, out: Console, *, as_json: bool, compared: bool
) -> None:
    """Print what a dry run found: what would be sent, and what would be refused."""
    items = [Item(row.line, problems=row.problems, ignored=row.ignored) for row in read.rows]
    verdicts = checked(items)
    if as_json:
        for one in made.tellings:
            line = one.row.line if one.row is not None else None
            sent: dict[str, Any] = {"line": line, "would_send": one.why, "id": one.event.text("id")}
            whole = {**sent, "time": one.event.text("time"), "data": one.event.data}
            out.print(json.dumps(whole, ensure_ascii=False), highlight=False, markup=False, soft_wrap=True)
        print_json(verdicts, out, {"gone": made.count("gone"), "back": made.count("back")})
        return
    for one in made.tellings[:PREVIEW]:
        told = _said(one.event.data) if one.row is not None else "gone"
        out.print(f"{one.event.text('id')}: {told}", highlight=False, markup=False, soft_wrap=True)
    if len(made.tellings) > PREVIEW:
        out.print(f"and {len(made.tellings) - PREVIEW} more; --json prints all.", style="dim")
    print_table(verdicts, out, dry_run=True)
    _unseen(read.unseen, out)
    if compared:
        _marked({"gone": made.count("gone"), "back": made.count("back")}, out)
    else:
        out.print(f"The stack is not up: who left feed {table.feed} can't be told.", style="dim")


def _marked(counted: dict[str, int], out: Console) -> None:
    for name, count in counted.items():
        if count:
            out.print(f"{name} {count}", highlight=False)


def _unseen(places: Sequence[str], out: Console) -> None:
    if places:
        out.print(
            f"No row has {', '.join(places)}. Is it misspelt in the mapping?", highlight=False, markup=False
        )


def _said(data: Any) -> str:
    return "; ".join(f"{name} {_plain(value)}" for name, value in data.items() if name != "record")


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(one) for one in value)
    if isinstance(value, dict):
        return " ".join(str(one) for one in value.values())
    return str(value)
