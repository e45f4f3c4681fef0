"""The simulated channels at work: they hand in over HTTP, ask for their numbers, and go on with their
customers' cases, while the company's systems tell what they do under our number."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

import httpx

from deploy.demo.channel_cases import ChannelCase, Turn, named_files, numbered, wrong_messages
from deploy.demo.channel_client import Simulated
from deploy.demo.facts import SOURCE, FedFact
from deploy.demo.papers import files_of
from deploy.demo.verdict import Surprise, Verdict, as_facts, judge
from deploy.feed import ledger
from deploy.feed.run import Shows, connect, fates_of, settle
from deploy.feed.send import Answer, Sender
from deploy.secrets import Secrets
from deploy.settings import Settings
from workflows.policy.interface import Interface
from workflows.policy.model import Policy

_TOGETHER = 10
"""Messages that a channel hands in at once."""

Show = Callable[[int, int], None]


@dataclass
class Sent:
    """What was sent, in its order, and what the doors said."""

    facts: list[FedFact] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    strange: list[Surprise] = field(default_factory=list)

    def add(self, facts: Sequence[FedFact], answers: Sequence[Answer]) -> None:
        """Note what was sent together."""
        self.facts += facts
        self.answers += answers


@dataclass(frozen=True)
class _Quiet:
    """Shows one stage of a feed under another name."""

    bars: Shows
    stage: str

    def show(self, name: str, done: int, total: int) -> None:
        """Outcomes and pages are the end of the same stage."""
        if name == "pages":
            self.bars.show(self.stage, done, total)


async def play_channels(
    settings: Settings, secrets: Secrets, policy: Policy, cases: Sequence[ChannelCase], bars: Shows
) -> Verdict:
    """Let the cases come by their channels, and follow every fact to its outcome. Raises UserError."""
    async with (
        await connect(settings) as conn,
        httpx.AsyncClient(base_url=settings.web_url, timeout=30.0, trust_env=False) as http,
    ):
        facts = [turn.fact for case in cases for turn in case.turns]
        before = await ledger.read(conn, [(one.source, one.id) for one in facts if one.source and one.id])
        playing = _Playing(settings, secrets, policy, http, Sent())
        sent = await playing.play(cases, lambda done, total: bars.show("channels", done, total))
        keys = [
            (one.source, one.id)
            for one, answer in zip(sent.facts, sent.answers, strict=True)
            if answer.received and one.source and one.id
        ]
        await settle(conn, keys, before, settings, _Quiet(bars, "channels"))
        after = await ledger.read(conn, keys)
    fates = fates_of(as_facts(sent.facts), sent.answers, before, after)
    verdict = judge(sent.facts, fates, sent.answers, before)
    return replace(verdict, surprises=(*sent.strange, *verdict.surprises))


@dataclass(frozen=True)
class _Playing:
    settings: Settings
    secrets: Secrets = field(repr=False)
    policy: Policy
    http: httpx.AsyncClient
    sent: Sent

    async def play(self, cases: Sequence[ChannelCase], show: Show) -> Sent:
        """Files, applications, numbers; then the rest in the order in which it happened."""
        channel, company = Simulated(self.http, self.secrets), Sender(self.http, self.secrets.token)
        total = sum(len(case.turns) for case in cases)
        for case in cases:
            for file in files_of(self.policy, named_files(case), self.settings.document_kinds):
                strange = await channel.hand_in_file(case.table, case.reference, file)
                self.sent.strange += [strange] if strange is not None else []
        for table, turns in _openings(cases):
            self.sent.add([turn.fact for turn in turns], await channel.hand_in(table, turns))
            show(len(self.sent.facts), total)
        taken = {
            one.id for one, answer in zip(self.sent.facts, self.sent.answers, strict=True) if answer.received
        }
        numbers = {
            case.reference: await channel.number_of(case) if case.opening.fact.id in taken else None
            for case in cases
        }
        for way, turns in _following(cases, numbers):
            facts = [turn.fact for turn in turns]
            answers = (
                await channel.hand_in(way, turns)
                if way is not None
                else await company.send(as_facts(facts), SOURCE)
            )
            self.sent.add(facts, answers)
            show(min(len(self.sent.facts), total), total)
        return self.sent


def _openings(cases: Sequence[ChannelCase]) -> Iterator[tuple[Interface, list[Turn]]]:
    """The applications of each channel, some at once, and what it sends against its own table."""
    for _, listed in groupby(sorted(cases, key=_channel), key=_channel):
        own = list(listed)
        turns = [case.opening for case in own] + wrong_messages(own[0])
        for at in range(0, len(turns), _TOGETHER):
            yield own[0].table, turns[at : at + _TOGETHER]


def _channel(case: ChannelCase) -> str:
    return case.table.id


def _following(
    cases: Sequence[ChannelCase], numbers: dict[str, str | None]
) -> Iterator[tuple[Interface | None, list[Turn]]]:
    """Everything after the applications, in the order of time: neighbours that go the same way together."""
    turns: list[tuple[Interface | None, Turn]] = []
    for case in cases:
        number = numbers[case.reference]
        for turn in case.turns[1:]:
            if turn.message is not None:
                turns.append((case.table, turn))
            elif number is not None:
                turns.append((None, Turn(numbered(turn.fact, number), None)))
    turns.sort(key=lambda one: (one[1].fact.time, one[1].fact.id))
    for _, listed in groupby(turns, key=lambda one: one[0].id if one[0] is not None else None):
        own = list(listed)
        for at in range(0, len(own), _TOGETHER):
            yield own[0][0], [turn for _, turn in own[at : at + _TOGETHER]]
