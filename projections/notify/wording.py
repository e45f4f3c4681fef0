"""What a channel is told of an application, in its own words: pure."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from events.envelope import write_time
from workflows.policy.interface_words import Callback, Words
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


@dataclass(frozen=True)
class Standing(Told):
    """What a channel that asks is told: the same as of now, and what the e-receipt says. Nothing of the
    customer; the persons are those who answer for the case."""

    overdue: bool
    responsible: str | None
    responsible_phone: str | None
    supervisor: str | None
    supervisor_phone: str | None
    receipt_no: str | None
    receipt_code: str | None


def body_of(callback: Callback, told: Told) -> bytes:
    """Return the message of a callback, the same bytes at every attempt. What is not known is null."""
    return json.dumps(message_of(callback, told), ensure_ascii=False, separators=(",", ":")).encode()


def message_of(words: Words, told: Told) -> Mapping[str, Any]:
    """Return what is told, laid out as a channel has it."""
    cells: list[tuple[str, Any]] = list(words.constants.items())
    cells += [(path, _value(words, told, name)) for path, name in words.fields.items()]
    return laid_out(cells)


def _value(words: Words, told: Told, name: str) -> Any:
    made = _VALUES.get(name)
    return getattr(told, name) if made is None else made(words, told)


def _date(words: Words, moment: datetime | None) -> str | None:
    if moment is None:
        return None
    local = moment.astimezone(ZoneInfo(words.timezone)) if words.timezone else moment
    if words.dates is not None:
        return local.strftime(words.dates)
    return local.isoformat() if words.timezone else write_time(moment)


def _word(words: Mapping[Any, str], code: str | None) -> str | None:
    return None if code is None else words.get(code, code)


def _occasion(words: Words, told: Told) -> str | None:
    """Who asks was not told of an occasion."""
    return _word(words.occasions, told.occasion) if isinstance(words, Callback) and told.occasion else None


_VALUES: dict[str, Callable[[Words, Told], Any]] = {
    "id": lambda _, told: told.id,
    "at": lambda words, told: _date(words, told.at),
    "occasion": _occasion,
    "status": lambda words, told: _word(words.statuses, told.status),
    "step": lambda words, told: _word(words.steps, told.step),
    "step_name": lambda words, told: (told.step_name or {}).get(words.language),
    "due_at": lambda words, told: _date(words, told.due_at),
    "missing": lambda words, told: [words.documents.get(one, one) for one in told.missing],
}
"""What is told otherwise than as it is; every other name is that of a field."""
