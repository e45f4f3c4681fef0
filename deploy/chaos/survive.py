"""One run of chaos on a running stack: make a day, feed it under blows, wait for quiet, audit."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from deploy.audit.audit import STAGES as AUDIT_STAGES
from deploy.audit.audit import audit
from deploy.audit.findings import Report
from deploy.chaos.away import Beside
from deploy.chaos.plan import Blow, outages, plan
from deploy.chaos.siege import besiege
from deploy.demo.day import working_day
from deploy.demo.facts import SOURCE, FedFact
from deploy.demo.settle import wait_for_silence
from deploy.demo.verdict import Surprise, as_facts, judge
from deploy.errors import UserError
from deploy.feed import ledger
from deploy.feed.run import Bars, connect, fates_of, settle
from deploy.feed.send import Answer
from deploy.secrets import Secrets
from deploy.settings import Settings
from workflows.policy.model import Policy

CONVERGE_SECONDS = 60.0
STAGES = ("feeding", "blows", "outcomes", "pages", "silence", *AUDIT_STAGES)
"""The bars of a run, in their order."""

_DOUBLED = ("two_contents", "applied_twice")
_ROWS = ("row_differs", "row_missing", "row_without_events", "unfoldable")


@dataclass(frozen=True)
class Survived:
    """What became of a day under blows. `lost`: facts received that never got an outcome; `surprises`: facts
    with another outcome than foretold."""

    applications: int
    blows: int
    lost: tuple[str, ...]
    surprises: tuple[Surprise, ...]
    report: Report
    beside: Beside | None = None

    @property
    def figures(self) -> Mapping[str, int | bool]:
        """The answer for programs. A fact foretold to be applied that was not is lost too, whatever it was
        told instead; so is an applied one without an event."""
        refused = sum(one.expected == "applied" for one in self.surprises)
        return {
            "applications": self.applications,
            "kills": self.blows,
            "lost": len(self.lost) + refused + self.report.count("applied_without_event"),
            "doubled": self.report.count(*_DOUBLED),
            "holes": self.report.count("hole"),
            "rebuilt_equal": not self.report.count(*_ROWS),
            "audit_ok": self.report.ok,
        }

    @property
    def ok(self) -> bool:
        """Nothing lost, doubled or other than foretold, and the audit finds nothing."""
        return self.report.ok and not self.lost and not self.surprises


async def survive(
    settings: Settings,
    secrets: Secrets,
    policy: Policy,
    *,
    applications: int,
    kills: int,
    seed: int,
    bars: Bars,
    struck: Callable[[Blow], None] = lambda _: None,
    away: float = 0,
) -> Survived:
    """Run it. The stack must be fresh; `away`: instead of `kills` blows the bus is away twice, for so many
    seconds. Raises UserError when a part stays away."""
    day = working_day(policy, seed, 1, datetime.now(UTC), applications)
    blows = outages(away, len(day)) if away else plan(seed, kills, len(day))
    beside = Beside(settings, secrets, day) if away else None
    done = 0

    async def count(blow: Blow) -> None:
        nonlocal done
        done += 1
        bars.show("blows", done, len(blows))
        struck(blow)
        if beside:
            await beside.after(blow)

    over = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        if beside:
            tasks.create_task(beside.run(over))
        answers = await besiege(
            settings,
            secrets,
            as_facts(day),
            blows,
            fed=lambda number: bars.show("feeding", number, len(day)),
            struck=count,
            one_by_one=bool(away),
        )
        over.set()
    lost, surprises = await _outcomes(settings, day, answers, bars)
    report = await audit(settings, patience=CONVERGE_SECONDS, show=bars.show)
    if beside is None:
        return Survived(applications, done, lost, surprises, report)
    beside.tally()
    lost = (*lost, *await beside.lost())
    return Survived(applications, done, lost, surprises, report, beside)


async def _outcomes(
    settings: Settings, day: Sequence[FedFact], answers: Sequence[Answer], bars: Bars
) -> tuple[tuple[str, ...], tuple[Surprise, ...]]:
    """Wait until all is quiet; return the facts without an outcome, and those with a surprising one."""
    sent = [(SOURCE, one.id) for one, answer in zip(day, answers, strict=True) if answer.received and one.id]
    async with await connect(settings) as conn:
        try:
            await settle(conn, sent, {}, settings, bars)
        except UserError as error:
            if error.code not in {"no_outcome", "pages_behind"}:
                raise  # these two are what chaos looks for: they are counted, not told as a failure to run
        await wait_for_silence(
            conn, settings.late_grace, lambda done, whole: bars.show("silence", done, whole)
        )
        after = await ledger.read(conn, sent)
    known = {fact_id for (_, fact_id), entry in after.items() if entry.final}
    lost = {fact_id for _, fact_id in sent if fact_id not in known}
    told = [(one, answer) for one, answer in zip(day, answers, strict=True) if one.id not in lost]
    kept = [one for one, _ in told]
    heard = [answer for _, answer in told]
    fates = fates_of(as_facts(kept), heard, {}, after)
    return tuple(sorted(lost)), judge(kept, fates, heard, {}).surprises
