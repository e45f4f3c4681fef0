"""How the promises of the whole stand in a quarter: one place decides for overview, figures, interface and
export.

Both kinds are judged on net days: what was promised is the grid company's time, so the pauses that stop the
clock of the whole (time with the customer, force majeure) don't count; gross days are told beside them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from events.catalogue.base import Text
from projections.api.views import LimitFigure, MeanFigure, MeanWatch
from workflows.policy.model import Policy, Target

Row = Mapping[str, Any]

_NO_MEAN: Row = dict.fromkeys(("closed", "closed_net", "closed_gross", "open", "open_net", "open_gross"), 0)
_NO_LIMIT: Row = {"count": 0, "within": 0}


def mean_kept(promised: int, mean_net: float | None) -> bool | None:
    """Whether a mean keeps its promise: all cases energised in the quarter together. None without one."""
    return None if mean_net is None else mean_net <= promised


def limit_kept(count: int, within: int) -> bool | None:
    """Whether a limit is kept: by each case energised in the quarter. None without one."""
    return within == count if count else None


def means(policy: Policy, rows: Iterable[Row]) -> tuple[MeanFigure, ...]:
    """Return every mean that the policy promises, in its order, those without a case too."""
    by_target = _by_target(rows)
    return tuple(
        _mean(policy, target, by_target.get(target.code, []))
        for target in policy.targets
        if target.statistic == "mean"
    )


def limits(policy: Policy, rows: Iterable[Row]) -> tuple[LimitFigure, ...]:
    """Return every limit that the policy promises, in its order, those without a case too."""
    by_target = _by_target(rows)
    return tuple(
        _limit(policy, target, by_target.get(target.code, []))
        for target in policy.targets
        if target.statistic == "limit"
    )


def _by_target(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["target"], []).append(row)
    return found


def _mean(policy: Policy, target: Target, rows: list[Row]) -> MeanFigure:
    whole = next((row for row in rows if row["region"] is None), _NO_MEAN)
    watched = mean_watch(target.days, whole, None)
    return MeanFigure(
        code=target.code,
        name=target.name,
        promised_days=target.days,
        whole=watched,
        by_region=tuple(
            mean_watch(target.days, row, _name(policy, row["region"]))
            for row in rows
            if row["region"] is not None and row["closed"] + row["open"]
        ),
        kept=watched.kept,
    )


def _limit(policy: Policy, target: Target, rows: list[Row]) -> LimitFigure:
    whole = next((row for row in rows if row["region"] is None), _NO_LIMIT)
    by_region = (
        limit(target, row, _name(policy, row["region"])) for row in rows if row["region"] is not None
    )
    return limit(target, whole, None).model_copy(update={"by_region": tuple(by_region)})


def _name(policy: Policy, region: str) -> Text:
    known = next((one.name for one in policy.regions if one.code == region), None)
    return known or Text(zh=region, en=region)


def mean_watch(promised: int, row: Row, region: Text | None) -> MeanWatch:
    """Return how a mean of `promised` net days stands. What is left for each open case, on average, is
    (promised x (closed + open) - days of the closed - days so far of the open) / open."""
    closed, opened = row["closed"], row["open"]
    left = promised * (closed + opened) - row["closed_net"] - row["open_net"]
    mean = row["closed_net"] / closed if closed else None
    return MeanWatch(
        region=region,
        region_code=row.get("region"),
        closed=closed,
        mean=mean,
        mean_gross=row["closed_gross"] / closed if closed else None,
        kept=mean_kept(promised, mean),
        open=opened,
        open_mean=row["open_net"] / opened if opened else None,
        open_mean_gross=row["open_gross"] / opened if opened else None,
        remaining=left / opened if opened else None,
    )


def limit(target: Target, row: Row, region: Text | None) -> LimitFigure:
    """Return how a limit stands."""
    told = {name: row[name] for name in row if name not in {"target", "region"}}
    return LimitFigure(
        code=target.code,
        name=target.name,
        region=region,
        region_code=row.get("region"),
        promised_days=target.days,
        share=told["within"] / told["count"] if told["count"] else None,
        kept=limit_kept(told["count"], told["within"]),
        **told,
    )
