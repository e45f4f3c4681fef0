"""What goes on while the bus is away: cases are told of visits all the while, straight into the inbox, since
nothing comes by the door; how soon each is answered, and how soon all is on the pages afterwards."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from activities.outcomes import Pool
from deploy.chaos.plan import Blow
from deploy.demo.facts import SOURCE, FedFact, fed
from deploy.errors import UserError
from deploy.feed import ledger
from deploy.feed.pages import wait_for_pages
from deploy.feed.run import connect
from deploy.processes.intake import make_desk, make_pool
from deploy.profiles.loader import load_profiles
from deploy.secrets import Secrets
from deploy.settings import Settings
from events.catalogue.connection_facts import ApplicationSubmitted, CustomerVisited
from events.cloudevents import STRUCTURED
from events.consumer import Record
from events.envelope import read_time, write_time
from events.topics import INBOUND
from workflows.intake.arrivals import Arrival, arrive
from workflows.intake.desk import Desk
from workflows.intake.inbox import take

CASES = 20
_PAUSE = 0.25
_KNOCK_SECONDS = 2.0
_CATCH_UP_SECONDS = 120.0


@dataclass
class Outage:
    """One absence: from when to when (seconds since the epoch), and what was seen. All times in seconds."""

    blow: Blow
    began: float
    ended: float
    caught_up: float | None = None
    answers: list[float] = field(default_factory=list)
    """How long the updates of cases took."""
    door: Counter[int] = field(default_factory=Counter)
    """The door's answers, by status."""

    @property
    def figures(self) -> dict[str, object]:
        """As they are told."""
        return {
            "way": self.blow.way,
            "seconds": round(self.ended - self.began, 1),
            **_shares(self.answers),
            "door": {str(status): count for status, count in sorted(self.door.items())},
            "catch_up": self.caught_up,
        }


class Beside:
    """Runs beside a feed. `sent` are the facts that it handed in, each of which must be applied."""

    def __init__(self, settings: Settings, secrets: Secrets, day: Sequence[FedFact]) -> None:
        self.sent: list[tuple[str, str]] = []
        self.outages: list[Outage] = []
        self._settings = settings
        self._token = secrets.token(SOURCE)
        self._opening = next(
            one.event
            for one in day
            if one.event is not None and one.of_type(ApplicationSubmitted) and one.expect == "applied"
        )
        self._desk = make_desk(settings, secrets, load_profiles(settings.profiles))
        self._knocks: list[tuple[float, int]] = []
        self._steady: list[float] = []

    @property
    def figures(self) -> list[dict[str, object]]:
        """What was seen in each outage, and before them all what the rest of the time was like."""
        return [{"way": "steady", **_shares(self._steady)}, *(one.figures for one in self.outages)]

    async def run(self, stop: asyncio.Event) -> None:
        """Tell of visits and knock at the door until `stop`."""
        pool = make_pool(self._settings, 2)
        await pool.open()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._visits(pool, stop))
                tasks.create_task(self._knock(stop))
        finally:
            await pool.close()

    async def after(self, blow: Blow) -> None:
        """The bus is back: wait until the pages show what was decided without it; note the time."""
        now = time.time()
        outage = Outage(blow, now - blow.seconds, now)
        self.outages.append(outage)
        async with await connect(self._settings) as conn:
            try:
                await wait_for_pages(conn, tuple(self.sent), patience=_CATCH_UP_SECONDS)
            except UserError:
                return  # told as a loss, by the count of outcomes and by the audit
        outage.caught_up = round(time.time() - now, 1)

    def tally(self) -> None:
        """Sort what was seen by outage, once the traces are written."""
        for began, seconds in _deliveries(self._settings.traces) if self._settings.traces else ():
            within = [one for one in self.outages if one.began <= began < one.ended]
            (within[0].answers if within else self._steady).append(seconds)
        for at, status in self._knocks:
            for outage in self.outages:
                if outage.began <= at < outage.ended:
                    outage.door[status] += 1

    async def lost(self) -> list[str]:
        """The facts that were not applied."""
        async with await connect(self._settings) as conn:
            known = await ledger.read(conn, self.sent)
        return [key[1] for key in self.sent if key not in known or known[key].outcome != "applied"]

    async def _visits(self, pool: Pool, stop: asyncio.Event) -> None:
        for case in range(CASES):
            await self._hand_in(pool, self._event(case))
        number = 0
        while not stop.is_set():
            number += 1
            await self._hand_in(pool, self._event(number % CASES, number))
            await asyncio.sleep(_PAUSE)

    async def _hand_in(self, pool: Pool, event: Mapping[str, Any]) -> None:
        """Into the inbox, as intake itself would bring it there from a topic."""
        async with pool.connection() as conn:
            await take(conn, self._desk, [_arrived(self._desk, event, len(self.sent))])
        self.sent.append((SOURCE, event["id"]))

    async def _knock(self, stop: asyncio.Event) -> None:
        """Ask the door to take the first visit, again and again: nothing comes of the same one."""
        headers = {"authorization": f"Bearer {self._token}", "content-type": STRUCTURED}
        async with httpx.AsyncClient(base_url=self._settings.web_url, timeout=30, trust_env=False) as client:
            while not stop.is_set():
                answer = await client.post("/events", content=_body(self._event(1, 1)), headers=headers)
                self._knocks.append((time.time(), answer.status_code))
                await asyncio.sleep(_KNOCK_SECONDS)

    def _event(self, case: int, visit: int = 0) -> dict[str, Any]:
        """The fact that opens a case, an application of the day under another name; or a visit, a second of
        business time after the one before."""
        at = write_time(read_time(self._opening["time"]) + timedelta(seconds=visit))
        named = {**self._opening, "id": f"away-{case}-{visit}", "subject": f"away-{case}", "time": at}
        return {**named, "type": CustomerVisited.type, "data": {"office": "-"}} if visit else named


def _arrived(desk: Desk, event: Mapping[str, Any], place: int) -> Arrival:
    record = Record(INBOUND, -1, place, 0, None, _body(event), [("content-type", STRUCTURED.encode())])
    return arrive(
        record,
        policies=desk.policies,
        bound_source=None,
        inbox_secret=desk.inbox_secret,
        now=desk.clock(),
        max_bytes=desk.max_bytes,
    )


def _body(event: Mapping[str, Any]) -> bytes:
    return fed(event).body


def _deliveries(traces: Path) -> Iterable[tuple[float, float]]:
    """When each fact was handed to its case, and after how many seconds the case had answered."""
    with traces.open(encoding="utf-8") as lines:
        for line in lines:
            span = json.loads(line)
            if span["name"] == "deliver":
                began, ended = (
                    datetime.fromisoformat(span[one]).timestamp() for one in ("start_time", "end_time")
                )
                yield began, ended - began


def _shares(values: list[float]) -> dict[str, object]:
    """How many answers, and the time that half, 95 % and all of them do not exceed."""
    ordered = sorted(values)

    def share(part: float) -> float | None:
        return round(ordered[max(0, round(part * len(ordered)) - 1)], 3) if ordered else None

    return {"updates": len(ordered), "p50": share(0.5), "p95": share(0.95), "max": share(1.0)}
