"""The whole platform on a stack of its own, and what one does with it from outside."""

import contextlib
import io
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import httpx
import psycopg

from deploy.cli import app as command_line
from deploy.settings import Settings
from deploy.stack.running import Stack, running_stack
from events.consumer import Consumer
from events.envelope import GENESIS, Event, recompute_hash
from events.producer import Producer
from events.sealing import receipt_code
from events.topics import ERASURE
from tests.integration.marked import SOURCE, Marks, fact, wire

UPSTREAM = "grid"
GRID = "/upstream/grid"
CITY = "haikou"
"""A feed of key projects that produces to Kafka itself, in its own words."""


@dataclass
class Platform:
    """The running stack, and what one does with it from outside."""

    stack: Stack
    http: httpx.Client
    producer: Producer

    @property
    def settings(self) -> Settings:
        """What it runs on."""
        return self.stack.settings

    def post(self, body: bytes, kind: str = "application/cloudevents+json", **more: str) -> httpx.Response:
        """Hand in at the door."""
        token = self.stack.secrets.token(SOURCE)
        headers = {"authorization": f"Bearer {token}", "content-type": kind, **more}
        return self.http.post("/events", content=body, headers=headers)

    def send(self, *facts: dict[str, Any]) -> None:
        """Hand in facts, each taken."""
        for one in facts:
            assert self.post(wire(one)).status_code == 202

    def outcome(self, name: str) -> dict[str, Any]:
        """The fact's final outcome."""
        token = self.stack.secrets.token(SOURCE)
        query = {"source": SOURCE, "id": name}

        def look() -> Any:
            told = self.http.get("/events", params=query, headers={"authorization": f"Bearer {token}"})
            return told.json() if told.status_code == 200 and told.json()["outcome"] else None

        found: dict[str, Any] = until(look)
        return found

    def rows(self, query: str, *values: Any) -> list[Any]:
        """What a query answers."""
        with psycopg.connect(self.settings.postgres_dsn, autocommit=True) as conn:
            cursor = conn.execute(query.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def application(self, number: str) -> dict[str, Any]:
        """What the interface tells whoever holds the receipt code, once it is on the pages."""
        code = receipt_code(self.stack.secrets.receipt_secret, number)

        def look() -> Any:
            address = f"/api/hainan/applications/{number}"
            answer = self.http.get(address, headers={"x-receipt-code": code})
            return answer.json() if answer.status_code == 200 else None

        found: dict[str, Any] = until(look)
        return found

    @contextmanager
    def holder(self, number: str) -> Iterator[httpx.Client]:
        """A browser that holds the pass of an application."""
        code = receipt_code(self.stack.secrets.receipt_secret, number)
        address = str(self.http.base_url)
        with httpx.Client(
            base_url=address, follow_redirects=True, headers={"origin": address}, timeout=30
        ) as one:
            assert one.post("/hainan/progress", data={"number": number, "code": code}).status_code == 200
            yield one

    def page(self, number: str) -> str:
        """The application's page."""
        with self.holder(number) as one:
            return one.get(f"/hainan/progress/{number}").text

    def command(self, *arguments: str, said: str = "", status: int = 0) -> str:
        """Run a command of ours on this stack, in this very process; returns what it printed."""
        printed = io.StringIO()
        here = {"MINGDIAN_DATA_DIR": str(self.settings.data_dir), "COLUMNS": "200"}
        with (
            patch.dict(os.environ, here),
            patch.object(sys, "stdin", io.StringIO(said)),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            try:
                ended = command_line.run(arguments)
            except SystemExit as end:
                ended = int(end.code or 0)
        assert ended == status, printed.getvalue()
        return printed.getvalue()


def until(look: Callable[[], Any], seconds: float = 60) -> Any:
    """What `look` finds, once it finds something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, "in vain"
        time.sleep(0.2)
    return found


@contextmanager
def whole_platform(settings: Settings) -> Iterator[Platform]:
    """All processes on servers of `settings`, with traces, a talkative log, and clear text that goes soon."""
    settings = settings.model_copy(
        update={
            "platform": True,
            "traces": settings.data_dir / "traces.jsonl",
            "log_level": "DEBUG",
            "inbound_roll": timedelta(seconds=5),
            "inbound_topics": {UPSTREAM: GRID, CITY: "/gov/haikou/projects"},
        }
    )
    with running_stack(settings) as stack, httpx.Client(base_url=settings.web_url, timeout=30) as http:
        producer = Producer(settings.kafka_bootstrap, "upstream")
        yield Platform(stack, http, producer)
        producer.close()


def settled(platform: Platform) -> bool:
    """Whether intake has read all there is and every fact has its final outcome."""
    [(behind, unfinished, untold)] = platform.rows(
        """
        SELECT (SELECT sum(end_offset - next_offset) FROM intake.position),
               (SELECT count(*) FROM intake.inbox WHERE state <> 'final'),
               (SELECT count(*) FROM intake.outcome_queue)
        """
    )
    return not (behind or unfinished or untold)


def an_application(platform: Platform, marks: Marks, name: str, **given: Any) -> str:
    """A household's application that is on the pages; returns its number."""
    data = {**marks.data("application_submitted", name), **given}
    platform.send(fact(name, "application_submitted", name, data))
    outcome = platform.outcome(name)
    assert outcome["outcome"] == "applied", outcome
    number = str(outcome["number"])
    platform.application(number)
    return number


def erasures(settings: Settings) -> list[Event]:
    """The stream of erasures, each proven and in its place."""
    consumer = Consumer(settings.kafka_bootstrap)
    place = (ERASURE, 0)
    consumer.assign({place: 0})
    end = consumer.ends([place])[place]
    found: list[Event] = []
    while consumer.position(place) < end:
        found += [Event.model_validate_json(record.value) for record in consumer.poll(1.0)]
    consumer.close()
    head = GENESIS
    for number, event in enumerate(found, start=1):
        assert (event.number, event.prevhash) == (number, head)
        assert recompute_hash(event.as_json()) == event.hash
        head = event.hash
    return found


def erased_numbers(settings: Settings) -> list[str]:
    """The applications that the log says were erased."""
    return [event.data["number"] for event in erasures(settings) if "number" in event.data]
