"""One run of the demo on a running stack: make the day, feed it, wait, audit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import psycopg

from deploy.audit.audit import STAGES as AUDIT_STAGES
from deploy.audit.audit import audit
from deploy.audit.findings import Report
from deploy.demo.channel_cases import ChannelCase, by_channels
from deploy.demo.channel_feed import play_channels
from deploy.demo.channel_stage import Stage
from deploy.demo.day import working_day
from deploy.demo.facts import SOURCE, FedFact
from deploy.demo.hand_in import hand_in
from deploy.demo.papers import files_of
from deploy.demo.personnel import personnel_facts
from deploy.demo.project_acts import staff_facts
from deploy.demo.projects import Project, Ref, Scene, feed_facts, projects_of, records
from deploy.demo.runs import Run
from deploy.demo.settle import wait_for_silence
from deploy.demo.summary import Figures, read_figures
from deploy.demo.verdict import Verdict, as_facts, joined, judge
from deploy.feed.run import FEEDING, Bars, connect, feed
from deploy.secrets import Secrets
from deploy.settings import Settings
from events.catalogue import connection_facts as facts
from events.envelope import read_time
from workflows.policy.model import Policy

STAGES = ("channels", "handing in", *FEEDING, "projects", "silence", *AUDIT_STAGES)
"""What is shown of a run."""

CONVERGE_SECONDS = 60.0
"""How long the parts may take to agree once nothing new comes in."""


_SERVED = timedelta(days=20)
"""An application that was energised so long ago still hears that it is that of a project."""


@dataclass(frozen=True)
class Second:
    """Shows a second feed as one stage of the whole."""

    bars: Bars
    stage: str

    def show(self, name: str, done: int, total: int) -> None:
        """Move the bar by a part for each stage of the feed."""
        self.bars.show(self.stage, FEEDING.index(name) * total + done, len(FEEDING) * total)


@dataclass(frozen=True)
class Played:
    """What a run came to."""

    policy: Policy
    verdict: Verdict
    figures: Figures
    report: Report

    @property
    def ok(self) -> bool:
        """Every fact accounted for as expected, and the audit finds nothing."""
        return self.report.ok and not self.verdict.surprises

    def as_json(self) -> Mapping[str, int | bool]:
        """The last line for programs."""
        return {
            "read": self.verdict.read,
            "accepted": self.verdict.accepted,
            "duplicates": self.verdict.duplicates,
            "refused": self.verdict.refused.total(),
            "audit_ok": self.report.ok,
        }


async def play(
    settings: Settings, secrets: Secrets, policy: Policy, run: Run, bars: Bars, *, stage: Stage | None = None
) -> Played:
    """Feed the day and follow it to the end; with a `stage` some of it comes by channels. Raises UserError
    when a part stays away."""
    day = working_day(policy, run.seed, run.run, run.anchor, run.applications, files=run.files)
    cases: list[ChannelCase] = []
    if stage is not None and run.channels:
        cases, day = by_channels(run, stage.tables, day)
    files = files_of(policy, day, settings.document_kinds)
    scene = Scene(policy, run.anchor.replace(second=0, microsecond=0))
    projects = projects_of(scene, run.seed, run.run) if run.projects else []
    day += feed_facts(scene, projects)
    day += personnel_facts(policy, run.seed, run.run, scene.now)
    bars.show("channels", 0, len(cases))
    by_channel = (
        await play_channels(settings, stage.secrets, policy, cases, bars) if stage and cases else None
    )
    strange = await hand_in(
        settings, secrets, policy.profile, files, lambda done, total: bars.show("handing in", done, total)
    )
    fed = await feed(settings, secrets, as_facts(day), SOURCE, bars)
    verdict = judge(day, fed.fates, fed.answers, fed.before)
    async with await connect(settings) as conn:
        acts = await _acts(conn, scene, projects, day)
    done = await feed(settings, secrets, as_facts(acts), SOURCE, Second(bars, "projects"))
    verdict = joined(verdict, judge(acts, done.fates, done.answers, done.before))
    verdict = joined(by_channel, verdict) if by_channel is not None else verdict
    async with await connect(settings) as conn:
        await wait_for_silence(
            conn, settings.late_grace, lambda done, total: bars.show("silence", done, total)
        )
        strange += await stage.wait_until_told(conn, cases) if stage is not None else []
        report = await audit(settings, patience=CONVERGE_SECONDS, show=bars.show)
        figures = await read_figures(conn, run, [(one.table.upstream, one.reference) for one in cases])
    verdict = replace(verdict, surprises=(*strange, *verdict.surprises))
    return Played(policy, verdict, figures, report)


async def _acts(
    conn: psycopg.AsyncConnection, scene: Scene, projects: Sequence[Project], day: Sequence[FedFact]
) -> list[FedFact]:
    """What staff do for the projects, by the numbers that intake gave."""
    linked = _to_link(scene, day)
    refs = [*records(projects), *(Ref(SOURCE, subject) for subject in linked)]
    rows = await conn.execute(
        """
        SELECT a.source, a.alias, a.number FROM unnest(%s::text[], %s::text[]) AS r (source, alias)
        JOIN intake.alias a USING (source, alias)
        """,
        ([ref.source for ref in refs], [ref.record for ref in refs]),
    )
    numbers = {Ref(source, alias): number async for source, alias, number in rows}
    return staff_facts(scene, projects, numbers, [numbers[Ref(SOURCE, subject)] for subject in linked])


def _to_link(scene: Scene, day: Sequence[FedFact]) -> list[str]:
    """A high-voltage application that has electricity since not long ago, and two that are under way."""
    sound = [one for one in day if one.expect == "applied" and one.source == SOURCE]
    confirmed = {one.subject for one in sound if one.of_type(facts.PlanConfirmed)}
    ended = {one.subject for one in sound if one.of_type(facts.Withdrawn)}
    on = {one.subject: read_time(one.time) for one in sound if one.of_type(facts.Energised)}
    recent = sorted(name for name in confirmed if name in on and scene.now - on[name] < _SERVED)
    under_way = sorted(confirmed - on.keys() - ended)
    return recent[:1] + under_way[:2]
