"""How a mean stands in a quarter, as a sentence and a picture: what is energised, what is left."""

from typing import NamedTuple

from projections.api.views import MeanWatch
from projections.site.words import Words

WIDTH, LEFT = 340.0, 92.0


class Picture(NamedTuple):
    """Bars in units of the drawing, net days: the mean of what is energised, the days so far of what is open,
    and how far that may still go; the promise as a line across. A width of 0 is not drawn."""

    closed: float
    so_far: float
    left: float
    promise_x: float
    lost: bool


def picture(promised: int, watch: MeanWatch) -> Picture | None:
    """Lay out a mean; None without a case. What may still be used ends in an open bar."""
    if not watch.closed + watch.open:
        return None
    mean, so_far = watch.mean or 0.0, watch.open_mean or 0.0
    left = max(watch.remaining or 0.0, 0.0)
    unit = (WIDTH - LEFT) / (max(promised, mean, so_far + left) * 1.04)
    lost = watch.remaining is not None and watch.remaining < 0
    return Picture(
        closed=round(mean * unit, 1),
        so_far=round(so_far * unit, 1),
        left=round(left * unit, 1),
        promise_x=round(LEFT + promised * unit, 1),
        lost=lost or (watch.open == 0 and mean > promised),
    )


def sentence(words: Words, quarter: str, watch: MeanWatch, *, over: bool = False) -> str:
    """Return the sentence for a quarter, `YYYY-Qn`; of one that is `over`, how it ended. A mean that
    can't hold any more is said in words."""
    said = [
        words("watch.closed", n=watch.closed, days=words.decimal(watch.mean))
        if watch.closed
        else words("watch.closed.none"),
        words("watch.kept" if watch.kept else "watch.not_kept")
        if over and watch.closed
        else _open(words, watch),
    ]
    return words("watch.quarter", quarter=quarter_name(words, quarter)) + words("watch.gap").join(said)


def quarter_name(words: Words, quarter: str) -> str:
    """Return `2026-Q3` as people say it."""
    year, _, number = quarter.partition("-Q")
    return words("quarter", year=year, number=number)


def _open(words: Words, watch: MeanWatch) -> str:
    if watch.remaining is None:
        return words("watch.open.none")
    if watch.remaining < 0:
        return words("watch.lost", n=watch.open, days=words.decimal(watch.open_mean))
    return words("watch.open", n=watch.open, left=words.decimal(watch.remaining))
