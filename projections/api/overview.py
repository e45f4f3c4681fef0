"""From rows of the statistics to the figures of the overview: pure, no database."""

from collections.abc import Iterable, Mapping
from typing import Any

from events.catalogue.base import Text
from events.catalogue.traits import Kind
from projections.api import promises
from projections.api.views import (
    Days,
    Freshness,
    KindFigure,
    LimitFigure,
    MeanFigure,
    MonthFigure,
    OverviewView,
    PeriodFigure,
    RegionFigure,
    TargetFigure,
)
from workflows.policy import documents
from workflows.policy.model import Policy, Target

Row = Mapping[str, Any]

_NOTHING: Row = dict.fromkeys(
    ("received", "open", "energised", "withdrawn", "overdue", "on_time", "count"), 0
)
_GROUP_FIELDS = ("received", "open", "energised", "withdrawn", "overdue", "on_time")


def overview(
    policy: Policy,
    fresh: Freshness,
    *,
    totals: Row,
    groups: Iterable[Row],
    measured: Iterable[Row],
    means: Iterable[Row],
    limits: Iterable[Row],
    months: Iterable[Row],
    quarter: str,
) -> OverviewView:
    """Return the overview. Regions, kinds and promises stand in the policy's order, empty ones too.
    `quarter`, `YYYY-Qn`, is that of `means` and `limits`."""
    by_group = {(row["region"], row["kind"]): row for row in groups}
    by_target: dict[str, list[Row]] = {}
    for row in measured:
        by_target.setdefault(row["target"], []).append(row)
    by_mean = {one.code: one for one in promises.means(policy, means)}
    by_limit = {one.code: one for one in promises.limits(policy, limits)}
    return OverviewView(
        profile=policy.profile,
        name=policy.name,
        fresh=fresh,
        measures_time=bool(policy.limits or policy.targets),
        quarter=quarter,
        targets=tuple(
            _target(
                target,
                by_target.get(target.code, []),
                by_mean.get(target.code),
                by_limit.get(target.code),
            )
            for target in policy.targets
        ),
        kinds=tuple(_kind_figure(policy, kind, by_group.get((None, kind))) for kind in _kinds(policy)),
        regions=_regions(policy, by_group),
        months=tuple(_period_figure(row) for row in months),
        **{name: totals[name] for name in totals},
    )


def _target(
    target: Target, rows: list[Row], mean: MeanFigure | None, limit: LimitFigure | None
) -> TargetFigure:
    """A promise with its measure. The row without a month is the whole; the others are in order."""
    whole = next((row for row in rows if row["month"] is None), None)
    standing = mean or limit
    return TargetFigure(
        code=target.code,
        name=target.name,
        promised_days=target.days,
        statistic=target.statistic,
        basis=target.basis,
        source=target.source,
        days=_days(whole) if whole else Days(count=0),
        months=tuple(
            MonthFigure(month=row["month"], days=_days(row)) for row in rows if row["month"] is not None
        ),
        kept=standing.kept if standing else None,
        mean=mean,
        limit=limit,
    )


def _period_figure(row: Row) -> PeriodFigure:
    return PeriodFigure(
        month=row["month"],
        kind=row["kind"],
        energised=row["energised"],
        on_time=row["on_time"],
        on_time_share=row["on_time"] / row["energised"],
        days=_days(row),
    )


def _kinds(policy: Policy) -> list[Kind]:
    """The kinds that the profile connects, in the platform's order."""
    connected = {kind for process in policy.processes if process.now for kind in process.kinds}
    return [kind for kind in Kind if kind in connected]


def _regions(policy: Policy, rows: Mapping[tuple[str | None, str | None], Row]) -> tuple[RegionFigure, ...]:
    """Every region of the policy; one that only the data knows (a retired code) follows under its code."""
    known = {region.code: region for region in policy.regions}
    strange = sorted(region for region, _ in rows if region is not None and region not in known)
    return tuple(
        RegionFigure(
            code=code,
            name=known[code].name if code in known else Text(zh=code, en=code),
            inset=code in known and known[code].inset,
            **_group(rows.get((code, None))),
        )
        for code in [*known, *strange]
    )


def _kind_figure(policy: Policy, kind: Kind, row: Row | None) -> KindFigure:
    before, now = documents.catalogue_counts(policy, kind)
    return KindFigure(
        code=kind,
        name=next(process.name for process in policy.processes if process.now and kind in process.kinds),
        steps_before=_customer_steps(policy, kind, now=False),
        steps_now=_customer_steps(policy, kind, now=True),
        documents_before=before,
        documents_now=now,
        **_group(row),
    )


def _customer_steps(policy: Policy, kind: Kind, *, now: bool) -> tuple[Text, ...]:
    chosen = (p for p in policy.processes if p.now is now and kind in p.kinds)
    return tuple(step.name for process in chosen for step in process.steps if step.customer_step)


def _group(row: Row | None) -> dict[str, Any]:
    row = row or _NOTHING
    figures: dict[str, Any] = {name: row[name] for name in _GROUP_FIELDS}
    share = row["on_time"] / row["energised"] if row["energised"] else None
    return {**figures, "on_time_share": share, "days": _days(row)}


def _days(row: Row) -> Days:
    return Days(**{name: row.get(name) for name in Days.model_fields})
