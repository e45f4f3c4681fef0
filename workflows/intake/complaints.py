"""Turns what pydantic finds into problems: a stable code, the field, a sentence without the input."""

import re
from typing import Any

from pydantic import ValidationError

from events.errors import Problem

# Error type of pydantic → our code and sentence. `{…}` are limits of the model, never values of the input.
_WORDS: dict[str, tuple[str, str]] = {
    "missing": ("missing", "The field is missing. Send it."),
    "extra_forbidden": ("unknown_field", "This type has no such field. Leave it out, or check its spelling."),
    "greater_than": ("too_small", "Must be greater than {gt}."),
    "greater_than_equal": ("too_small", "Must be at least {ge}."),
    "less_than": ("too_large_value", "Must be less than {lt}."),
    "less_than_equal": ("too_large_value", "Must be at most {le}."),
    "enum": ("not_in_list", "Must be one of {expected}."),
    "literal_error": ("not_in_list", "Must be one of {expected}."),
    "string_pattern_mismatch": (
        "bad_form",
        "Only Latin letters, digits and _ . : / - are allowed, at most 80.",
    ),
    "string_too_short": ("empty", "The text is empty. Leave the field out or fill it."),
    "string_too_long": ("too_long", "At most {max_length} characters."),
    "too_long": ("too_long", "At most {max_length} entries."),
    "too_short": ("empty", "At least {min_length} entry."),
    "decimal_parsing": ("not_a_number", "Must be a number, as a JSON number or a text of digits."),
    "decimal_type": ("not_a_number", "Must be a number, as a JSON number or a text of digits."),
    "finite_number": ("not_a_number", "Must be a finite number."),
    "decimal_max_places": ("too_precise", "At most {decimal_places} decimal places."),
    "decimal_max_digits": ("too_precise", "At most {max_digits} digits."),
    "decimal_whole_digits": ("too_precise", "At most {whole_digits} digits before the decimal point."),
    "bool_parsing": ("not_a_boolean", "Must be true or false."),
    "bool_type": ("not_a_boolean", "Must be true or false."),
    "int_parsing": ("not_a_number", "Must be a whole number."),
    "int_type": ("not_a_number", "Must be a whole number."),
    "int_from_float": ("not_a_number", "Must be a whole number."),
    "string_type": ("not_a_text", "Must be a text."),
    "model_type": ("not_a_text", "Must be a text."),
    "tuple_type": ("not_a_list", "Must be a list."),
    "timezone_aware": ("naive_time", "The time has no zone. Add Z or an offset such as +08:00."),
}
_OTHER = ("bad_value", "The value does not fit this field. See the schema of the type.")
_PLAIN = re.compile(r"[a-z_][a-z0-9_]{0,60}")


def complaints(error: ValidationError) -> list[Problem]:
    """Return one problem per fault, in the order of the fields, none twice."""
    found: dict[tuple[str, str], Problem] = {}
    for fault in error.errors(include_url=False, include_input=False):
        code, sentence = _WORDS.get(fault["type"], _OTHER)
        field = _field(fault["loc"])
        # A field that may be one thing or another fails once per possibility; the person made one mistake.
        found.setdefault(
            (field, "" if len(fault["loc"]) > len(field.split(".")) else code),
            _problem(code, field, sentence, fault.get("ctx", {})),
        )
    return list(found.values())


def _problem(code: str, field: str, sentence: str, limits: dict[str, Any]) -> Problem:
    return Problem(code=code, field=field, sentence=sentence.format_map(_Limits(limits)))


class _Limits(dict[str, Any]):
    """Lets a sentence stand when pydantic gives no such limit."""

    def __missing__(self, key: str) -> str:
        return "the limit"


def _field(location: tuple[int | str, ...]) -> str:
    """The path as far as it names fields; a made-up name may be anything, so only a plain one is told."""
    path: list[str] = []
    for part in location:
        if not isinstance(part, int) and not _PLAIN.fullmatch(part):
            break
        path.append(str(part))
    return ".".join(path) or "data"
