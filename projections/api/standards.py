"""From the policy tables to the public standards: pure. Only rows in force on the day are told."""

from datetime import date

from projections.api.names import Names
from projections.api.standards_views import (
    DocumentsView,
    StandardDocument,
    StandardLimit,
    StandardPause,
    StandardRule,
    StandardStep,
    StandardsView,
    StandardTarget,
    StandardVisit,
    StepsView,
)
from workflows.policy import documents, force
from workflows.policy.model import Condition, DocumentItem, Policy, Process


def standards(policy: Policy, today: date) -> StandardsView:
    """Return the standards as they hold on a local day."""
    current = force.as_of(policy, today)
    return StandardsView(
        profile=current.profile,
        name=current.name,
        policy_version=policy.version,
        steps=tuple(_steps(current, process) for process in current.processes if process.now),
        documents=_documents(current),
        targets=tuple(
            StandardTarget(
                code=t.code, name=t.name, days=t.days, statistic=t.statistic, basis=t.basis, source=t.source
            )
            for t in current.targets
        ),
        limits=_limits(current),
        rules=tuple(
            StandardRule(**{name: getattr(rule, name) for name in StandardRule.model_fields})
            for rule in sorted(current.boundary_rules, key=lambda rule: rule.order)
        ),
        visits=tuple(StandardVisit(name=v.name, allowed=v.allowed, basis=v.basis) for v in current.visits),
        pauses=tuple(
            StandardPause(**{name: getattr(pause, name) for name in StandardPause.model_fields})
            for pause in current.pauses
        ),
    )


def _steps(policy: Policy, now: Process) -> StepsView:
    before = next((p for p in policy.processes if not p.now and set(p.kinds) & set(now.kinds)), None)
    return StepsView(
        kinds=tuple(now.kinds),
        before=_process_steps(before) if before else (),
        now=_process_steps(now),
        basis=now.basis,
    )


def _process_steps(process: Process) -> tuple[StandardStep, ...]:
    return tuple(
        StandardStep(**{name: getattr(step, name) for name in StandardStep.model_fields})
        for step in process.steps
    )


def _documents(policy: Policy) -> tuple[DocumentsView, ...]:
    """One catalogue per set of kinds that share it, in the order of the table."""
    names = Names(policy)
    groups: dict[tuple[str, ...], list[DocumentItem]] = {}
    for item in policy.documents:
        groups.setdefault(tuple(item.kinds), []).append(item)
    return tuple(
        DocumentsView(
            kinds=kinds,
            before=documents.catalogue_counts(policy, items[0].kinds[0])[0],
            now=documents.catalogue_counts(policy, items[0].kinds[0])[1],
            items=tuple(_document(policy, names, item) for item in items),
        )
        for kinds, items in groups.items()
    )


def _document(policy: Policy, names: Names, item: DocumentItem) -> StandardDocument:
    by_time = {
        now: next((p for p in policy.processes if p.now is now and set(p.kinds) & set(item.kinds)), None)
        for now in (False, True)
    }
    before, after = by_time[False], by_time[True]
    return StandardDocument(
        id=item.id,
        name=item.name,
        step_before=names.step(before.code if before else "", item.step_before) if item.step_before else None,
        step_now=names.step(after.code if after else "", item.step_now) if item.step_now else None,
        applies=item.applies_text,
        note=item.note,
        basis=item.basis,
    )


def _limits(policy: Policy) -> tuple[StandardLimit, ...]:
    names = Names(policy)
    used = {process.id for process in policy.processes if process.now}
    return tuple(
        StandardLimit(
            step=names.step(limit.process, limit.step),
            kinds=_limit_kinds(names, limit.process, limit.when),
            value=limit.value,
            unit=limit.unit,
            statistic=limit.statistic,
            when=_pairs(limit.when),
            basis=limit.basis,
            source=limit.source,
        )
        for limit in policy.limits
        if limit.process in used
    )


def _limit_kinds(names: Names, process: str, when: Condition) -> tuple[str, ...]:
    if when.kinds:
        return tuple(when.kinds)
    row = names.process(process)
    return tuple(row.kinds) if row else ()


def _pairs(when: Condition) -> tuple[tuple[str, str], ...]:
    """A condition as (field, value), several values of a field parted by commas; `kinds` are told apart."""
    stated = when.model_dump(mode="json")
    return tuple(
        (name, ",".join(value) if isinstance(value, list) else str(value).lower())
        for name, value in stated.items()
        if name != "kinds" and value is not None
    )
