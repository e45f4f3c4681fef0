"""How the channels did in a quarter: their share, what was refused, how long it took. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from events.catalogue.base import Text
from projections.api.views import View
from workflows.policy.interface import Interface
from workflows.policy.model import Policy

Row = Mapping[str, Any]


class RefusalCount(View):
    """How many messages were refused with a code, as the first of their reasons."""

    code: str
    count: int


class ChannelFigure(View):
    """One channel: what came in the quarter, and of what was accepted or energised in it the time since it
    was handed in. `refused`, and `answered` with the time from the receipt of an application to its outcome,
    are None where they are not known by channel: what comes through other systems, and of one region."""

    code: str
    name: Text
    remote: bool
    received: int
    share: float | None
    refused: int | None
    refusals: tuple[RefusalCount, ...]
    answered: int | None
    answered_mean_seconds: float | None
    answered_p95_seconds: float | None
    accepted: int
    accepted_mean_hours: float | None
    accepted_p95_hours: float | None
    energised: int
    energised_mean_days: float | None
    energised_p95_days: float | None


_MEASURED = (
    "received", "accepted", "accepted_mean_hours", "accepted_p95_hours", "energised", "energised_mean_days",
    "energised_p95_days",
)  # fmt: skip
_NOTHING: Row = dict.fromkeys(_MEASURED) | {"received": 0, "accepted": 0, "energised": 0}
_NO_WAITS: Row = {"count": 0, "mean_seconds": None, "p95_seconds": None}


def channel_figures(
    policy: Policy,
    interfaces: Iterable[Interface],
    rows: Iterable[Row],
    refusals: Sequence[Row] | None,
    answers: Sequence[Row] | None,
) -> tuple[ChannelFigure, ...]:
    """Return the figures in the order of the table, those without a case too. `refusals` and `answers` None:
    not asked."""
    found = {row["channel"]: row for row in rows}
    whole = sum(row["received"] for row in found.values())
    sources = {one.id: one.upstream for one in interfaces} if refusals is not None else {}
    figures = []
    for channel in {row.code: row for row in policy.channels}.values():
        row = found.get(channel.code, _NOTHING)
        source = sources.get(channel.code)
        counts = tuple(
            RefusalCount(code=one["code"], count=one["count"])
            for one in refusals or ()
            if one["source"] == source
        )
        waits = next((one for one in answers or () if one["source"] == source), _NO_WAITS)
        figures.append(
            ChannelFigure(
                code=channel.code,
                name=channel.name,
                remote=channel.remote,
                share=row["received"] / whole if whole else None,
                refused=None if source is None else sum(one.count for one in counts),
                refusals=counts,
                answered=None if source is None else waits["count"],
                answered_mean_seconds=waits["mean_seconds"],
                answered_p95_seconds=waits["p95_seconds"],
                **{name: row[name] for name in _MEASURED},
            )
        )
    return tuple(figures)
