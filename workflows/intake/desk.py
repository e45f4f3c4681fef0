"""What intake works with: policies, keys, limits. Made once per process and passed down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from events.sealing import Quarantine, StreamKeys
from workflows.policy.lists import ListTable
from workflows.policy.model import Policy


@dataclass(frozen=True)
class Desk:
    """`policies` by profile; `inbound` maps each extra inbound topic to the one source that it may carry,
    `lists` a source to how its own words are read."""

    policies: Mapping[str, Policy]
    keys: StreamKeys = field(repr=False)
    quarantine: Quarantine = field(repr=False)
    index_secret: bytes = field(repr=False)
    inbox_secret: bytes = field(repr=False)
    max_bytes: int
    clock: Callable[[], datetime]
    inbound: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, ListTable] = field(default_factory=dict)
