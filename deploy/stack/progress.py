"""How a first build tells how far it is."""

from typing import Protocol


class Progress(Protocol):
    """One line on the screen."""

    def __call__(self, done: float, words: str = "") -> None:
        """`done` from 0 to 1."""


def silent(done: float, words: str = "") -> None:
    """Tell nobody."""
