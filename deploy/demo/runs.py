"""Which day a run is: each run of a seed has a number and a moment, kept so that it can be repeated."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from deploy.errors import UserError


class Run(BaseModel):
    """A run: `anchor` is the moment up to which its facts have happened. `files`: some of them name files,
    `projects`: key projects are told of too, `channels`: some come by channels; a run that was begun before
    there were any is repeated as it was."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int
    run: int
    anchor: AwareDatetime
    applications: int
    files: bool = False
    projects: bool = False
    channels: bool = False


class _Book(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    runs: tuple[Run, ...] = ()


def choose_run(path: Path, seed: int, run: int | None, applications: int, now: datetime) -> tuple[Run, bool]:
    """Return the run asked for (None: the next new one of the seed) and whether it was begun before.

    A run that was begun keeps its moment and its number of applications. Raises UserError for a spoilt book.
    """
    known: Mapping[int, Run] = {one.run: one for one in _read(path).runs if one.seed == seed}
    number = run if run is not None else max(known, default=0) + 1
    if number in known:
        return known[number], True
    new = Run(
        seed=seed,
        run=number,
        anchor=now,
        applications=applications,
        files=True,
        projects=True,
        channels=True,
    )
    return new, False


def remember(path: Path, run: Run) -> None:
    """Write a run into the book before its first fact is fed, whole or not at all."""
    book = _read(path)
    others = tuple(one for one in book.runs if (one.seed, one.run) != (run.seed, run.run))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.write_text(_Book(runs=(*others, run)).model_dump_json(indent=1), encoding="utf-8")
    draft.replace(path)


def _read(path: Path) -> _Book:
    try:
        return _Book.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return _Book()
    except (ValueError, ValidationError):
        raise UserError(
            "bad_runs", f"{path} can't be read. Remove it: the next demo is run 1 again."
        ) from None
