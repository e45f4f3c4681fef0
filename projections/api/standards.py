"""From the policy tables to the public standards: pure. Only rows in force on the day are told."""

from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar, get_args

from projections.api.names import Names
from projections.api.standards_views import (
    DocumentsView,
    Pairs,
    Standard,
    StandardChannel,
    StandardDocument,
    StandardFeed,
    StandardHoliday,
    StandardLight,
    StandardLimit,
    StandardPause,
    StandardProvider,
    StandardRule,
    StandardScope,
    StandardStep,
    StandardsView,
    StandardTarget,
    StandardTask,
    StandardVersion,
    StandardVisit,
    StandardWorks,
    StepsView,
    WithoutService,
    YearView,
)
from workflows.policy import documents, force
from workflows.policy.calendars import newest
from workflows.policy.interface import Interface
from workflows.policy.model import BoundaryRule, Condition, DocumentItem, Limit, Policy, Process, Row
from workflows.policy.services import CARRIED, Service

Told = TypeVar("Told", bound=Standard)


def standards(policy: Policy, today: date, interfaces: Iterable[Interface] = ()) -> StandardsView:
    """Return the standards as they hold on a local day; `interfaces` say what the channels take."""
    current = force.as_of(policy, today)
    now = {process.id for process in current.processes if process.now}
    return StandardsView(
        profile=current.profile,
        name=current.name,
        policy_version=policy.version,
        steps=tuple(_steps(current, one) for one in current.processes if one.now and one.kinds),
        documents=_documents(current),
        providers=tuple(_told(StandardProvider, row) for row in current.providers),
        targets=tuple(_told(StandardTarget, row) for row in current.targets),
        limits=_limits(current, (row for row in current.limits if row.process in now)),
        limits_before=_limits(current, (row for row in current.limits if row.process not in now)),
        tasks=tuple(
            _told(StandardTask, row, code=row.duty, kinds=tuple(row.when.kinds or ()), when=_pairs(row.when))
            for row in current.tasks
        ),
        versions=tuple(
            _told(StandardVersion, row, when=_pairs(row.when)) for row in _ordered(current.boundary_versions)
        ),
        rules=tuple(_rule(row) for row in _ordered(current.boundary_rules)),
        visits=tuple(_told(StandardVisit, row) for row in current.visits),
        pauses=tuple(_told(StandardPause, row) for row in current.pauses),
        channels=tuple(_channels(current, interfaces)),
        calendar=tuple(_calendar(policy)),
        feeds=tuple(_told(StandardFeed, row) for row in current.feeds),
        works=tuple(_told(StandardWorks, row) for row in _ordered(current.works_stages)),
        lights=tuple(_told(StandardLight, row) for row in _ordered(current.lights)),
    )


def _channels(policy: Policy, interfaces: Iterable[Interface]) -> Iterable[StandardChannel]:
    """The channels that have an interface of their own, in the order of the table."""
    tables = {one.id: one for one in interfaces}
    for row in policy.channels:
        if (table := tables.get(row.code)) is not None:
            without = tuple(
                WithoutService(service=one, reason=reason) for one, reason in table.without.items()
            )
            others = tuple(one for one in get_args(Service) if one not in CARRIED)
            yield _told(StandardChannel, row, takes=table.services, without=without, not_taken=others)


def _told(model: type[Told], row: Row, **instead: Any) -> Told:
    """A row as the public reads it: the model's own fields, some in other words."""
    names = (name for name in model.model_fields if name not in instead)
    return model(**{name: getattr(row, name) for name in names}, **instead)


def _ordered(rows: Iterable[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: row.order)


def _steps(policy: Policy, now: Process) -> StepsView:
    before = next((p for p in policy.processes if not p.now and set(p.kinds) & set(now.kinds)), None)
    return StepsView(
        kinds=tuple(now.kinds),
        before=_process_steps(before) if before else (),
        now=_process_steps(now),
        basis=now.basis,
    )


def _process_steps(process: Process) -> tuple[StandardStep, ...]:
    return tuple(_told(StandardStep, step, when=_pairs(step.when)) for step in process.steps)


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
            items=tuple(_document(policy, names, item) for item in items if item.counted),
            beside=tuple(_document(policy, names, item) for item in items if not item.counted),
        )
        for kinds, items in groups.items()
    )


def _document(policy: Policy, names: Names, item: DocumentItem) -> StandardDocument:
    by_time = {
        now: next((p for p in policy.processes if p.now is now and set(p.kinds) & set(item.kinds)), None)
        for now in (False, True)
    }
    before, after = by_time[False], by_time[True]
    return _told(
        StandardDocument,
        item,
        step_before=names.step(before.code if before else "", item.step_before) if item.step_before else None,
        step_now=names.step(after.code if after else "", item.step_now) if item.step_now else None,
        applies=item.applies_text,
    )


def _limits(policy: Policy, rows: Iterable[Limit]) -> tuple[StandardLimit, ...]:
    names = Names(policy)
    return tuple(
        _told(
            StandardLimit,
            row,
            step=names.step(row.process, row.step),
            kinds=_limit_kinds(names, row.process, row.when),
            when=_pairs(row.when),
        )
        for row in rows
    )


def _limit_kinds(names: Names, process: str, when: Condition) -> tuple[str, ...]:
    if when.kinds:
        return tuple(when.kinds)
    row = names.process(process)
    return tuple(row.kinds) if row else ()


def _rule(rule: BoundaryRule) -> StandardRule:
    scope = tuple(
        StandardScope(**{name: getattr(item, name) for name in StandardScope.model_fields})
        for item in rule.scope
    )
    return _told(StandardRule, rule, scope=scope)


def _calendar(policy: Policy) -> Iterable[YearView]:
    rows = sorted(newest(policy), key=lambda row: row.first)
    for year in sorted({*policy.years_published, *(row.first.year for row in rows)}):
        yield YearView(
            year=year,
            published=year in policy.years_published,
            holidays=tuple(_told(StandardHoliday, row) for row in rows if row.first.year == year),
        )


def _pairs(when: Condition) -> Pairs:
    """A condition as (field, value), several values of a field parted by commas; `kinds` are told apart."""
    stated = when.model_dump(mode="json")
    return tuple(
        (name, ",".join(value) if isinstance(value, list) else str(value).lower())
        for name, value in stated.items()
        if name != "kinds" and value is not None
    )
