"""From the stored state of one application to what its page may show: pure, no database."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from projections.api.application_views import (
    ApplicationView,
    BoundaryView,
    ElapsedView,
    FileView,
    PaperView,
    PlanView,
    ReceiptView,
    TimelineView,
)
from projections.api.names import Names, limit, officer, plain
from projections.api.personal import Opened, masked
from projections.api.steps import open_pause, step_views
from projections.api.timeline import timeline
from projections.api.views import Freshness
from projections.progress.state import ApplicationState
from workflows.policy.model import Policy

Row = Mapping[str, Any]


def view(
    policy: Policy,
    state: ApplicationState,
    *,
    row: Row,
    entries: Sequence[Row],
    opened: Opened,
    fresh: Freshness,
) -> ApplicationView:
    """Return the whole answer.

    `row` holds the columns beside the state, `entries` the timeline, newest first.
    """
    names = Names(policy, state.received)
    received = state.received
    shown = timeline(entries, names, received.process, opened)
    position = state.sequence + (entries[0]["sequence"] if entries else 0)
    name, project = (opened.text(0, field) for field in ("applicant_name", "project_name"))
    process = names.process(received.process)
    return ApplicationView(
        number=state.number,
        profile=policy.profile,
        fresh=fresh.model_copy(update={"position": position, "newest_event_at": state.last_event_at}),
        sequence=state.sequence,
        policy_version=state.policy_version,
        standing=row["status"],
        overdue=row["overdue"],
        erased=opened.any_erased,
        project=project,
        applicant=masked(name) if name else None,
        region=names.region(received.region),
        kind=received.kind,
        process=process.name if process else plain(received.process),
        channel=names.channel(received.channel),
        voltage_kv=float(received.voltage_kv),
        capacity_kva=float(received.capacity_kva),
        submitted_at=state.received_at,
        accepted_at=state.accepted_at,
        energised_at=state.energised_at,
        withdrawn_at=state.withdrawn_at,
        closed=state.closed_at is not None,
        manager=officer(state.manager) if state.manager else None,
        supervisor=officer(state.supervisor) if state.supervisor else None,
        steps=step_views(policy, state, names, fresh.read_at),
        pause=open_pause(policy, state, names, fresh.read_at),
        boundary=_boundary(policy, state),
        plan=_plan(state),
        documents_missing=names.documents(state.documents_missing),
        documents_have=names.documents(state.documents),
        papers=_papers(state, names),
        visits=state.visits,
        visits_allowed=state.visits_allowed,
        site_visits=state.site_visits,
        elapsed=_elapsed(state),
        receipts=_receipts(state, names, shown),
        timeline=shown,
    )


def _boundary(policy: Policy, state: ApplicationState) -> BoundaryView | None:
    decided = state.boundary
    if decided is None:
        return None
    rule = next((rule for rule in policy.boundary_rules if rule.code == decided.decided_by), None)
    return BoundaryView(
        boundary=decided.boundary,
        rule=decided.decided_by,
        rule_name=rule.name if rule else plain(decided.decided_by),
        rules_matched=decided.rules_matched,
        utility_scope=rule.utility_scope if rule else plain(""),
        customer_scope=rule.customer_scope if rule else plain(""),
        needs_manual_review=decided.needs_manual_review,
        basis=decided.basis,
    )


def _plan(state: ApplicationState) -> PlanView | None:
    if state.plan is None:
        return None
    return PlanView(**{name: getattr(state.plan, name) for name in PlanView.model_fields})


def _papers(state: ApplicationState, names: Names) -> tuple[PaperView, ...]:
    documents = names.documents(paper.document for paper in state.papers)
    return tuple(
        PaperView(
            document=document,
            provided_by=paper.provided_by,
            file=FileView(**paper.file.model_dump()) if paper.file else None,
            at=paper.at,
        )
        for document, paper in zip(documents, state.papers, strict=True)
    )


def _elapsed(state: ApplicationState) -> ElapsedView | None:
    measured = state.elapsed
    if measured is None:
        return None
    return ElapsedView(
        gross_days=measured.gross_days,
        net_days=measured.net_days,
        promised_days=measured.target_days,
        promised_statistic=measured.target_statistic,
        on_time=measured.on_time,
    )


def _receipts(
    state: ApplicationState, names: Names, shown: Iterable[TimelineView]
) -> tuple[ReceiptView, ...]:
    """All receipts, newest first; when one was issued stands in the timeline."""
    issued = {entry.reference: entry for entry in shown if entry.event == "receipt_issued"}
    process = state.received.process
    return tuple(
        ReceiptView(
            receipt_no=receipt.receipt_no,
            cause=receipt.cause,
            sequence=issued[receipt.receipt_no].sequence if receipt.receipt_no in issued else None,
            issued_at=issued[receipt.receipt_no].at if receipt.receipt_no in issued else None,
            step=receipt.step,
            step_name=receipt.step_name,
            entered_at=receipt.entered_at,
            due_at=receipt.due_at,
            limit=limit(receipt.limit),
            paused=names.pause_name(receipt.paused_cause) if receipt.paused_cause else None,
            responsible=officer(receipt.responsible),
            supervisor=officer(receipt.supervisor),
            next_step=names.step(process, receipt.next_step) if receipt.next_step else None,
            documents_missing=names.documents(receipt.documents_missing),
            documents_have=None
            if receipt.documents_have is None
            else names.documents(receipt.documents_have),
            channel=names.channel(receipt.channel) if receipt.channel else None,
            elapsed_gross_days=receipt.elapsed_gross_days,
            elapsed_net_days=receipt.elapsed_net_days,
            boundary=receipt.boundary,
        )
        for receipt in reversed(state.receipts)
    )
