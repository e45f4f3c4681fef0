"""A fact of a story."""

from datetime import datetime
from typing import NamedTuple

from events.catalogue.base import Fact


class Told(NamedTuple):
    """When it happened, and what."""

    at: datetime
    fact: Fact
