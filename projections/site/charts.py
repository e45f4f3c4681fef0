"""Small multiples: per promise, the months' means with their spread and count, and the promise as a line
across."""

from typing import NamedTuple

from projections.api.views import TargetFigure

WIDTH, HEIGHT = 340.0, 214.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 10.0, 30.0, 48.0
MONTHS_SHOWN = 6
_LABEL_ROOM = 14.0


class Column(NamedTuple):
    """One month: where it stands, its mean, and the span from the 5th to the 95th percentile, in units of
    the drawing."""

    month: str
    cases: int
    x: float
    mean: float
    mean_y: float
    low_y: float
    high_y: float
    beyond: bool


class Tick(NamedTuple):
    """A mark on the axis of days."""

    value: int
    y: float


class Chart(NamedTuple):
    """A laid-out chart."""

    figure: TargetFigure
    columns: tuple[Column, ...]
    ticks: tuple[Tick, ...]
    promise_y: float
    label_left: bool
    left: float
    right: float
    floor: float


def chart(figure: TargetFigure) -> Chart:
    """Lay out the last months of a promise. Without a month, axes and promise remain."""
    months = figure.months[-MONTHS_SHOWN:]
    highest = max([figure.promised_days, *(month.days.p95_net or 0 for month in months)]) * 1.12
    floor = HEIGHT - BOTTOM

    def y(days: float) -> float:
        return round(floor - (floor - TOP) * days / highest, 1)

    left, right = LEFT, WIDTH - RIGHT
    slot = (right - left) / max(len(months), 3)
    columns = tuple(
        Column(
            month=month.month,
            cases=month.days.count,
            x=round(left + slot * (index + 0.5), 1),
            mean=month.days.mean_net or 0.0,
            mean_y=y(month.days.mean_net or 0.0),
            low_y=y(month.days.p05_net or 0.0),
            high_y=y(month.days.p95_net or 0.0),
            beyond=(month.days.mean_net or 0.0) > figure.promised_days,
        )
        for index, month in enumerate(months)
    )
    step = _step(highest)
    ticks = tuple(Tick(value, y(value)) for value in range(0, int(highest) + 1, step))
    promise_y = y(figure.promised_days)
    # The label of the promise stands where no month reaches up to it.
    crowded = bool(columns) and columns[-1].high_y < promise_y + _LABEL_ROOM
    return Chart(figure, columns, ticks, promise_y, crowded, left, right, floor)


def _step(highest: float) -> int:
    """A round distance between ticks that leaves about four of them."""
    return next(step for step in (2, 5, 10, 20, 50, 100, 200, 500, 1000) if highest / step <= 5)
