"""The map with figures on it: which tint, which words fit."""

import re
from typing import NamedTuple

from projections.api.views import OverviewView, RegionFigure
from projections.site.maps import Area, Inset, Map
from projections.site.measure import width
from projections.site.words import Words

LEVELS = ((0.95, "l3"), (0.85, "l2"), (0.70, "l1"))
"""From this share on, this tint; below the last, a hatch."""
_EM = 12.0


class Drawn(NamedTuple):
    """An area or inset with its figure; `label` and `value` are empty where they do not fit."""

    shape: Area | Inset
    level: str
    name: str
    share: str
    label: str
    value: str


class MapView(NamedTuple):
    """The map as the template draws it; `scale` explains the tints."""

    map: Map
    areas: tuple[Drawn, ...]
    insets: tuple[Drawn, ...]
    scale: tuple[tuple[str, str], ...]


def map_view(drawn: Map, overview: OverviewView, words: Words) -> MapView:
    """Return the map of an overview."""
    figures = {figure.code: figure for figure in overview.regions}
    scale = [(level, words("overview.map.from", share=words.share(share))) for share, level in LEVELS]
    scale.append(("l0", words("overview.map.below", share=words.share(LEVELS[-1][0]))))
    scale.append(("lx", words("overview.map.none")))
    return MapView(
        map=drawn,
        areas=tuple(
            _drawn(area, figures[area.code], words, area.room) for area in drawn.areas if area.code in figures
        ),
        insets=tuple(_drawn(i, figures[i.code], words, 96.0) for i in drawn.insets if i.code in figures),
        scale=tuple(scale),
    )


def _drawn(shape: Area | Inset, figure: RegionFigure, words: Words, room: float) -> Drawn:
    short = re.sub(words.raw("map.short"), "", words.name(figure.name))
    share = words.share(figure.on_time_share)
    known = figure.on_time_share is not None
    return Drawn(
        shape=shape,
        level=_level(figure.on_time_share),
        name=words.name(figure.name),
        share=share,
        label=short if width(short) * _EM < room * 0.92 else "",
        value=share if known and width(share) * _EM < room else "",
    )


def _level(share: float | None) -> str:
    if share is None:
        return "lx"
    shown = round(share, 2)  # the tint goes with the figure that is written on it
    return next((level for least, level in LEVELS if shown >= least), "l0")
