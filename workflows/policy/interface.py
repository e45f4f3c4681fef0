"""How a channel talks with the platform, as a table: its numbers, field names, words, dates and retries.

A channel sends messages of its own (JSON), is answered in its own words, and is told what becomes of its
applications. No row of this is code: a new channel is a new row. It is translation, no policy: a case lives
by nothing of it, so it is no part of the policy's version.
"""

import re
from decimal import Decimal
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from events.catalogue.base import Code, Text
from events.catalogue.connection_facts import (
    ApplicationSubmitted,
    CustomerVisited,
    DocumentsSupplied,
    InspectionRequested,
    PlanConfirmed,
    PlanObjected,
    Withdrawn,
)
from events.catalogue.duty_facts import DesignSubmitted, MidInspectionRequested
from events.catalogue.registry import family_of
from events.catalogue.service_facts import DisputeRaised, DisputeSettled, ServiceRated
from workflows.policy.table import Basis
from workflows.policy.translating import FieldRule, Rule, holes, known_type, known_zone, laid_out, model_of

Service = Literal[
    "new_connection", "increase", "reduction", "pause", "move", "transfer", "split", "merge", "close",
    "payment", "outage", "fault", "complaint", "progress", "ev", "dg",
]  # fmt: skip
"""What a customer may want of a channel (domain 8). The platform's lifecycles carry the first, and show the
progress of it; of any other a channel is told at once that it is not taken here."""

CUSTOMERS = (
    ApplicationSubmitted, DocumentsSupplied, PlanConfirmed, PlanObjected, DesignSubmitted,
    MidInspectionRequested, InspectionRequested, ServiceRated, DisputeRaised, DisputeSettled, Withdrawn,
    CustomerVisited,
)  # fmt: skip
"""The facts of which a channel may tell: what customers do. What the grid company did, it says itself."""

Status = Literal["checking", "open", "paused", "energised", "withdrawn"]
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

SET_BY_THE_DOOR = "channel"

_PATH = r"^[^.\s]{1,80}(\.[^.\s]{1,80}){0,5}$"


class MessageField(FieldRule):
    """A field of ours from a place in a message: names joined by dots. `many` takes a list of values.

    An `optional` field may be absent; a word that `values` does not list is refused.
    """

    column: str | None = Field(default=None, alias="from", pattern=_PATH)
    many: bool = False
    optional: bool = False

    @model_validator(mode="before")
    @classmethod
    def _words_are_listed(cls, data: object) -> object:
        return {"listed": bool(data.get("values")), **data} if isinstance(data, dict) else data


class Message(Rule):
    """A kind of message: its `word`, the fact that it tells, and the fields that this takes from it."""

    word: str = Field(min_length=1, max_length=80)
    type: str
    fields: tuple[str, ...] = ()

    @field_validator("type")
    @classmethod
    def _of_customers(cls, value: str) -> str:
        known_type(value)
        if family_of(value) not in {family_of(fact.type) for fact in CUSTOMERS}:
            raise ValueError("a channel tells what customers do, and no other fact")
        return value

    @property
    def opens(self) -> bool:
        """Whether it begins a case."""
        return model_of(self.type).opens


class Envelope(Rule):
    """Where in every message stand its kind, the channel's own number, its date; and what its id is made of.

    `dates` is the form of dates in `strptime`'s signs (left out: ISO 8601), `timezone` that of dates without
    a zone. `ignores` names what else may stand in a message; anything unnamed is refused.
    """

    kind: str = Field(pattern=_PATH)
    reference: str = Field(pattern=_PATH)
    time: str = Field(pattern=_PATH)
    id: str
    dates: str | None = None
    timezone: str | None = None
    ignores: tuple[str, ...] = ()

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        return known_zone(value)

    @property
    def paths(self) -> set[str]:
        """Every place that it reads."""
        return {self.kind, self.reference, self.time, *holes(self.id)}


class Answer(Rule):
    """How a channel is answered: the names of the fields, and its words for our codes.

    `taken`, `applied` and `refused` are its words for the three; `codes` has one for each reason that it
    tells apart. `number` is where our own number is told, once there is one, if it wants to know it.
    """

    reference: str = Field(pattern=_PATH)
    number: str | None = Field(default=None, pattern=_PATH)
    code: str = Field(pattern=_PATH)
    text: str = Field(pattern=_PATH)
    reasons: str = Field(pattern=_PATH)
    reason_field: str = "field"
    reason_code: str = "code"
    reason_text: str = "text"
    taken: str
    applied: str | None = None
    refused: str
    codes: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _can_be_laid_out(self) -> Self:
        named = (self.reference, self.number, self.code, self.text, self.reasons)
        laid_out((path, "") for path in named if path is not None)
        if len({self.reason_field, self.reason_code, self.reason_text}) < 3:
            raise ValueError("two parts of a reason have one name")
        return self

    def word(self, code: str | None) -> str:
        """Its word for a code of ours; None: taken."""
        return self.taken if code is None else self.codes.get(code, self.refused)


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


class Callback(Rule):
    """How a channel is told what becomes of its applications: where, signed with which secret, in what words.

    `secret` names an entry of `callbacks` in the secrets file. `fields`: place in its message → what is told
    there. A word that a list lacks is told as ours; an empty list tells all as ours.
    """

    address: str
    secret: Code
    fields: dict[str, Outgoing] = Field(min_length=1)
    constants: dict[str, str] = Field(default_factory=dict)
    statuses: dict[Status, str] = Field(default_factory=dict)
    occasions: dict[Occasion, str] = Field(default_factory=dict)
    steps: dict[Code, str] = Field(default_factory=dict)
    documents: dict[Code, str] = Field(default_factory=dict)
    dates: str | None = None
    timezone: str | None = None
    language: Literal["zh", "en"] = "zh"
    retries: Retries = Retries()

    @field_validator("address")
    @classmethod
    def _http(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("an http or https address")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("no name, password or query: the secret stands in the secrets file")
        return value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str | None) -> str | None:
        return known_zone(value)

    @model_validator(mode="after")
    def _plain_paths(self) -> Self:
        for path in (*self.fields, *self.constants):
            if not re.fullmatch(_PATH, path):
                raise ValueError(f"{path} is no place in a message")
        laid_out((path, "") for path in (*self.fields, *self.constants))
        return self


class Interface(Rule):
    """A channel as a counterpart: `id` is its code in `channels`, `upstream` the source of its token."""

    id: Code
    basis: Basis
    source: str = Field(min_length=1)
    upstream: str = Field(pattern=r"^/[A-Za-z0-9._~/-]{1,200}$")
    number: re.Pattern[str]
    message: Envelope
    messages: tuple[Message, ...] = Field(min_length=1)
    fields: tuple[MessageField, ...] = ()
    not_taken: dict[str, Service] = Field(default_factory=dict)
    answer: Answer
    callback: Callback | None = None
    note: Text | None = None

    def kind(self, word: str) -> Message | None:
        """The kind of message that a word names."""
        return next((one for one in self.messages if one.word == word), None)

    def field(self, name: str) -> MessageField:
        """The rule of a field that the table is known to have."""
        return next(rule for rule in self.fields if rule.name == name)

    @property
    def paths(self) -> set[str]:
        """Every place of a message that may be filled."""
        named = {rule.column for rule in self.fields if rule.column is not None}
        return named | self.message.paths | set(self.message.ignores)

    @property
    def services(self) -> tuple[Service, ...]:
        """What it takes from customers. Charging facilities are connections of their own kind of customer."""
        told: list[Service] = []
        if any(one.opens for one in self.messages):
            told.append("new_connection")
            if self._names_customer("ev_"):
                told.append("ev")
        if self.callback is not None:
            told.append("progress")
        return tuple(told)

    def _names_customer(self, prefix: str) -> bool:
        """Whether an application of such a customer can be told in this table's words."""
        rule = self.field("customer_type")
        named = [str(value) for value in (*rule.values.values(), rule.constant, rule.blank) if value]
        return (rule.constant is None and not rule.listed) or any(one.startswith(prefix) for one in named)
