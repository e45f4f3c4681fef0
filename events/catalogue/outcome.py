"""What became of a fact, as it is told on `mingdian.outcomes`."""

from datetime import datetime
from typing import Literal

from events.catalogue.base import Model


class Outcome(Model):
    """One outcome of one fact, named by its `source` and `id`. `held` is interim, all others are final.

    `number` is the application's, `alias` upstream's own reference; `code` and `sentence` say why a fact was
    refused or is dead, or what is amiss with one that was applied (`unknown_project`).
    """

    source: str
    id: str
    number: str | None
    alias: str | None
    outcome: Literal["applied", "duplicate", "refused", "dead", "held"]
    code: str | None
    sentence: str | None
    at: datetime
