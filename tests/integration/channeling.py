"""The platform under the tables of two simulated channels, and the channels."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from deploy.processes import web as web_process
from deploy.secrets import rewrite
from deploy.settings import Settings
from deploy.stack.claims import free_ports
from tests.integration.cities import City
from tests.integration.upstreams import Upstream, at_work, upstream_of
from tests.unit.channels.tables import CITY, folder_with
from workflows.intake import lookup


@dataclass
class World:
    """The platform under a table of two channels, and the channels."""

    settings: Settings
    upstream: Upstream
    city: City
    mini: City

    @property
    def door(self) -> str:
        return self.settings.web_url

    async def applies(self, case: int, **changes: Any) -> str:
        """The city applies; returns its number of it."""
        caso = f"2026/SZ/{case:05}"
        answered = await self.city.send(self.door, **{**CITY, "caso": caso, **changes})
        assert (answered.status_code, answered.json()) == (202, {"res": "0", "caso": caso})
        return caso

    async def number(self, source: str, reference: str) -> str:
        """Our number of an application, once it has one."""
        found: list[str] = []

        async def look() -> bool:
            async with self.upstream.pool.connection() as conn:
                number = await lookup.number_of(conn, source, reference)
            found.extend([number] if number else [])
            return bool(found)

        await until_async(look)
        return found[0]

    def told(self, caso: str) -> list[dict[str, Any]]:
        """What the city was told of an application, in the order of telling."""
        return [one for one in self.city.heard if one["aviso"]["caso"] == caso]


async def until_async(look: Callable[[], Any], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await look():
            await asyncio.sleep(0.1)


async def until(look: Callable[[], bool], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not look():
            await asyncio.sleep(0.1)


def case_number() -> int:
    """A number of the city's that no other test uses."""
    return uuid4().int % 100_000


@asynccontextmanager
async def world_in(settings: Settings, tmp_path: Path) -> AsyncIterator[World]:
    """Table, tokens and secrets; servers for callbacks are started by the tests."""
    ports = free_ports(2)
    folder = folder_with(
        tmp_path,
        ("http://127.0.0.1:9/avisos", f"http://127.0.0.1:{ports[0]}/avisos"),
        ("http://127.0.0.1:9/hook", f"http://127.0.0.1:{ports[1]}/hook"),
    )
    own = settings.model_copy(update={"profiles": (folder, *settings.profiles[1:])})

    def add(content: dict[str, Any]) -> None:
        content["tokens"] |= {"/channel/city": "city-token", "/channel/mini": "mini-token"}
        content["callbacks"] |= {"city": "city-secret", "mini": "mini-secret"}

    rewrite(own, add)
    city = City("city-token", b"city-secret", "gov_app", port=ports[0])
    mini = City("mini-token", b"mini-secret", "wechat", port=ports[1])
    async with upstream_of(own, uuid4().hex[:8]) as upstream:
        yield World(own, upstream, city, mini)


@asynccontextmanager
async def open_platform(world: World, *others: Any) -> AsyncIterator[None]:
    """Intake, worker and web at work, and `others`."""
    async with at_work(world.settings, others=(web_process.run, *others)):

        async def up() -> bool:
            try:
                async with httpx.AsyncClient(trust_env=False) as http:
                    await http.get(f"{world.door}/healthz")
            except httpx.HTTPError:
                return False
            return True

        await until_async(up)
        yield
