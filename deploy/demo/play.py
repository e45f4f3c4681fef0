"""One run of the demo on a running stack: make the day, feed it, wait, audit."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from deploy.audit.audit import STAGES as AUDIT_STAGES
from deploy.audit.audit import audit
from deploy.audit.findings import Report
from deploy.demo.day import working_day
from deploy.demo.facts import SOURCE
from deploy.demo.hand_in import hand_in
from deploy.demo.papers import files_of
from deploy.demo.runs import Run
from deploy.demo.settle import wait_for_silence
from deploy.demo.summary import Figures, read_figures
from deploy.demo.verdict import Verdict, as_facts, judge
from deploy.feed.run import FEEDING, Bars, connect, feed
from deploy.secrets import Secrets
from deploy.settings import Settings
from workflows.policy.model import Policy

STAGES = ("handing in", *FEEDING, "silence", *AUDIT_STAGES)
"""What is shown of a run."""

CONVERGE_SECONDS = 60.0
"""How long the parts may take to agree once nothing new comes in."""


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


async def play(settings: Settings, secrets: Secrets, policy: Policy, run: Run, bars: Bars) -> Played:
    """Feed the day and follow it to the end. Raises UserError when a part stays away."""
    day = working_day(policy, run.seed, run.run, run.anchor, run.applications, files=run.files)
    files = files_of(policy, day, settings.document_kinds)
    strange = await hand_in(
        settings, secrets, policy.profile, files, lambda done, total: bars.show("handing in", done, total)
    )
    fed = await feed(settings, secrets, as_facts(day), SOURCE, bars)
    async with await connect(settings) as conn:
        await wait_for_silence(
            conn, settings.late_grace, lambda done, total: bars.show("silence", done, total)
        )
        report = await audit(settings, patience=CONVERGE_SECONDS, show=bars.show)
        figures = await read_figures(conn, run)
    verdict = judge(day, fed.fates, fed.answers, fed.before)
    verdict = replace(verdict, surprises=(*strange, *verdict.surprises))
    return Played(policy, verdict, figures, report)
