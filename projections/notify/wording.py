"""A callback in the words of its channel: pure."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from events.envelope import write_time
from workflows.policy.interface import Callback
from workflows.policy.translating import laid_out


@dataclass(frozen=True)
class Told:
    """A row of what is to be told, with the channel's own number of the application."""

    number: str
    sequence: int
    reference: str
    at: datetime
    occasion: str
    status: str
    step: str | None
    step_name: dict[str, str] | None
    due_at: datetime | None
    missing: tuple[str, ...]

    @property
    def id(self) -> str:
        """By which a channel knows what it was told already."""
        return f"{self.number}:{self.sequence}"


def body_of(callback: Callback, told: Told) -> bytes:
    """Return the message, the same bytes at every attempt. What is not known is null."""
    cells: list[tuple[str, Any]] = list(callback.constants.items())
    cells += [(path, _VALUES[name](callback, told)) for path, name in callback.fields.items()]
    return json.dumps(laid_out(cells), ensure_ascii=False, separators=(",", ":")).encode()


def _date(callback: Callback, moment: datetime | None) -> str | None:
    if moment is None:
        return None
    local = moment.astimezone(ZoneInfo(callback.timezone)) if callback.timezone else moment
    if callback.dates is not None:
        return local.strftime(callback.dates)
    return local.isoformat() if callback.timezone else write_time(moment)


def _word(words: dict[Any, str], code: str | None) -> str | None:
    return None if code is None else words.get(code, code)


_VALUES: dict[str, Callable[[Callback, Told], Any]] = {
    "id": lambda _, told: told.id,
    "number": lambda _, told: told.number,
    "reference": lambda _, told: told.reference,
    "sequence": lambda _, told: told.sequence,
    "at": lambda callback, told: _date(callback, told.at),
    "occasion": lambda callback, told: _word(callback.occasions, told.occasion),
    "status": lambda callback, told: _word(callback.statuses, told.status),
    "step": lambda callback, told: _word(callback.steps, told.step),
    "step_name": lambda callback, told: (told.step_name or {}).get(callback.language),
    "due_at": lambda callback, told: _date(callback, told.due_at),
    "missing": lambda callback, told: [callback.documents.get(one, one) for one in told.missing],
}
