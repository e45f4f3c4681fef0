"""From the stored state of one application to what its page may show: pure, no database."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from projections.api import beside
from projections.api.application_views import (
    ApplicationView,
    BoundaryView,
    ElapsedView,
    OnDutyView,
    PlanView,
    ReceiptView,
    TimelineView,
)
from projections.api.beside_views import LinksView
from projections.api.case_parts import FileView, PaperView
from projections.api.names import Names, limit, officer, plain
from projections.api.personal import Opened, masked
from projections.api.steps import all_pauses, open_pause, process_of, step_views
from projections.api.timeline import timeline
from projections.api.views import Freshness
from projections.progress.state import ApplicationState
from workflows.policy.model import Policy
from workflows.policy.rota import officer_on_duty
from workflows.policy.staffing import KEY_REPLY

Row = Mapping[str, Any]


def view(
    policy: Policy,
    state: ApplicationState,
    *,
    row: Row,
    entries: Sequence[Row],
    linked_from: Sequence[str] = (),
    away: Collection[str] = (),
    opened: Opened,
    fresh: Freshness,
) -> ApplicationView:
    """Return the whole answer.

    `row` holds the columns beside the state, `entries` the timeline, newest first; `linked_from` the cases
    that are late disputes of this one; `away` names the staff that is not there today.
    """
    names = Names(policy, state.received)
    shown = timeline(entries, names, process_of(state), opened)
    position = state.sequence + (entries[0]["sequence"] if entries else 0)
    name, project = (opened.text(0, field) for field in ("applicant_name", "project_name"))
    linked_to = state.linked.linked_to if state.linked else None
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
        submitted_at=state.received_at,
        accepted_at=state.accepted_at,
        energised_at=state.energised_at,
        withdrawn_at=state.withdrawn_at,
        closed=state.closed_at is not None,
        manager=officer(state.manager) if state.manager else None,
        supervisor=officer(state.supervisor) if state.supervisor else None,
        on_duty=_on_duty(policy, state, names, fresh.read_at, away),
        boundary=_boundary(policy, state),
        plan=_plan(state),
        meter_no=beside.corrected(state, "meter_no", state.meter_no),
        documents_missing=names.documents(state.documents_missing),
        documents_have=names.documents(state.documents),
        documents_waived=names.documents(beside.waived(names, state)),
        papers=_papers(state, names),
        links=LinksView(linked_to=linked_to, linked_from=tuple(linked_from)),
        visits=state.visits,
        visits_allowed=state.visits_allowed,
        site_visits=state.site_visits,
        elapsed=_elapsed(state),
        receipts=_receipts(state, names, shown, beside.Clock(policy, fresh.read_at)),
        timeline=shown,
        **_about(state, names),
        **_clocks(policy, state, names, fresh.read_at),
    )


def _about(state: ApplicationState, names: Names) -> dict[str, Any]:
    """What the case is about; of a late dispute only area and kind are known."""
    case, received = state.received or state.linked, state.received
    assert case is not None
    process = names.process(case.process)
    channel = beside.corrected(state, "channel", received.channel) if received else None
    return {
        "region": names.region(case.region),
        "kind": case.kind,
        "process": process.name if process else plain(case.process),
        "channel": names.channel(channel) if channel else None,
        "voltage_kv": float(received.voltage_kv) if received else None,
        "capacity_kva": float(received.capacity_kva) if received else None,
    }


def _clocks(policy: Policy, state: ApplicationState, names: Names, now: datetime) -> dict[str, Any]:
    """All that has a clock, and what stands beside the steps."""
    at = beside.Clock(policy, now)
    return {
        "steps": step_views(policy, state, names, now),
        "pause": open_pause(policy, state, names, now),
        "pauses": all_pauses(policy, state, names, now),
        "promise": beside.promise(state),
        "so_far": beside.so_far(policy, state, now),
        "duties": beside.duties(state, names, at),
        "checks": beside.checks(state, names, at),
        "requests": beside.requests(state, names),
        "amendments": beside.amendments(state),
        "service": beside.service(state, now),
        "disputes": beside.disputes(state, names, at),
        "corrections": beside.corrections(state, names),
    }


def _on_duty(
    policy: Policy, state: ApplicationState, names: Names, now: datetime, away: Collection[str]
) -> OnDutyView | None:
    """Whom a key customer reaches now; None for any other, and once the case is over."""
    rule = names.tasks_of(state).get(KEY_REPLY)
    if rule is None or rule.minutes is None or state.energised_at or state.withdrawn_at:
        return None
    person = officer_on_duty(policy, now, away)
    return OnDutyView(officer=officer(person), minutes=rule.minutes) if person else None


def _boundary(policy: Policy, state: ApplicationState) -> BoundaryView | None:
    decided = state.boundary
    if decided is None:
        return None
    rule = next((rule for rule in policy.boundary_rules if rule.code == decided.decided_by), None)
    counts = state.confirmation.boundary if state.confirmation else decided.boundary
    same = counts == decided.boundary
    return BoundaryView(
        boundary=counts,
        decided=decided.boundary,
        confirmed_at=state.confirmation.at if state.confirmation else None,
        rule=decided.decided_by,
        rule_name=rule.name if rule else plain(decided.decided_by),
        rules_matched=decided.rules_matched,
        utility_scope=rule.utility_scope if rule and same else None,
        customer_scope=rule.customer_scope if rule and same else None,
        needs_manual_review=decided.needs_manual_review,
        basis=decided.basis,
    )


def _plan(state: ApplicationState) -> PlanView | None:
    if state.plan is None:
        return None
    told = {name: getattr(state.plan, name) for name in PlanView.model_fields if name != "objections"}
    told["objections"] = len(state.objections)
    for field in ("substation", "feeder"):
        told[field] = beside.corrected(state, field, told[field])
    return PlanView(**told)


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
    state: ApplicationState, names: Names, shown: Iterable[TimelineView], at: beside.Clock
) -> tuple[ReceiptView, ...]:
    """All receipts that hold, newest first; when one was issued stands in the timeline."""
    all_issued = [entry for entry in shown if entry.event == "receipt_issued"]
    issued = {entry.reference: entry for entry in all_issued if not entry.retracted}
    gone = {entry.reference for entry in all_issued if entry.retracted} - issued.keys()
    process = process_of(state)
    waits = {(step.code, step.entered_at) for step in state.steps if step.done_at is None}
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
            provisional=(receipt.step, receipt.entered_at) in waits
            and at.provisional(receipt.due_at, receipt.limit),
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
        if receipt.receipt_no not in gone
    )
