"""How the catalogue marks what must be sealed: a personal field holds clear text inbound, `{kid, nonce,
ct}` after. Telephone and identity numbers are marked as such: by them a person's streams are found again."""

import re
import unicodedata
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, StringConstraints

Finds = Literal["telephone", "identity"]
"""What kind of number identifies a person well enough to erase by."""

NATIONAL_DIGITS = 10
"""A telephone number with its area code has at least so many digits, anywhere."""

_BETWEEN = re.compile(r"[/,;、，；|]|\bor\b|或")


class SealedValue(BaseModel):
    """A personal value under AES-256-GCM: key id, nonce and ciphertext, the last two in base64."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kid: str
    nonce: str
    ct: str


class Personal(NamedTuple):
    """Marks a field as personal; intake seals it before anything else sees it, and indexes what `finds`."""

    finds: Finds | None = None


ClearText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
PersonalText = Annotated[SealedValue | ClearText | None, Personal()]
PersonalTelephone = Annotated[SealedValue | ClearText | None, Personal(finds="telephone")]
PersonalIdentity = Annotated[SealedValue | ClearText | None, Personal(finds="identity")]


def personal_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the names of the fields of `model` that are marked personal."""
    return tuple(_marks(model))


def finding_fields(model: type[BaseModel]) -> dict[str, Finds]:
    """Return the fields of `model` by which a person is found, with the kind of number in each."""
    return {name: mark.finds for name, mark in _marks(model).items() if mark.finds is not None}


def identifiers(finds: Finds, value: str, calling_code: str = "") -> frozenset[str]:
    """Return the numbers in a text, each in its one form, however it was written.

    Spaces, hyphens, brackets, full-width digits and the case of letters do not count; several numbers may
    be separated by `/ , ;` or their Chinese forms. `calling_code` is the country's, digits only: with and
    without it, a telephone number is the same.
    """
    folded = unicodedata.normalize("NFKC", value).casefold()
    read = (
        _telephone(part, calling_code) if finds == "telephone" else _plain(part) for part in _split(folded)
    )
    return frozenset(number for number in read if number)


def _marks(model: type[BaseModel]) -> dict[str, Personal]:
    return {
        name: mark
        for name, field in model.model_fields.items()
        for mark in field.metadata
        if isinstance(mark, Personal)
    }


def _split(text: str) -> list[str]:
    return _BETWEEN.split(text)


def _plain(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum())


def _telephone(text: str, calling_code: str) -> str:
    """The national number without the 0 before it: what is left whether dialled from abroad or at home."""
    digits = "".join(sign for sign in text if sign.isdecimal()).removeprefix("00")
    if (
        calling_code
        and digits.startswith(calling_code)
        and len(digits) - len(calling_code) >= NATIONAL_DIGITS
    ):
        digits = digits.removeprefix(calling_code)
    return digits.lstrip("0")
