"""Versions that must not come back."""

import re

from deploy.settings import ROOT

DEAF_BEFORE = (3, 0, 12)
"""kafka-python up to here could be alive and hear nothing."""


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def test_the_client_of_kafka_is_none_that_goes_deaf() -> None:
    asked = re.search(r'"kafka-python>=([\d.]+)"', (ROOT / "pyproject.toml").read_text())
    pinned = re.search(r"^kafka-python==([\d.]+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert asked
    assert pinned
    assert version(asked[1]) >= DEAF_BEFORE
    assert version(pinned[1]) >= DEAF_BEFORE
