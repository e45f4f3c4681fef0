"""What a run came to, as a table, and where to look at it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row
from rich.console import Console
from rich.table import Table

from deploy.audit.findings import Report
from deploy.demo.facts import SOURCE
from deploy.demo.runs import Run
from deploy.demo.verdict import Verdict
from deploy.secrets import Secrets
from deploy.settings import Settings
from events.sealing import receipt_code
from workflows.policy.model import Policy

# Every query sees the applications of one run alone: its references begin alike.
_OURS = """
WITH ours AS (
    SELECT number FROM intake.alias WHERE source = %(source)s AND alias LIKE %(prefix)s
    UNION SELECT number FROM intake.alias
    JOIN unnest(%(sources)s::text[], %(references)s::text[]) AS came (source, alias) USING (source, alias)
)
"""

_CASES = """
SELECT count(*) AS cases, count(*) FILTER (WHERE status = 'energised') AS energised,
       count(*) FILTER (WHERE status = 'withdrawn') AS withdrawn,
       count(*) FILTER (WHERE overdue) AS overdue, count(*) FILTER (WHERE ever_overdue) AS ever_overdue
FROM progress.application JOIN ours USING (number)
"""

_DAYS = """
SELECT target, count(*) AS count, avg(gross_days)::float AS gross, avg(net_days)::float AS net
FROM statistics.application JOIN ours USING (number) WHERE gross_days IS NOT NULL
GROUP BY target ORDER BY target NULLS LAST
"""

_CHANNELS = """
SELECT channel, count(*) AS count FROM progress.application JOIN intake.alias a USING (number)
JOIN unnest(%(sources)s::text[], %(references)s::text[]) AS came (source, alias) USING (source, alias)
GROUP BY channel ORDER BY channel
"""

# One with something to tell: late, at high voltage, far on its way.
_TELLING = """
SELECT number, s.reissue
FROM progress.application a JOIN ours USING (number) JOIN intake.subject s USING (number)
ORDER BY a.overdue DESC, a.status = 'open' DESC, a.kind = 'hv' DESC, a.sequence DESC, number LIMIT 1
"""


_FILES = """
SELECT count(*) AS files, count(DISTINCT subject) AS filed FROM documents.file JOIN ours ON subject = number
"""

# One with as many files as any, and under way if it can be.
_FILED = """
SELECT number, s.reissue
FROM progress.application a JOIN ours USING (number) JOIN intake.subject s USING (number)
JOIN LATERAL (SELECT count(*) AS files FROM documents.file WHERE subject = number) f ON f.files > 0
ORDER BY a.status = 'open' DESC, f.files DESC, number LIMIT 1
"""

_PROJECTS = """
SELECT count(*) AS projects, count(*) FILTER (WHERE light = 'green') AS green,
       count(*) FILTER (WHERE light = 'yellow') AS yellow, count(*) FILTER (WHERE light = 'red') AS red
FROM prestart.project JOIN intake.alias a USING (number)
WHERE a.source <> %(source)s AND a.alias LIKE %(prefix)s AND joined_into IS NULL
"""


@dataclass(frozen=True)
class Figures:
    """What the read models say of one run's applications and projects, and the register of their files.
    `telling` and `filed` are a number with its re-issue counter."""

    cases: dict[str, Any]
    days: list[dict[str, Any]]
    telling: tuple[str, int] | None
    files: dict[str, Any]
    filed: tuple[str, int] | None
    projects: dict[str, Any]
    channels: dict[str, int]


async def read_figures(
    conn: psycopg.AsyncConnection, run: Run, came: Sequence[tuple[str, str]] = ()
) -> Figures:
    """Read the figures of a run; `came` names its applications that came by channels."""
    ours = {
        "source": SOURCE,
        "prefix": f"D{run.seed}-{run.run}-%",
        "sources": [source for source, _ in came],
        "references": [reference for _, reference in came],
    }
    async with conn.cursor(row_factory=dict_row) as cursor:
        cases = await (await cursor.execute(_OURS + _CASES, ours)).fetchone()
        days = await (await cursor.execute(_OURS + _DAYS, ours)).fetchall()
        telling = await (await cursor.execute(_OURS + _TELLING, ours)).fetchone()
        files = await (await cursor.execute(_OURS + _FILES, ours)).fetchone()
        filed = await (await cursor.execute(_OURS + _FILED, ours)).fetchone()
        projects = await (await cursor.execute(_PROJECTS, ours)).fetchone()
        ways = await (await cursor.execute(_CHANNELS, ours)).fetchall()
    channels = {row["channel"]: row["count"] for row in ways}
    return Figures(
        cases or {}, days, _numbered(telling), files or {}, _numbered(filed), projects or {}, channels
    )


def _numbered(row: dict[str, Any] | None) -> tuple[str, int] | None:
    return (row["number"], row["reissue"]) if row else None


def print_summary(out: Console, policy: Policy, run: Run, verdict: Verdict, figures: Figures) -> None:
    """The table of a run."""
    table = Table(box=None, pad_edge=False, show_header=False, title=f"Seed {run.seed}, run {run.run}")
    table.title_justify = "left"
    table.add_column()
    table.add_column(justify="right")
    table.add_column(style="dim")
    table.add_row("fed", str(verdict.read), "facts")
    table.add_row("accepted", str(verdict.accepted))
    table.add_row("duplicates", str(verdict.duplicates))
    table.add_row("refused", str(verdict.refused.total()))
    for code, count in verdict.refused.most_common():
        table.add_row(f"  {code}", str(count))
    table.add_row("applications", str(figures.cases["cases"]))
    table.add_row("completed", str(figures.cases["energised"]), "energised")
    table.add_row("withdrawn", str(figures.cases["withdrawn"]))
    late = figures.cases["ever_overdue"]
    table.add_row("overdue", str(figures.cases["overdue"]), f"now; {late} were late at some step")
    table.add_row("files", str(figures.files["files"]), f"of {figures.files['filed']} applications")
    if figures.channels:
        listed = ", ".join(f"{count} {name}" for name, count in figures.channels.items())
        table.add_row("by channels", str(sum(figures.channels.values())), listed)
    if figures.projects["projects"]:
        lights = ", ".join(f"{figures.projects[light]} {light}" for light in ("green", "yellow", "red"))
        table.add_row("key projects", str(figures.projects["projects"]), lights)
    for row in figures.days:
        table.add_row(*_days(policy, row))
    out.print()
    out.print(table)


def print_heard(out: Console, heard: Mapping[str, int]) -> None:
    """What the channels were told."""
    if heard:
        listed = ", ".join(f"{name.rsplit('/', 1)[-1]} {count}" for name, count in sorted(heard.items()))
        out.print(f"Told back, signed: {listed}.", highlight=False)


def _days(policy: Policy, row: dict[str, Any]) -> tuple[str, str, str]:
    target = next((one for one in policy.targets if one.code == row["target"]), None)
    words = f"of {row['count']}; {row['gross']:.1f} with pauses"
    if target is None:
        return "mean days, others", f"{row['net']:.1f}", words
    promise = f"promised: {'mean' if target.statistic == 'mean' else 'at most'} {target.days}"
    return f"mean days, {target.code}", f"{row['net']:.1f}", f"{words}; {promise}"


def print_verdict(out: Console, verdict: Verdict, report: Report) -> None:
    """Whether all is accounted for, and what is not."""
    out.print()
    for one in verdict.surprises:
        out.print(f"{one.id}: expected {one.expected}, found {one.found}", style="red", highlight=False)
    for finding in report.findings[:50]:
        out.print(f"{finding.subject or 'log'}: {finding.code}", style="red", highlight=False)
    if not verdict.surprises:
        out.print(f"Every one of {verdict.read} facts is accounted for, as expected.", style="green")
    if report.ok:
        words = f"Inbox, workflows, log and pages agree: {report.streams} streams, {report.events} events."
        out.print(words, style="green")


def print_addresses(
    out: Console, settings: Settings, secrets: Secrets, policy: Policy, figures: Figures
) -> None:
    """Where to look."""
    rows = [("Overview", f"{settings.web_url}/{policy.profile}/")]
    if figures.telling is not None:
        number, reissue = figures.telling
        code = receipt_code(secrets.receipt_secret, number, reissue)
        rows.append(("One application", f"{settings.web_url}/{policy.profile}/progress"))
        rows.append(("", f"number {number}, receipt code {code}"))
        rows.append(("Its history", f"./mingdian history {number}"))
    if figures.filed is not None:
        number, reissue = figures.filed
        code = receipt_code(secrets.receipt_secret, number, reissue)
        rows.append(("One with files", f"number {number}, receipt code {code}"))
        rows.append(("", f"./mingdian documents list {number}"))
    if figures.projects["projects"]:
        rows.append(("Key projects", f"{settings.web_url}/{policy.profile}/projects"))
    if figures.channels:
        rows.append(("Channels", f"{settings.web_url}/{policy.profile}/figures#channels"))
    if settings.temporal_ui_url:
        rows.append(("Temporal", settings.temporal_ui_url))
    out.print()
    for name, address in rows:
        out.print(f"  {name:<16} {address}", highlight=False, soft_wrap=True)
