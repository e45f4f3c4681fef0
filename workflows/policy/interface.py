"""How a channel talks with the platform, as a table: its numbers, field names, words, dates and retries.

A channel sends messages of its own (JSON), is answered in its own words, and is told what becomes of its
applications. No row of this is code: a new channel is a new row. It is translation, no policy: a case lives
by nothing of it, so it is no part of the policy's version.
"""

import re
from decimal import Decimal
from itertools import product
from typing import Self

from pydantic import Field, field_validator, model_validator

from events.catalogue.base import Code, Text
from events.catalogue.traits import CustomerType, Kind, connection_kind
from workflows.policy.interface_words import PATH, RECEIPT, Callback, Progress, Words
from workflows.policy.services import BY_KIND, CARRIED, Service, service_of
from workflows.policy.table import Basis
from workflows.policy.translating import FieldRule, Rule, holes, known_type, known_zone, laid_out, model_of

SET_BY_THE_DOOR = "channel"

PAPERS = "papers"
"""The field of a fact that names files; a table fills it by `files`, not by a rule of a field."""


class MessageField(FieldRule):
    """A field of ours from a place in a message: names joined by dots. `many` takes a list of values.

    An `optional` field may be absent; a word that `values` does not list is refused.
    """

    column: str | None = Field(default=None, alias="from", pattern=PATH)
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
        if service_of(value) is None:
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

    kind: str = Field(pattern=PATH)
    reference: str = Field(pattern=PATH)
    time: str = Field(pattern=PATH)
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


class Batch(Rule):
    """Several messages in one request: `list` is the place where they stand (left out: the body itself is the
    list), `outcomes` that of their answers, in the same order (left out: the answer itself is the list).

    `partly` is the channel's word for a whole of which a part was refused; `ignores` names what else may
    stand beside the list.
    """

    list: str | None = Field(default=None, pattern=PATH)
    outcomes: str | None = Field(default=None, pattern=PATH)
    most: int = Field(default=100, ge=1, le=1000)
    partly: str
    ignores: tuple[str, ...] = ()


class Files(Rule):
    """How a channel hands in files: each by itself, first, and then named by its mark in a message.

    `reference` is the parameter of the address that holds the channel's own number of the application, `mark`
    the place in the answer where the file's mark is told. In a message `list` is the place of a list of
    objects, in each of which `document` holds the channel's word for a document and `file` the mark.
    """

    reference: str = Field(min_length=1, max_length=80)
    mark: str = Field(pattern=PATH)
    list: str = Field(pattern=PATH)
    document: str = Field(pattern=r"^[^.\s]{1,80}$")
    file: str = Field(pattern=r"^[^.\s]{1,80}$")

    @property
    def paths(self) -> tuple[str, str]:
        """The two places of a message that it reads."""
        return f"{self.list}.{self.document}", f"{self.list}.{self.file}"


class Answer(Rule):
    """How a channel is answered: the names of the fields, and its words for our codes.

    `taken`, `applied` and `refused` are its words for the three; `codes` has one for each reason that it
    tells apart. `number` is where our own number is told, once there is one, if it wants to know it.
    """

    reference: str = Field(pattern=PATH)
    number: str | None = Field(default=None, pattern=PATH)
    code: str = Field(pattern=PATH)
    text: str = Field(pattern=PATH)
    reasons: str = Field(pattern=PATH)
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


class Interface(Rule):
    """A channel as a counterpart: `id` is its code in `channels`, `upstream` the source of its token.

    `without` says of a service that the platform carries why this channel has it not. `per_minute` bounds how
    many messages and questions are taken from it.
    """

    id: Code
    basis: Basis
    source: str = Field(min_length=1)
    upstream: str = Field(pattern=r"^/[A-Za-z0-9._~/-]{1,200}$")
    number: re.Pattern[str]
    message: Envelope
    messages: tuple[Message, ...] = Field(min_length=1)
    fields: tuple[MessageField, ...] = ()
    batch: Batch | None = None
    files: Files | None = None
    not_taken: dict[str, Service] = Field(default_factory=dict)
    without: dict[Service, Text] = Field(default_factory=dict)
    per_minute: int = Field(default=600, ge=1, le=60_000)
    answer: Answer
    progress: Progress | None = None
    callback: Callback | None = None
    note: Text | None = None

    @model_validator(mode="after")
    def _can_be_answered(self) -> Self:
        """What files and batches are answered by has places of its own in the answer."""
        if self.files is not None:
            laid_out((path, "") for path in (self.answer.reference, self.answer.code, self.files.mark))
        if self.batch is not None and self.batch.outcomes is not None:
            laid_out((path, "") for path in (self.answer.code, self.answer.text, self.batch.outcomes))
        if self.batch is not None and self.batch.most > self.per_minute:
            raise ValueError("a whole batch is more than per_minute lets in")
        return self

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
        filed = {self.files.list, *self.files.paths} if self.files is not None else set()
        return named | filed | self.message.paths | set(self.message.ignores)

    @property
    def asked(self) -> Words | None:
        """In which words it is told how an application stands; those of the callback do for that too."""
        return self.progress or self.callback

    @property
    def services(self) -> tuple[Service, ...]:
        """What it takes from customers. Charging facilities are connections of their own kind of customer."""
        told = {service_of(one.type) for one in self.messages}
        if any(one.opens for one in self.messages):
            told |= {BY_KIND[kind] for kind in self._kinds()}
            if any(one.startswith("ev_") for one in self._told("customer_type", _CUSTOMERS)):
                told.add("ev")
        if self.files is not None:
            told.add("files")
        if self.asked is not None:
            told.add("progress")
        if self.progress is not None and set(self.progress.fields.values()) >= RECEIPT:
            told.add("receipt")
        return tuple(one for one in CARRIED if one in told)

    def _kinds(self) -> set[Kind]:
        """The kinds of connection that can be asked for in its words."""
        customers = set(self._told("customer_type", _CUSTOMERS)) & set(_CUSTOMERS)
        pairs = product(customers, self._told("voltage_kv", _VOLTAGES))
        return {connection_kind(CustomerType(customer), Decimal(voltage)) for customer, voltage in pairs}

    def _told(self, name: str, every: tuple[str, ...]) -> tuple[str, ...]:
        """The values that a field can have; `every` where the table sets no bounds."""
        rule = next((one for one in self.fields if one.name == name), None)
        if rule is None or (rule.constant is None and not rule.listed):
            return every
        if rule.constant is not None:
            return (str(rule.constant),)
        return tuple(value for value in (*rule.values.values(), rule.blank) if value)


_CUSTOMERS = tuple(one.value for one in CustomerType)
_VOLTAGES = ("0.38", "10")
"""One below and one above the bound between low and high."""
