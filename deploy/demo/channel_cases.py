"""Some applications of a day come by a channel's own door: what their customers do is told there, in its
words, and what the grid company does by its own systems, under our number. Pure."""

import copy
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from deploy.demo.channel_words import UnsayableError, body_of, id_of, message_of
from deploy.demo.facts import SOURCE, FedFact, fed
from deploy.demo.runs import Run
from events.catalogue.connection_facts import ApplicationSubmitted, CustomerVisited
from workflows.policy.interface import PAPERS, Interface
from workflows.policy.services import service_of

NUMBERS = {"gov_app": "YC{:012d}", "wechat": "WX{:012d}"}
"""The channels of the demo, and the form in which each numbers its applications."""

_ONE_IN = 8
_MOST = 9_999
"""Seed, run and place fill a channel's number, four digits each."""


class Turn(NamedTuple):
    """A fact of a case and its way: in a channel's words, or (None) by the company's systems."""

    fact: FedFact
    message: dict[str, Any] | None


@dataclass(frozen=True)
class ChannelCase:
    """An application that came by a channel, by its own number there. The first turn opens it."""

    table: Interface
    reference: str
    subject: str
    turns: tuple[Turn, ...]

    @property
    def opening(self) -> Turn:
        """Its application."""
        return self.turns[0]


def by_channels(
    run: Run, interfaces: Iterable[Interface], day: Sequence[FedFact]
) -> tuple[list[ChannelCase], list[FedFact]]:
    """Return the cases that come by channels, and what is left of the day."""
    tables = {one.id: one for one in interfaces if one.id in NUMBERS and one.answer.number is not None}
    if max(run.seed, run.run, run.applications) > _MOST or not tables:
        return [], list(day)
    cases: list[ChannelCase] = []
    wanted = max(1, run.applications // _ONE_IN)
    waiting: dict[str, list[ChannelCase]] = {name: [] for name in tables}
    for place, (subject, own) in enumerate(sorted(_undisturbed(day).items()), start=1):
        assert own[0].event is not None
        channel = own[0].event["data"].get("channel")
        if channel in tables and (case := _case(run, tables[channel], place, subject, own)) is not None:
            waiting[channel].append(case)
    while len(cases) < wanted and any(waiting.values()):  # by turns, so that each has some
        cases += [listed.pop(0) for listed in waiting.values() if listed][: wanted - len(cases)]
    taken = {case.subject for case in cases}
    return cases, [fact for fact in day if fact.subject not in taken]


def _undisturbed(day: Sequence[FedFact]) -> Mapping[str, list[FedFact]]:
    """Cases of which every fact comes once, in its turn, and is right; in the order of their facts."""
    own: dict[str, list[FedFact]] = defaultdict(list)
    odd: set[str] = set()
    for fact in day:
        if fact.source != SOURCE or fact.expect != "applied" or fact.note:
            odd.add(fact.subject)
        own[fact.subject].append(fact)
    return {
        subject: facts
        for subject, facts in own.items()
        if subject not in odd and facts[0].of_type(ApplicationSubmitted)
    }


def _case(run: Run, table: Interface, place: int, subject: str, own: Sequence[FedFact]) -> ChannelCase | None:
    reference = NUMBERS[table.id].format((run.seed * 10_000 + run.run) * 10_000 + place)
    if not table.number.fullmatch(reference):
        return None
    turns = [_turn(table, reference, serial, fact) for serial, fact in enumerate(own, start=1)]
    if turns[0].message is None:
        return None
    return ChannelCase(table, reference, subject, tuple(turns))


def _turn(table: Interface, reference: str, serial: int, fact: FedFact) -> Turn:
    assert fact.event is not None
    if not _of_customer(fact):
        return Turn(fact, None)
    try:
        message = message_of(table, fact.event, reference, serial)
    except UnsayableError:
        return Turn(fact, None)
    told = {**fact.event, "source": table.upstream, "subject": reference, "id": id_of(table, message)}
    return Turn(replace(fact, event=told, body=body_of(message)), message)


def _of_customer(fact: FedFact) -> bool:
    """What a customer does at a channel: no visit to a counter, no document that an authority provides."""
    assert fact.event is not None
    own = service_of(str(fact.event["type"])) is not None and not fact.of_type(CustomerVisited)
    return own and fact.event["data"].get("provided_by", "customer") == "customer"


def numbered(fact: FedFact, number: str) -> FedFact:
    """Return a fact of the company's systems, which know the application by our number."""
    assert fact.event is not None
    return fed({**fact.event, "subject": number}, fact.expect, fact.codes, fact.note)


def named_files(case: ChannelCase) -> list[FedFact]:
    """Return the facts of a case that name files, which go through the channel's door as well. They are made
    for the application as the day knows it."""
    return [
        replace(turn.fact, event={**turn.fact.event, "subject": case.subject})
        for turn in case.turns
        if turn.message is not None and turn.fact.event is not None and PAPERS in turn.fact.event["data"]
    ]


def wrong_messages(case: ChannelCase) -> list[Turn]:
    """Return what a channel sends against its own table: a service that nobody carries, a field that was not
    agreed."""
    assert case.opening.message is not None
    kind, *outer = reversed(case.table.message.kind.split("."))
    strange = copy.deepcopy(case.opening.message) | {"sinn": "-"}
    told = [
        Turn(FedFact(body_of(strange), "refused", frozenset({"unknown_field"}), "wrong: a channel"), strange)
    ]
    if case.table.not_taken:
        other = copy.deepcopy(case.opening.message)
        inner = other
        for name in reversed(outer):
            inner = inner[name]
        inner[kind] = next(iter(case.table.not_taken))
        code = frozenset({"service_not_taken"})
        told.append(Turn(FedFact(body_of(other), "refused", code, "wrong: a channel"), other))
    return told
