"""A simulated channel: a server and a client of its own, speaking HTTP and no word of the platform's."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

FRESH_SECONDS = 300
"""A notice that says it is older is one that somebody has kept and sends again."""


@dataclass
class City:
    """`answers` are given one after the other, then 200; `heard` are the messages that were answered 200."""

    token: str
    secret: bytes
    channel: str
    answers: list[int] = field(default_factory=list)
    heard: list[dict[str, Any]] = field(default_factory=list)
    attempts: list[tuple[str, int]] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)
    raw: bytes = b""
    port: int = 0

    async def send(self, door: str, **message: Any) -> httpx.Response:
        """Hand a message in at the platform's door."""
        headers = {"authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(base_url=door, timeout=30, trust_env=False) as http:
            return await http.post(f"/channels/{self.channel}", json=message, headers=headers)

    def receive(self, request: BaseHTTPRequestHandler) -> int:
        """Take a callback; returns the status of the answer."""
        body = request.rfile.read(int(request.headers["content-length"]))
        told_id, second = request.headers["mingdian-id"], request.headers["mingdian-time"]
        if abs(time.time() - int(second)) > FRESH_SECONDS:
            self.forged.append(told_id)
            return 403
        signed = b".".join((second.encode(), told_id.encode(), body))
        digest = hmac.new(self.secret, signed, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"v1={digest}", request.headers["mingdian-signature"]):
            self.forged.append(told_id)
            return 403
        status = self.answers.pop(0) if self.answers else 200
        self.attempts.append((told_id, status))
        self.raw += body
        if status == 200:
            self.heard.append(json.loads(body))
        return status

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Be there for callbacks."""
        city = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.send_response(city.receive(self))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
