"""Which part is struck when, and how: the same from the same seed. Pure."""

from dataclasses import dataclass
from random import Random
from typing import Literal

Way = Literal["kill", "stop", "freeze"]
"""`kill`: SIGKILL; `stop`: asked to end; `freeze`: SIGSTOP, and SIGCONT some seconds later."""

AWAY_PART = "kafka"

PARTS = ("intake", "worker", "projector", "notify", "web", "kafka", "temporal", "postgres")

_WAYS: tuple[Way, ...] = ("kill", "freeze", "stop")
_WEIGHTS = (6, 2, 2)
_FROZEN_SECONDS = (2.0, 9.0)


@dataclass(frozen=True)
class Blow:
    """One strike, before the fact number `fact` of the feed is sent. `seconds`: how long the part stays away,
    whatever the supervisor starts in its place."""

    fact: int
    part: str
    way: Way
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.way} {self.part}" + (f" for {self.seconds:.1f} s" if self.seconds else "")


def plan(seed: int, kills: int, facts: int) -> list[Blow]:
    """Spread `kills` blows over a feed of `facts`, one at a random place in each equal stretch of it.

    The parts take turns in a random order, so that none is spared.
    """
    rng = Random(f"chaos/{seed}")  # noqa: S311 - to be repeated, not to be secret
    blows: list[Blow] = []
    turn: list[str] = []
    for number in range(kills):
        turn = turn or rng.sample(PARTS, len(PARTS))
        way = rng.choices(_WAYS, _WEIGHTS)[0]
        seconds = round(rng.uniform(*_FROZEN_SECONDS), 1) if way == "freeze" else 0.0
        place = int((number + rng.random()) * facts / kills)
        blows.append(Blow(place, turn.pop(), way, seconds))
    return blows


def outages(seconds: float, facts: int) -> list[Blow]:
    """Two long absences of the broker in a feed of `facts`: one that hangs, one that is dead. In each the
    supervisor does what it does, in vain."""
    ways: tuple[Way, ...] = ("freeze", "kill")
    return [Blow(facts * (2 * n + 1) // 4, AWAY_PART, way, seconds) for n, way in enumerate(ways)]
