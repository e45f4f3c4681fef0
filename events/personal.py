"""How the catalogue marks what must be sealed: a personal field holds clear text inbound, `{kid, nonce,
ct}` after."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints


class SealedValue(BaseModel):
    """A personal value under AES-256-GCM: key id, nonce and ciphertext, the last two in base64."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kid: str
    nonce: str
    ct: str


class Personal:
    """Marks a field as personal; intake seals it before anything else sees it."""


ClearText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
PersonalText = Annotated[SealedValue | ClearText | None, Personal()]


def personal_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the names of the fields of `model` that are marked personal."""
    return tuple(
        name
        for name, field in model.model_fields.items()
        if any(isinstance(mark, Personal) for mark in field.metadata)
    )
