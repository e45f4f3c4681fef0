"""The profile's map as drawing: an equirectangular projection of its borders, far islands in an inset."""

from collections.abc import Iterable, Mapping, Sequence
from math import cos, radians
from typing import Any, NamedTuple

WIDTH = 520.0
MARGIN = 8.0
INSET_WIDTH, INSET_HEIGHT = 104.0, 112.0

Point = tuple[float, float]
Ring = Sequence[Point]


class Area(NamedTuple):
    """A region's outline as an SVG path, the place of its label, and the room that the label has."""

    code: str
    path: str
    x: float
    y: float
    room: float


class Inset(NamedTuple):
    """A region that lies too far away: its islands as dots in a box of their own."""

    code: str
    dots: tuple[Point, ...]
    x: float
    y: float


class Map(NamedTuple):
    """A laid-out map."""

    width: float
    height: float
    areas: tuple[Area, ...]
    insets: tuple[Inset, ...]


class _Frame(NamedTuple):
    """Fits a box of degrees into a box of units; y grows downwards."""

    west: float
    north: float
    scale: float
    squeeze: float
    x: float
    y: float

    def place(self, point: Point) -> Point:
        return (
            round(self.x + (point[0] - self.west) * self.squeeze * self.scale, 1),
            round(self.y + (self.north - point[1]) * self.scale, 1),
        )


def lay_out(geojson: Mapping[str, Any], inset_codes: Iterable[str]) -> Map:
    """Return the map of a GeoJSON collection: a feature's `id` is its region's code, `centroid` may place
    its label."""
    apart = set(inset_codes)
    shapes = {str(f["id"]): _outer_rings(f["geometry"]) for f in geojson["features"]}
    centres = {str(f["id"]): f["properties"].get("centroid") for f in geojson["features"]}
    near = [point for code, rings in shapes.items() if code not in apart for ring in rings for point in ring]
    frame, height = _fit_width(near)
    areas = tuple(
        _area(code, rings, centres[code], frame) for code, rings in shapes.items() if code not in apart
    )
    insets = tuple(
        _inset(code, rings, WIDTH - MARGIN - INSET_WIDTH, height - MARGIN - INSET_HEIGHT)
        for code, rings in shapes.items()
        if code in apart
    )
    return Map(WIDTH, height, areas, insets)


def _outer_rings(geometry: Mapping[str, Any]) -> list[Ring]:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [[(point[0], point[1]) for point in polygon[0]] for polygon in polygons]


def _fit_width(points: Sequence[Point]) -> tuple[_Frame, float]:
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    squeeze = cos(radians((south + north) / 2))
    scale = (WIDTH - 2 * MARGIN) / ((east - west) * squeeze)
    return _Frame(west, north, scale, squeeze, MARGIN, MARGIN), (north - south) * scale + 2 * MARGIN


def _area(code: str, rings: Sequence[Ring], centre: Point | None, frame: _Frame) -> Area:
    placed = [[frame.place(point) for point in ring] for ring in rings]
    largest = max(placed, key=lambda ring: max(p[0] for p in ring) - min(p[0] for p in ring))
    room = max(p[0] for p in largest) - min(p[0] for p in largest)
    x, y = frame.place((centre[0], centre[1])) if centre else _middle(largest)
    path = "".join("M" + "L".join(f"{px:g} {py:g}" for px, py in ring) + "Z" for ring in placed)
    return Area(code, path, x, y, room)


def _inset(code: str, rings: Sequence[Ring], x: float, y: float) -> Inset:
    centres = [_middle(ring) for ring in rings]
    west, east = min(p[0] for p in centres), max(p[0] for p in centres)
    south, north = min(p[1] for p in centres), max(p[1] for p in centres)
    scale = min((INSET_WIDTH - 20) / (east - west or 1), (INSET_HEIGHT - 50) / (north - south or 1))
    frame = _Frame(west, north, scale, 1.0, x + 10, y + 40)
    return Inset(code, tuple(frame.place(centre) for centre in centres), x, y)


def _middle(ring: Ring) -> Point:
    xs, ys = [p[0] for p in ring], [p[1] for p in ring]
    return ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
