"""Reads JSON that every later part can hold: one meaning, exact numbers, storable texts."""

import json
from typing import Any, NoReturn

from events.errors import MingdianError

MAX_DEPTH = 32


class BadJsonError(MingdianError):
    """JSON that is refused; `code` says which rule it breaks."""


def read_json(raw: bytes) -> Any:
    """Return the JSON value. Raises `BadJsonError`.

    Refused besides what is no JSON: a name given twice (readers disagree on which counts), NaN and infinity,
    whole numbers beyond 2^53 (they must be texts), NUL and lone surrogates (databases can't hold them),
    depth.
    """
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_once, parse_constant=_no_constant)
    except BadJsonError:
        raise
    except (ValueError, RecursionError):
        raise BadJsonError("not_json", "The bytes are not JSON in UTF-8.") from None
    _check(value, 0)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise BadJsonError("not_json", "A name stands twice in one JSON object. Give it once.")
    return made


def _no_constant(_: str) -> NoReturn:
    raise BadJsonError("not_json", "NaN and Infinity are not JSON.")


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise BadJsonError("too_deep", f"The JSON is nested deeper than {MAX_DEPTH} levels.")
    match value:
        case str():
            _check_text(value)
        case bool() | None:
            pass
        case int() if abs(value) > 2**53:
            raise BadJsonError("number_too_large", "Whole numbers beyond 2^53 must be sent as texts.")
        case float() if value in (float("inf"), float("-inf")):
            raise BadJsonError("number_too_large", "A number is too large.")
        case dict():
            for name, inner in value.items():
                _check_text(name)
                _check(inner, depth + 1)
        case list():
            for inner in value:
                _check(inner, depth + 1)


def _check_text(text: str) -> None:
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise BadJsonError(
            "bad_text", "A text holds a NUL or half a character. Send whole Unicode characters."
        )
