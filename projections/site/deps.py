"""What the site is given: everything that reads, opens or decides comes from outside."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from projections.api.reads import Clock, Unseal
from projections.api.savings import Savings
from projections.roots.evidence import Evidence
from projections.site.documents import Documents
from workflows.policy.interface import Interface
from workflows.policy.model import Policy

CheckCode = Callable[[str, str], Awaitable[bool]]
"""(number, code) → whether this code was issued for this number; says nothing about whether the number
exists."""

GeoJson = Mapping[str, Any]


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class SiteDeps:
    """`policies` by profile id, the first is shown at `/`; `maps` for the profiles that have one.

    `interfaces` by profile: how its channels talk. `savings` tells what the measures save in a profile, once
    that is known. `postgres` is the DSN of the
    connection that listens for progress (a pool's connections come and go).
    """

    pool: AsyncConnectionPool[AsyncConnection[Any]]
    postgres: str
    policies: Mapping[str, Policy]
    maps: Mapping[str, GeoJson]
    check_code: CheckCode
    unseal: Unseal
    cookie_secret: bytes
    evidence: Evidence
    documents: Documents
    savings: Callable[[str], Savings | None] = lambda _profile: None
    interfaces: Mapping[str, Sequence[Interface]] = field(default_factory=dict)
    clock: Clock = field(default=_utc_now)
