"""Text meets 4.5:1 and drawing strokes 3:1 on every ground of the pages, by day and by night (WCAG 2, AA)."""

import re

import pytest

from projections.site.assets import FOLDER


def palettes() -> dict[str, dict[str, str]]:
    style = (FOLDER / "site.css").read_text(encoding="utf-8")
    day, night = style.split("@media (prefers-color-scheme: dark)")[:2]
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part.split("}")[0])) for part in (day, night)]
    return {"day": found[0], "night": found[1]}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXTS = [
    *((text, ground) for text in ("ink", "quiet", "live", "amber", "red") for ground in ("ground", "wash")),
    ("on-live", "live"),
    *(("ink", ground) for ground in ("map-1", "map-2", "map-3")),
]
STROKES = [(stroke, "ground") for stroke in ("live", "amber", "red", "control", "ink")]


@pytest.mark.parametrize("light", ["day", "night"])
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_can_be_read(light: str, text: str, ground: str) -> None:
    palette = palettes()[light]
    assert contrast(palette[text], palette[ground]) >= 4.5


@pytest.mark.parametrize("light", ["day", "night"])
@pytest.mark.parametrize(("stroke", "ground"), STROKES)
def test_strokes_can_be_seen(light: str, stroke: str, ground: str) -> None:
    palette = palettes()[light]
    assert contrast(palette[stroke], palette[ground]) >= 3


def test_the_focus_ring_can_be_seen_on_its_own_yellow() -> None:
    assert contrast("#14212b", palettes()["day"]["focus"]) >= 3
