"""The figures of one quarter, of one region or of all: means, limits, and how the service was."""

from collections.abc import Iterable, Mapping
from typing import Any

from events.catalogue.base import Text
from projections.api.overview import watches
from projections.api.quarters import Quarter
from projections.api.views import Freshness, MeanWatch, View
from workflows.policy.model import Policy, Target

Row = Mapping[str, Any]


class MeanFigure(View):
    """A mean over all cases of the quarter, in gross days. Of a quarter that is over nothing is open, and
    `kept` says how it ended."""

    code: str
    name: Text
    promised_days: int
    whole: MeanWatch
    by_region: tuple[MeanWatch, ...]
    kept: bool | None


class LimitFigure(View):
    """A limit that each case keeps on its net days; `worst_net` and `worst_gross` are the longest."""

    code: str
    name: Text
    promised_days: int
    count: int
    within: int
    share: float | None = None
    mean_net: float | None = None
    mean_gross: float | None = None
    worst_net: int | None = None
    worst_gross: int | None = None


class ScoreFigure(View):
    """How many customers gave a score, from 1 to 5, and their share of all who gave one."""

    score: int
    count: int
    share: float | None


class QualityFigures(View):
    """How the service was, each thing counted in the quarter of its own day.

    `asked_again`: documents asked for after the one notice, `avoidable` of them with something that it could
    have named. `duties`: those of the grid company that fell due. `disputes_upheld`: where the last answer
    agrees with the customer.
    """

    energised: int
    asked_again: int
    avoidable: int
    duties: int
    duties_late: int
    disputes: int
    disputes_upheld: int
    disputes_open: int
    corrections: int
    rated: int
    scores: tuple[ScoreFigure, ...]


class FiguresView(View):
    """All of it. `quarters`: those to choose from, the newest first; `over`: the quarter has ended."""

    profile: str
    name: Text
    fresh: Freshness
    region: str | None
    quarter: str
    quarters: tuple[str, ...]
    over: bool
    means: tuple[MeanFigure, ...]
    limits: tuple[LimitFigure, ...]
    quality: QualityFigures


def figures(
    policy: Policy,
    fresh: Freshness,
    *,
    region: str | None,
    quarter: Quarter,
    quarters: tuple[Quarter, ...],
    means: Iterable[Row],
    limits: Iterable[Row],
    quality: Row,
) -> FiguresView:
    """Return the figures. Promises stand in the policy's order, those without a case too."""
    over = quarter < quarters[0]
    by_target: dict[str, list[Row]] = {}
    for row in means:
        by_target.setdefault(row["target"], []).append(row)
    kept_by = {row["target"]: row for row in limits}
    return FiguresView(
        profile=policy.profile,
        name=policy.name,
        fresh=fresh,
        region=region,
        quarter=str(quarter),
        quarters=tuple(str(one) for one in quarters),
        over=over,
        means=tuple(
            _mean(policy, target, by_target.get(target.code, []), over=over)
            for target in policy.targets
            if target.statistic == "mean"
        ),
        limits=tuple(
            _limit(target, kept_by.get(target.code))
            for target in policy.targets
            if target.statistic == "limit"
        ),
        quality=_quality(quality),
    )


def _mean(policy: Policy, target: Target, rows: list[Row], *, over: bool) -> MeanFigure:
    watched = watches(policy, target, rows)
    whole: MeanWatch = watched["watch"]
    return MeanFigure(
        code=target.code,
        name=target.name,
        promised_days=target.days,
        whole=whole,
        by_region=watched["watch_by_region"],
        kept=whole.mean <= target.days if over and whole.mean is not None else None,
    )


def _limit(target: Target, row: Row | None) -> LimitFigure:
    told = {name: row[name] for name in row if name != "target"} if row else {"count": 0, "within": 0}
    return LimitFigure(
        code=target.code,
        name=target.name,
        promised_days=target.days,
        share=told["within"] / told["count"] if told["count"] else None,
        **told,
    )


def _quality(row: Row) -> QualityFigures:
    ratings: list[int] = row["ratings"]
    rated = sum(ratings)
    return QualityFigures(
        rated=rated,
        scores=tuple(
            ScoreFigure(score=score, count=count, share=count / rated if rated else None)
            for score, count in enumerate(ratings, start=1)
        ),
        **{name: row[name] for name in row if name != "ratings"},
    )
