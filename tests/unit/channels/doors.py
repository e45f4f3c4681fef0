"""The simulated city at a door whose broker, database and document store are stand-ins."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI, Request

from events.catalogue.base import FileRef
from events.cloudevents import InboundEvent
from events.errors import Problem
from tests.unit.channels.tables import CITY, NOW, channels
from tests.unit.policy.examples import hainan
from workflows.intake.channel_door import ChannelDeps, Stands, router
from workflows.intake.lookup import FactLine
from workflows.intake.rates import Rates
from workflows.intake.receiving import Receiver
from workflows.intake.reception import Reception, Refused
from workflows.intake.subjects import Ref
from workflows.intake.tokens import Known
from workflows.policy.model import Policy

TOKEN = "city-token"
TOKENS = {"/channel/city": TOKEN, "/channel/mini": "mini-token", "/upstream/demo": "demo-token"}


@dataclass(frozen=True)
class Desk(Reception):
    """Passes on to a list, and keeps in a list."""

    sent: list[InboundEvent] = field(default_factory=list)
    kept: list[tuple[str, bytes, bool]] = field(default_factory=list)
    refusal: list[Refused] = field(default_factory=list)
    lines: dict[tuple[str, str], FactLine] = field(default_factory=dict)

    async def pass_on(self, request: Request, found: Iterable[InboundEvent]) -> Refused | None:
        if self.refusal:
            return self.refusal[0]
        self.sent.extend(found)
        return None

    async def outcome(self, source: str, id: str) -> FactLine | None:  # noqa: A002 - the receiver's
        return self.lines.get((source, id))

    async def keep(
        self,
        request: Request,
        source: str,
        body: bytes,
        problems: Sequence[Problem],
        *,
        truncated: bool = False,
    ) -> bool:
        self.kept.append((source, body, truncated))
        return True


@dataclass
class Channel:
    """The simulated city at a door."""

    http: httpx.AsyncClient
    desk: Desk
    cabinet: "Cabinet"

    async def post(
        self, body: Any, *, token: str = TOKEN, channel: str = "gov_app", **more: Any
    ) -> httpx.Response:
        """Send a body as it is."""
        headers = {"authorization": f"Bearer {token}"}
        return await self.http.post(f"/channels/{channel}", json=body, headers=headers, **more)

    async def send(self, *, token: str = TOKEN, channel: str = "gov_app", **changes: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"}
        return await self.http.post(f"/channels/{channel}", json={**CITY, **changes}, headers=headers)


@dataclass(frozen=True)
class Cabinet(Receiver):
    """Keeps files in a list, or refuses them."""

    files: dict[Ref, set[FileRef]] = field(default_factory=dict)
    refusal: list[Exception] = field(default_factory=list)

    async def receive(self, request: Request, policy: Policy, ref: Ref) -> tuple[str, FileRef]:
        if self.refusal:
            raise self.refusal[0]
        file = FileRef(sha256="ab" * 32, size=len(await request.body()), media_type="application/pdf")
        self.files.setdefault(ref, set()).add(file)
        return "HN-2026-000001", file

    async def known(self, ref: Ref) -> frozenset[FileRef]:
        return frozenset(self.files.get(ref, ()))


def open_door(
    folder: Path,
    *,
    tokens: Mapping[str, str] | Known = TOKENS,
    stands: Stands | None = None,
    rates: Rates | None = None,
) -> Channel:
    """A door for the channels of the tests, and the city that knocks."""
    nothing: Any = None
    desk, cabinet = Desk(nothing, nothing, nothing), Cabinet(nothing, nothing)
    deps = ChannelDeps(
        reception=desk,
        policies={"hainan": hainan()},
        interfaces={"hainan": channels(folder).values()},
        tokens=tokens,
        max_payload_bytes=4096,
        clock=lambda: NOW,
        stands=stands,
        receiver=cabinet,
        rates=rates or Rates(),
    )
    app = FastAPI()
    app.include_router(router(deps))
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door")
    return Channel(http, desk, cabinet)
