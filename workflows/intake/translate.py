"""From a message of a channel, in its own words, to a fact of the catalogue: pure, all reasons at once.

What the table of the channel does not name is refused, and no value of the message is ever repeated: not in a
reason, and not in the name of a field, unless the table itself names it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from events.cloudevents import InboundEvent, read_structured, write_structured
from events.envelope import write_time
from events.errors import Problem
from workflows.intake.checks import check
from workflows.intake.marks import file_of
from workflows.policy.interface import PAPERS, SET_BY_THE_DOOR, Interface, Message, MessageField
from workflows.policy.model import Policy
from workflows.policy.translating import fill, holes, model_of, moment

Cell = str | tuple[str, ...]

MAX_DEPTH = 6
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}(\.[A-Za-z_][A-Za-z0-9_]{0,40}){0,5}")


@dataclass(frozen=True)
class Translated:
    """What a message came to: an event, or problems. `reference` is the channel's own number, where it has
    the form of one; fields are named as the channel names them."""

    reference: str | None
    event: InboundEvent | None = None
    problems: tuple[Problem, ...] = ()
    unreadable: bool = False


def translate(
    interface: Interface,
    profile: str,
    message: object,
    *,
    policies: Mapping[str, Policy],
    now: datetime,
    max_bytes: int,
) -> Translated:
    """Translate one message of a channel of a profile, and check what comes out as intake will."""
    if not isinstance(message, dict):
        sentence = "A message is one JSON object."
        return Translated(None, problems=(_problem("bad_message", "", sentence),), unreadable=True)
    reading = _Reading(interface, cells_of(message))
    attributes, data = reading.attributes(profile), reading.data()
    if data is not None:
        reading.add_files(message, data)
    problems = list(reading.problems)
    if reading.kind is None:
        return Translated(reading.reference, problems=tuple(problems))
    if data is not None and reading.kind.opens:
        data[SET_BY_THE_DOOR] = interface.id
    event = read_structured(write_structured(attributes, data))
    told = {problem.field for problem in problems}
    for problem in check(event, policies, now, max_bytes).problems:
        places = places_of(interface, problem.field)
        if not told & set(places):  # what was not understood is not missed a second time
            problems.append(problem.model_copy(update={"field": ", ".join(places)}))
    if problems:
        return Translated(reading.reference, problems=tuple(dict.fromkeys(problems)))
    return Translated(reading.reference, event)


def places_of(table: Interface, field: str) -> list[str]:
    """Where a field of the fact stands in a message."""
    envelope = table.message
    if field == "id":
        return holes(envelope.id)
    attributes = {"subject": envelope.reference, "time": envelope.time, "type": envelope.kind}
    if field in attributes:
        return [attributes[field]]
    name = field.split(".", maxsplit=1)[0]
    if name == PAPERS and table.files is not None:
        return list(table.files.paths)
    return [rule.column for rule in table.fields if rule.name == name and rule.column is not None]


class _Reading:
    """One message under the eyes of its table; `problems` grows as it is read."""

    def __init__(self, interface: Interface, cells: dict[str, Cell]) -> None:
        self._table = interface
        self._cells = cells
        self.problems: list[Problem] = []
        self.reference = self._reference()
        self.kind = self._kind()
        self._unnamed()

    def attributes(self, profile: str) -> dict[str, Any]:
        """The envelope of the fact, as far as it can be read."""
        envelope = self._table.message
        found: dict[str, Any] = {
            "specversion": "1.0",
            "source": self._table.upstream,
            "type": self.kind.type if self.kind else None,
            "id": self._id(),
            "subject": self.reference,
            "time": self._time(envelope.time, envelope.dates, envelope.timezone),
            "profile": profile,
            "datacontenttype": "application/json",
        }
        return {name: value for name, value in found.items() if value is not None}

    def data(self) -> dict[str, Any] | None:
        """The data of the fact: what could be understood of it."""
        if self.kind is None:
            return None
        values = {name: self._value(self._table.field(name)) for name in self.kind.fields}
        return {name: value for name, value in values.items() if value is not None}

    def add_files(self, message: Mapping[str, Any], data: dict[str, Any]) -> None:
        """Name the files that a message names, and their documents among those handed in."""
        files = self._table.files
        named = _at(message, files.list) if files is not None else None
        if files is None or self.kind is None or named in (None, []):
            return
        if not isinstance(named, list):
            self._against("bad_value", files.list, "A list is wanted here.")
            return
        if PAPERS not in model_of(self.kind.type).model_fields:
            self._against("no_files_here", files.list, "This kind of message takes no files.")
            return
        papers = [paper for one in named if (paper := self._paper(one)) is not None]
        if papers:
            documents = [*data.get("documents", ()), *(paper["document"] for paper in papers)]
            data |= {"documents": list(dict.fromkeys(documents)), PAPERS: papers}

    def _paper(self, one: object) -> dict[str, Any] | None:
        files = self._table.files
        assert files is not None
        cells = one if isinstance(one, Mapping) else {}
        document = self._table.field("documents").value(_plain(cells.get(files.document, "")).strip())
        file = file_of(_plain(cells.get(files.file, "")))
        if document is None:
            self._against("unknown_word", files.paths[0], "This is no document that the table lists.")
        if file is None:
            self._against("bad_mark", files.paths[1], "This is no mark of a file. Send what was told.")
        if document is None or file is None:
            return None
        return {"document": document, "file": file.model_dump()}

    def _text(self, path: str) -> str:
        cell = self._cells.get(path, "")
        return cell.strip() if isinstance(cell, str) else ""

    def _reference(self) -> str | None:
        path = self._table.message.reference
        text = self._text(path)
        if self._table.number.fullmatch(text):
            return text
        self._against("bad_reference", path, "This is no number of this channel. Send the application's own.")
        return None

    def _kind(self) -> Message | None:
        path = self._table.message.kind
        word = self._text(path)
        found = self._table.kind(word)
        if found is None and word in self._table.not_taken:
            self._against(
                "service_not_taken",
                path,
                "This service can't be handed in here yet. Use the grid company's own way for it.",
            )
        elif found is None:
            self._against("unknown_kind", path, "The table of this channel has no such kind of message.")
        return found

    def _unnamed(self) -> None:
        """What nobody said how to read: it may be a misspelt name of something that matters."""
        known, told = self._table.paths, set()
        for path in self._cells:
            if path not in known and not any(
                path.startswith(f"{one}.") for one in self._table.message.ignores
            ):
                told.add(path if _PLAIN_NAME.fullmatch(path) else "")
        for path in sorted(told):
            self._against("unknown_field", path, "The table of this channel has no such field. Leave it out.")

    def _id(self) -> str | None:
        template = self._table.message.id
        values = {path: self._text(path) for path in holes(template)}
        for path, text in values.items():
            if not text and path != self._table.message.reference:
                self._against("no_id", path, "It is empty. Each message needs one of its own.")
        return fill(template, values) if all(values.values()) else None

    def _time(self, path: str, form: str | None, zone: str | None) -> str | None:
        text = self._text(path)
        try:
            read = moment(text, form, zone)
        except (ValueError, OverflowError):
            sentence = "There is no date here in the form of this channel." if text else "There is no date."
            self._against("bad_time", path, sentence)
            return None
        if read is None:
            self._against("naive_time", path, "The time has no zone. Add the offset.")
            return None
        return write_time(read)

    def _value(self, rule: MessageField) -> Any:
        if rule.column is None:
            return rule.constant
        cell = self._cells.get(rule.column)
        if cell is None or cell in ("", ()):
            if rule.blank is not None:
                return rule.blank
            if not rule.optional:
                self._against(rule.refusal_code, rule.column, "Nothing stands here.")
            return None
        if isinstance(cell, tuple) is not rule.many:
            sentence = "A list is wanted here." if rule.many else "One value is wanted here."
            self._against("bad_value", rule.column, sentence)
            return None
        found = [rule.value(one.strip()) for one in (cell if isinstance(cell, tuple) else (cell,))]
        if any(one is None for one in found):
            code = rule.refusal or ("unknown_word" if rule.listed else rule.refusal_code)
            self._against(code, rule.column, "This is no word or value that the table of this channel lists.")
            return None
        return found if rule.many else found[0]

    def _against(self, code: str, path: str, sentence: str) -> None:
        self.problems.append(_problem(code, path, sentence))


def _at(message: Mapping[str, Any], path: str) -> Any:
    """What stands in a place of a message; None where nothing does."""
    found: Any = message
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def cells_of(message: Mapping[str, Any]) -> dict[str, Cell]:
    """Return a message as a flat table: place, names joined by dots, → text, or texts of a list. What is null
    is absent; `true` and `false` are texts; of a list of objects each name is a list."""
    cells: dict[str, Cell] = {}
    _lay(message, "", cells, 0)
    return cells


def _lay(value: Any, path: str, cells: dict[str, Cell], depth: int) -> None:
    if isinstance(value, Mapping) and depth < MAX_DEPTH:
        for name, inner in value.items():
            _lay(inner, f"{path}.{name}" if path else name, cells, depth + 1)
    elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        cells.update(_joined(value, path, depth))
    elif isinstance(value, list):
        cells[path] = tuple(_plain(one) for one in value)
    elif value is not None:
        cells[path] = _plain(value)


def _joined(objects: list[Any], path: str, depth: int) -> dict[str, Cell]:
    """The values of each name over all objects of a list."""
    listed: dict[str, list[str]] = {}
    for one in objects:
        part: dict[str, Cell] = {}
        _lay(one, path, part, depth + 1)
        for name, cell in part.items():
            listed.setdefault(name, []).extend((cell,) if isinstance(cell, str) else cell)
    return {name: tuple(cell) for name, cell in listed.items()}


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else "" if isinstance(value, dict | list) else str(value)


def _problem(code: str, path: str, sentence: str) -> Problem:
    return Problem(code=code, field=path, sentence=sentence)
