"""What a channel is answered: its own words and field names, its own number, every reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi.responses import JSONResponse

from events.errors import Problem
from workflows.intake.lookup import FactLine
from workflows.intake.reception import RETRY_SECONDS
from workflows.intake.translate import places_of
from workflows.policy.interface import Batch, Interface
from workflows.policy.translating import laid_out

_LATER = {408, 429, 503}


@dataclass(frozen=True)
class Outcome:
    """What became of a message: `status` as HTTP has it, `code` and problems where it was not taken, and the
    channel's own number where it gave one."""

    reference: str | None
    status: int
    code: str | None = None
    problems: tuple[Problem, ...] = ()


def answered(
    table: Interface, outcome: Outcome, *, of: FactLine | None = None, mark: str | None = None, wait: int = 0
) -> JSONResponse:
    """Return an answer in the words of a channel; `of` is the message that was asked about, `mark` that of a
    file that was kept, `wait` after how many seconds it may come again."""
    cells = _cells(table, outcome, of)
    if mark is not None and table.files is not None:
        cells.append((table.files.mark, mark))
    return _response(laid_out(cells), outcome.status, wait)


def answered_together(table: Interface, batch: Batch, outcomes: Sequence[Outcome]) -> JSONResponse:
    """Return the answer to several messages: one for each, in order. 202: all were taken; 207: a part."""
    status = together(outcomes)
    told = [laid_out(_cells(table, one, None)) for one in outcomes]
    if batch.outcomes is None:
        return _response(told, status)
    first = next((one for one in outcomes if one.code is not None), None)
    word = batch.partly if status == 207 else table.answer.word(first.code if first else None)
    return _response(laid_out([(table.answer.code, word), (batch.outcomes, told)]), status)


def together(outcomes: Sequence[Outcome]) -> int:
    """One status for several: their own where they have one, 422 where none was taken, else 207."""
    statuses = {one.status for one in outcomes}
    if len(statuses) == 1:
        return statuses.pop()
    return 207 if 202 in statuses or 503 in statuses else 422


def refused_later(table: Interface, line: FactLine) -> tuple[Problem, ...]:
    """Why a message was refused after all, by the channel's own names; empty when it was not."""
    if line.outcome not in {"refused", "dead"}:
        return ()
    told = [Problem.model_validate(one) for one in line.reasons]
    told = told or [
        Problem(code=line.code or "dead", field="", sentence=line.sentence or "It was not taken.")
    ]
    return tuple(one.model_copy(update={"field": ", ".join(places_of(table, one.field))}) for one in told)


def _cells(table: Interface, outcome: Outcome, of: FactLine | None) -> list[tuple[str, object]]:
    names = table.answer
    applied = of is not None and of.outcome == "applied" and names.applied is not None
    cells: list[tuple[str, object]] = [(names.code, names.applied if applied else names.word(outcome.code))]
    if names.number is not None and of is not None and of.number is not None:
        cells.append((names.number, of.number))
    if outcome.reference is not None:
        cells.append((names.reference, outcome.reference))
    if outcome.problems:
        sentences = dict.fromkeys(problem.sentence for problem in outcome.problems)
        cells.append((names.text, " ".join(sentences)))
        cells.append((names.reasons, [_reason(table, problem) for problem in outcome.problems]))
    elif of is not None and of.outcome == "applied" and of.sentence:  # taken, and something is amiss with it
        cells.append((names.text, of.sentence))
    return cells


def _reason(table: Interface, problem: Problem) -> dict[str, str]:
    names = table.answer
    return {
        names.reason_field: problem.field,
        names.reason_code: names.word(problem.code) if problem.code in names.codes else problem.code,
        names.reason_text: problem.sentence,
    }


def _response(content: Any, status: int, wait: int = 0) -> JSONResponse:
    headers = {"cache-control": "no-store"}
    if status in _LATER:
        headers["Retry-After"] = str(wait or RETRY_SECONDS)
    return JSONResponse(content, status, headers=headers)
