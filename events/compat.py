"""Compares a released schema with what the models make of it now: a released version never changes.

Readers elsewhere were built against it; a new need is a new version. Texts for people may change freely.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from events.catalogue.schema import Schema

_FOR_PEOPLE = {"title", "description", "$schema", "$id", "$defs", "examples"}
_GONE: Any = object()


class Difference(NamedTuple):
    """One thing that is not as it was released: the schema's name, the place in it, and what happened."""

    name: str
    place: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.name} {self.place}: {self.sentence}"


def compare(released: Mapping[str, Schema], present: Mapping[str, Schema]) -> list[Difference]:
    """Return every difference between released schemas and the present ones of the same names."""
    found: list[Difference] = []
    for name, schema in sorted(released.items()):
        if name not in present:
            found.append(Difference(name, "/", "is gone; what was once written must stay readable"))
            continue
        before, after = _plain(schema, schema), _plain(present[name], present[name])
        found += [Difference(name, place or "/", told) for place, told in _differ(before, after, "")]
    return found


def _plain(node: Any, root: Schema) -> Any:
    """Return a schema without texts for people, every reference replaced by what it refers to."""
    if isinstance(node, list):
        return [_plain(one, root) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        referred = root["$defs"][node["$ref"].rpartition("/")[2]]
        return _plain({**referred, **{word: value for word, value in node.items() if word != "$ref"}}, root)
    plain: dict[str, Any] = {}
    for word, value in node.items():
        if word == "properties":
            plain[word] = {name: _plain(one, root) for name, one in value.items()}
        elif word not in _FOR_PEOPLE:
            plain[word] = _plain(value, root)
    return plain


def _differ(before: Any, after: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for word in sorted({*before, *after}):
            yield from _word(word, before.get(word, _GONE), after.get(word, _GONE), place)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differ(one, other, f"{place}/{index}")
    elif before != after:
        yield place, f"changed from {before!r} to {after!r}"


def _word(word: str, before: Any, after: Any, place: str) -> Iterator[tuple[str, str]]:
    here = f"{place}/{word}"
    if word == "properties":
        yield from _fields(before if before is not _GONE else {}, after if after is not _GONE else {}, place)
    elif word in ("required", "enum"):
        yield from _members(word, before, after, place)
    elif before is _GONE:
        yield here, f"is new: {after!r}"
    elif after is _GONE:
        yield here, f"is gone; it was {before!r}"
    else:
        yield from _differ(before, after, here)


def _fields(before: Schema, after: Schema, place: str) -> Iterator[tuple[str, str]]:
    for name in before.keys() - after.keys():
        yield f"{place}/{name}", "the field is gone"
    for name in after.keys() - before.keys():
        yield f"{place}/{name}", "the field is new"
    for name in sorted(before.keys() & after.keys()):
        yield from _differ(before[name], after[name], f"{place}/{name}")


def _members(word: str, before: Any, after: Any, place: str) -> Iterator[tuple[str, str]]:
    old = [] if before is _GONE else before
    new = [] if after is _GONE else after
    said = {
        "required": ("is no longer required", "is required now"),
        "enum": ("is no longer allowed", "is allowed now"),
    }[word]
    for gone in (one for one in old if one not in new):
        yield place or "/", f"{gone!r} {said[0]}"
    for come in (one for one in new if one not in old):
        yield place or "/", f"{come!r} {said[1]}"
