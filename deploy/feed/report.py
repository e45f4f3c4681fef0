"""What a feed came to, line by line and in a table. Line numbers, codes, columns; no cell's content."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from rich.console import Console
from rich.table import Table

from deploy.feed.ledger import Fate
from deploy.feed.rows import Item
from events.errors import Problem

Outcome = Literal["accepted", "duplicate", "refused"]


@dataclass(frozen=True)
class Verdict:
    """A line of the input and what became of it."""

    item: Item
    outcome: Outcome
    reasons: tuple[Problem, ...] = ()


def judge(items: Sequence[Item], fates: Iterable[Fate]) -> list[Verdict]:
    """Join the fates of the facts to the lines they came from: one refused fact refuses its line."""
    coming = iter(fates)
    verdicts: list[Verdict] = []
    for item in items:
        own = [next(coming) for _ in item.facts]
        refused = [
            Problem(code=f.code or "refused", field="", sentence="") for f in own if f.outcome == "refused"
        ]
        reasons = (*item.problems, *refused)
        if reasons:
            verdicts.append(Verdict(item, "refused", reasons))
        elif all(fate.outcome == "duplicate" for fate in own):
            verdicts.append(Verdict(item, "duplicate"))
        else:
            verdicts.append(Verdict(item, "accepted"))
    return verdicts


def checked(items: Iterable[Item]) -> list[Verdict]:
    """What a dry run comes to."""
    return [Verdict(item, "refused" if item.problems else "accepted", item.problems) for item in items]


def totals(verdicts: Sequence[Verdict]) -> dict[str, int]:
    """Return `read`, `accepted`, `duplicates`, `refused`; the first is the sum of the others."""
    count = Counter(verdict.outcome for verdict in verdicts)
    return {
        "read": len(verdicts),
        "accepted": count["accepted"],
        "duplicates": count["duplicate"],
        "refused": count["refused"],
    }


def print_json(
    verdicts: Sequence[Verdict], out: Console, more: Mapping[str, int] = MappingProxyType({})
) -> None:
    """One object for each line that was refused or of which something was ignored, then the totals and
    `more`."""
    for verdict in verdicts:
        for name, problems in (("refused", verdict.reasons), ("ignored", verdict.item.ignored)):
            if problems:
                told = [{"code": problem.code, "field": problem.field} for problem in problems]
                _line(out, {"line": verdict.item.line, name: told})
    _line(out, {**totals(verdicts), **more})


def print_table(verdicts: Sequence[Verdict], out: Console, *, dry_run: bool) -> None:
    """The lines that were refused or partly ignored, the reasons counted, the totals."""
    for verdict in verdicts:
        if verdict.reasons:
            _tell(out, verdict.item.line, "refused", verdict.reasons)
        if verdict.item.ignored:
            _tell(out, verdict.item.line, "ignored", verdict.item.ignored)
    _reasons(verdicts, out)
    words = {"accepted": "would be sent"} if dry_run else {}
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, count in totals(verdicts).items():
        table.add_row(words.get(name, name), str(count))
    out.print(table)


def _reasons(verdicts: Sequence[Verdict], out: Console) -> None:
    found = Counter(problem.code for verdict in verdicts for problem in verdict.reasons)
    ignored = Counter(problem.code for verdict in verdicts for problem in verdict.item.ignored)
    if not found and not ignored:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("reason")
    table.add_column("lines", justify="right")
    for code, count in [*found.most_common(), *ignored.most_common()]:
        table.add_row(code, str(count))
    out.print()
    out.print(table)
    out.print("A line may have several reasons.\n", style="dim")


def _tell(out: Console, line: int, word: str, problems: Sequence[Problem]) -> None:
    told = "; ".join(_reason(problem) for problem in problems)
    out.print(f"line {line}: {word}: {told}", highlight=False, markup=False, soft_wrap=True)


def _reason(problem: Problem) -> str:
    place = f"{problem.code} ({problem.field})" if problem.field else problem.code
    return f"{place}: {problem.sentence}" if problem.sentence else place


def _line(out: Console, content: dict[str, object] | dict[str, int]) -> None:
    out.print(json.dumps(content, ensure_ascii=False), highlight=False, markup=False, soft_wrap=True)
