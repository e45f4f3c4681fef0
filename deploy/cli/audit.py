"""`audit`: proves the log, and that everything else says what it says."""

import asyncio
import json
from collections import defaultdict
from typing import Annotated

import typer
from rich.console import Console

from deploy.audit.audit import PATIENCE_SECONDS, STAGES, Scope
from deploy.audit.audit import audit as audit_platform
from deploy.audit.findings import SENTENCES, Report
from deploy.audit.reading import event_topics
from deploy.errors import UserError
from deploy.feed.run import Bars
from deploy.settings import load_settings
from deploy.stack import control

_SHOWN = 20


def audit(
    log_only: Annotated[
        bool, typer.Option("--log-only", help="Prove the log alone; database and Temporal are not asked.")
    ] = False,
    topic: Annotated[
        list[str] | None, typer.Option("--topic", help="With --log-only: another topic, a copy for example.")
    ] = None,
    subject: Annotated[str | None, typer.Option("--subject", help="One application's number alone.")] = None,
    patience: Annotated[
        float,
        typer.Option("--patience", min=0, help="Seconds that parts at work may take to agree."),
    ] = PATIENCE_SECONDS,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object as the last line, for programs.")
    ] = False,
) -> None:
    """Prove that the log is whole, and that inbox, workflows, pages and files agree with it.

    Every event is read: its hash, its place in its stream, the one before it. Every applied fact must have
    its event and every event its fact; every open case its workflow; every row of the pages must be what the
    log makes of it; every file that was handed in must lie in the store and open. An identical repeat in the
    log is counted as redelivered and is no fault.

        ./mingdian audit

        ./mingdian audit --subject HN-2026-000012

    Ends 0 if nothing was found, 1 with a list if something was, 2 if it could not run.
    """
    if topic and not log_only:
        raise UserError("log_only", "--topic names a log alone. Add --log-only.")
    settings = control.running_settings(load_settings())
    notes = Console(stderr=True) if as_json else Console()
    scope = Scope(tuple(topic or event_topics()), subject, log_only)
    stages = (STAGES[0], STAGES[-1]) if log_only else STAGES
    with Bars(notes, stages=stages) as bars:
        report = asyncio.run(audit_platform(settings, scope, patience=patience, show=bars.show))
    if subject and not report.streams and report.ok:
        raise UserError("no_stream", f"The log has no stream {subject}.")
    if as_json:
        print(json.dumps(as_object(report)))  # noqa: T201
    else:
        print_report(notes, report)
    raise typer.Exit(0 if report.ok else 1)


def as_object(report: Report) -> dict[str, object]:
    """The report for programs."""
    return {
        "ok": report.ok,
        "streams": report.streams,
        "events": report.events,
        "redelivered": report.redelivered,
        "findings": [one._asdict() for one in report.findings],
        "totals": report.totals,
    }


def print_report(out: Console, report: Report) -> None:
    """What was read, and what was found, kind by kind."""
    repeats = f", {report.redelivered} redelivered" if report.redelivered else ""
    out.print(f"{report.streams} streams, {report.events} events{repeats}.", highlight=False)
    if report.ok:
        out.print("Nothing found.", style="green")
        return
    by_code = defaultdict(list)
    for finding in report.findings:
        by_code[finding.code].append(finding)
    for code, found in by_code.items():
        out.print(f"\n{code} ({report.totals[code]}): {SENTENCES[code]}", style="red", highlight=False)
        for one in found[:_SHOWN]:
            out.print(f"  {one.subject or 'log':<18} {one.where}", highlight=False, soft_wrap=True)
        if (left := report.totals[code] - min(len(found), _SHOWN)) > 0:
            out.print(f"  and {left} more; --json lists them", style="dim", highlight=False)
