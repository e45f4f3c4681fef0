"""The tables of channels (`[[interfaces]]`) of a profile folder: read, and checked against its policy.

A row with `like` says what another row says, where it does not say otherwise itself: channels that one system
serves speak one language. `also` holds messages and fields that it has besides.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from workflows.policy import interface_checks
from workflows.policy.interface import Interface
from workflows.policy.model import Policy

LIKE, ALSO = "like", "also"
_MORE = frozenset({"messages", "fields"})
_INHERITED = ("basis", "source")

Raw = Mapping[str, Any]


def read_interfaces(rows: Sequence[Raw], defaults: Raw, policy: Policy) -> tuple[list[Interface], list[str]]:
    """Return the interfaces that can be read, and every fault by row, a line each."""
    read: list[Interface] = []
    told: list[str] = []
    by_id = {str(row.get("id")): row for row in rows}
    for place, row in enumerate(rows):
        name = str(row.get("id", f"#{place + 1}"))
        own = {key: defaults[key] for key in _INHERITED if key in defaults} | dict(row)
        like, also = own.pop(LIKE, None), own.pop(ALSO, {})
        if like is not None:
            other = by_id.get(str(like))
            if other is None or LIKE in other:
                told.append(f"{name}: like: names {like}, which is no row of its own. Name one that is.")
                continue
            own = {**other, **own}
        if strange := sorted(set(also) - _MORE):
            told.append(f"{name}: also: has {', '.join(strange)}. It holds messages and fields alone.")
            continue
        own |= {key: [*own.get(key, ()), *rows] for key, rows in also.items()}
        try:
            read.append(Interface.model_validate(own))
        except ValidationError as error:
            told += _told(name, error)
    if not told:
        told = [f"{fault.row}: {fault.sentence}" for fault in interface_checks.faults(policy, read)]
    return read, told


def _told(name: str, error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False, include_input=False):
        place = ".".join(_counted(fault["loc"]))
        yield f"{name}: {place}: {fault['msg'].removeprefix('Value error, ')}."


def _counted(where: Iterable[int | str]) -> Iterator[str]:
    """People count from one."""
    yield from (str(part + 1) if isinstance(part, int) else part for part in where)
