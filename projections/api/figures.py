"""The figures of one quarter, of one region or of all: means, limits, and how the service was."""

from collections.abc import Iterable, Mapping
from typing import Any

from events.catalogue.base import Text
from projections.api import promises
from projections.api.channels import ChannelFigure
from projections.api.contact import ContactFigures
from projections.api.quarters import Quarter
from projections.api.views import Freshness, LimitFigure, MeanFigure, View
from workflows.policy.model import Policy

Row = Mapping[str, Any]


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
    contact: ContactFigures
    channels: tuple[ChannelFigure, ...]


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
    contact: ContactFigures,
    channels: tuple[ChannelFigure, ...],
) -> FiguresView:
    """Return the figures. Promises stand in the policy's order, those without a case too."""
    return FiguresView(
        profile=policy.profile,
        name=policy.name,
        fresh=fresh,
        region=region,
        quarter=str(quarter),
        quarters=tuple(str(one) for one in quarters),
        over=quarter < quarters[0],
        means=promises.means(policy, means),
        limits=promises.limits(policy, limits),
        quality=_quality(quality),
        contact=contact,
        channels=channels,
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
