"""The map of the traffic lights: each area by its worst light, with how many projects have it."""

import re

from projections.api.prestart_views import ProjectsView, RegionLights
from projections.site.map_view import Drawn, MapView
from projections.site.maps import Area, Inset, Map
from projections.site.measure import width
from projections.site.project_words import SHAPES
from projections.site.words import Words

_EM = 12.0
_INSET_ROOM = 96.0


def lights_map(drawn: Map, view: ProjectsView, words: Words) -> MapView:
    """Return the map; the scale explains the colours, each with its shape."""
    of = {one.code: one for one in view.lights}
    scale = [(f"light-{light}", f"{shape} {words('light.' + light)}") for light, shape in SHAPES.items()]
    return MapView(
        map=drawn,
        areas=tuple(_drawn(area, of[area.code], words, area.room) for area in drawn.areas if area.code in of),
        insets=tuple(_drawn(one, of[one.code], words, _INSET_ROOM) for one in drawn.insets if one.code in of),
        scale=(*scale, ("lx", words("projects.map.none"))),
    )


def _drawn(shape: Area | Inset, lights: RegionLights, words: Words, room: float) -> Drawn:
    short = re.sub(words.raw("map.short"), "", words.name(lights.name))
    worst = lights.worst
    value = f"{SHAPES[worst]} {getattr(lights, worst)}" if worst else ""
    told = words.joined(
        [f"{words('light.' + light)} {getattr(lights, light)}" for light in SHAPES if getattr(lights, light)]
    )
    return Drawn(
        shape=shape,
        level=f"light-{worst}" if worst else "lx",
        name=words.name(lights.name),
        share=told or words("projects.map.none"),
        label=short if width(short) * _EM < room * 0.92 else "",
        value=value if width(value) * _EM < room else "",
    )
