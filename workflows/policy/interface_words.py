"""In which words a channel is told how an application stands: when it asks, and when it is called back."""

import re
from decimal import Decimal
from typing import Literal, Self, get_args
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from events.catalogue.base import Code
from workflows.policy.translating import Rule, known_zone, laid_out

Status = Literal["checking", "open", "paused", "energised", "withdrawn", "settled"]
Occasion = Literal["step_entered", "paused", "resumed", "changed", "documents", "energised", "withdrawn"]
Outgoing = Literal[
    "id",
    "number",
    "reference",
    "sequence",
    "at",
    "occasion",
    "status",
    "step",
    "step_name",
    "due_at",
    "missing",
]
"""What a callback may tell: nothing of a person."""

Answered = Literal[
    "number",
    "reference",
    "sequence",
    "at",
    "status",
    "step",
    "step_name",
    "due_at",
    "missing",
    "overdue",
    "responsible",
    "responsible_phone",
    "supervisor",
    "supervisor_phone",
    "receipt_no",
    "receipt_code",
]
"""What a channel that asks may be told of an application of its own: what the e-receipt names, and the code
by which its holder opens the page. Nothing of the customer."""

RECEIPT: frozenset[Answered] = frozenset(
    {"number", "receipt_no", "receipt_code", "step_name", "due_at", "responsible", "supervisor"}
)
"""What makes an answer an e-receipt: the step, the time limit, who is responsible, who supervises, and the
way to the receipt itself."""

PATH = r"^[^.\s]{1,80}(\.[^.\s]{1,80}){0,5}$"


class Words(Rule):
    """The names of a message's fields, what stands in them, and a channel's words for our codes.

    `fields`: place in its message → what is told there. A word that a list lacks is told as ours; an empty
    list tells all as ours. `dates` is a form in `strptime`'s signs (left out: ISO 8601), `timezone` where
    they are told.
    """

    fields: dict[str, str] = Field(min_length=1)
    constants: dict[str, str] = Field(default_factory=dict)
    statuses: dict[Status, str] = Field(default_factory=dict)
    steps: dict[Code, str] = Field(default_factory=dict)
    documents: dict[Code, str] = Field(default_factory=dict)
    dates: str | None = None
    timezone: str | None = None
    language: Literal["zh", "en"] = "zh"

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        return known_zone(value)

    @model_validator(mode="after")
    def _plain_paths(self) -> Self:
        for path in (*self.fields, *self.constants):
            if not re.fullmatch(PATH, path):
                raise ValueError(f"{path} is no place in a message")
        laid_out((path, "") for path in (*self.fields, *self.constants))
        return self


class Progress(Words):
    """How a channel that asks for an application of its own is answered (`GET /channels/…?reference=…`)."""

    @field_validator("fields")
    @classmethod
    def _may_be_asked(cls, value: dict[str, str]) -> dict[str, str]:
        return _known(value, get_args(Answered))


class Retries(Rule):
    """After `first` seconds, then twice as long each time, up to `most`. A line that failed `times` times is
    told of in `status` and tried every `later` seconds; it is never given up."""

    times: int = Field(default=8, ge=1, le=100)
    first: Decimal = Field(default=Decimal(2), gt=0, le=3600)
    most: Decimal = Field(default=Decimal(600), gt=0, le=86_400)
    later: Decimal = Field(default=Decimal(3600), gt=0, le=86_400)

    def seconds(self, failures: int) -> float:
        """Return the pause after so many failures in a row."""
        if failures >= self.times:
            return float(self.later)
        return float(min(self.most, self.first * 2 ** min(failures - 1, 30)))


class Callback(Words):
    """How a channel is told what becomes of its applications: where, signed with which secret, in what words.

    `secret` names an entry of `callbacks` in the secrets file (left out: the channel's id). Without an
    `address` it is called back once the settings or the secrets file name one (`callback_addresses`).
    """

    address: str | None = None
    secret: Code | None = None
    occasions: dict[Occasion, str] = Field(default_factory=dict)
    retries: Retries = Retries()

    @field_validator("address")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        return value if value is None else web_address(value)

    @field_validator("fields")
    @classmethod
    def _may_be_told(cls, value: dict[str, str]) -> dict[str, str]:
        return _known(value, get_args(Outgoing))


def web_address(value: str) -> str:
    """An address that a callback may have. Raises ValueError."""
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("an http or https address")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("no name, password or query: the secret stands in the secrets file")
    return value


def _known(fields: dict[str, str], names: tuple[str, ...]) -> dict[str, str]:
    for place, name in fields.items():
        if name not in names:
            raise ValueError(f"{place} tells {name}, which is none of {', '.join(names)}")
    return fields
