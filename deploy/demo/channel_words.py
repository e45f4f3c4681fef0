"""A fact in the words of a channel, as the channel itself would say it: the table of its interface, read the
other way round. Pure."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from events.catalogue.base import FileRef
from events.envelope import read_time
from workflows.intake.marks import mark_of
from workflows.policy.interface import PAPERS, SET_BY_THE_DOOR, Interface, Message, MessageField
from workflows.policy.services import service_of
from workflows.policy.translating import UnitChange, fill, holes, laid_out


class UnsayableError(Exception):
    """The table has no word for something that the fact says."""


def message_of(table: Interface, event: Mapping[str, Any], reference: str, serial: int) -> dict[str, Any]:
    """Return an event's fact as a message of a channel, about its own application `reference`; `serial` tells
    its messages about it apart. Raises `UnsayableError`."""
    kind = _kind(table, str(event["type"]))
    data = {name: value for name, value in event["data"].items() if name != SET_BY_THE_DOOR}
    papers = data.pop(PAPERS, ())
    if set(data) - set(kind.fields) or (papers and table.files is None):
        raise UnsayableError
    envelope = table.message
    cells: dict[str, Any] = {
        envelope.kind: kind.word,
        envelope.reference: reference,
        envelope.time: _time(table, str(event["time"])),
    }
    for hole in holes(envelope.id):
        cells.setdefault(hole, f"{reference}-{serial:02d}")
    for name in kind.fields:
        rule = table.field(name)
        if rule.column is not None and name in data:
            cells[rule.column] = _said(rule, data[name])
        elif rule.constant is not None and _plain(data.get(name)) != _plain(rule.constant):
            raise UnsayableError
    message = _laid(table, cells)
    if papers and table.files is not None:
        _put(message, table.files.list, [_paper(table, one) for one in papers])
    return message


def id_of(table: Interface, message: Mapping[str, Any]) -> str:
    """Return the id that the platform makes of a message."""
    template = table.message.id
    return fill(template, {hole: str(_at(message, hole)) for hole in holes(template)})


def body_of(message: object) -> bytes:
    """Return the bytes of a message, or of several."""
    return json.dumps(message, ensure_ascii=False).encode()


def _kind(table: Interface, type_name: str) -> Message:
    service = service_of(type_name)
    found = next((one for one in table.messages if service_of(one.type) == service), None)
    if service is None or found is None:
        raise UnsayableError
    return found


def _time(table: Interface, text: str) -> str:
    moment = read_time(text)
    zone = table.message.timezone
    local = moment.astimezone(ZoneInfo(zone)) if zone else moment
    return local.isoformat() if table.message.dates is None else local.strftime(table.message.dates)


def _said(rule: MessageField, value: Any) -> Any:
    if isinstance(value, list | tuple):
        if not rule.many:
            raise UnsayableError
        return [_word(rule, _plain(one)) for one in value]
    return _word(rule, _plain(value))


def _word(rule: MessageField, text: str) -> str:
    if rule.unit is not None:
        back = UnitChange.model_validate(
            {"from": rule.unit.to, "to": rule.unit.from_, "power_factor": rule.unit.power_factor}
        )
        text = f"{back.change(Decimal(text)).normalize():f}"
    if not rule.values:
        return text
    found = next((word for word, ours in rule.values.items() if _same(rule, ours, text)), None)
    if found is None and rule.listed:
        raise UnsayableError
    return text if found is None else found


def _same(rule: MessageField, ours: str, text: str) -> bool:
    """Voltages are numbers, however they are written."""
    return Decimal(ours) == Decimal(text) if rule.name == "voltage_kv" else ours == text


def _laid(table: Interface, cells: Mapping[str, Any]) -> dict[str, Any]:
    """Documents are a list of objects where their place lies within one: `材料.编码`."""
    plain = {path: value for path, value in cells.items() if not (isinstance(value, list) and "." in path)}
    message = laid_out(plain.items())
    for path, value in cells.items():
        if path not in plain:
            outer, inner = path.rsplit(".", maxsplit=1)
            _put(message, outer, [{inner: one} for one in value])
    return message


def _put(message: dict[str, Any], path: str, value: Any) -> None:
    *outer, last = path.split(".")
    for name in outer:
        message = message.setdefault(name, {})
    message[last] = value


def _paper(table: Interface, paper: Mapping[str, Any]) -> dict[str, str]:
    assert table.files is not None
    document = _word(table.field("documents"), paper["document"])
    return {table.files.document: document, table.files.file: mark_of(FileRef.model_validate(paper["file"]))}


def _at(message: Mapping[str, Any], path: str) -> Any:
    found: Any = message
    for name in path.split("."):
        found = found[name]
    return found


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
