"""Where the demo's channels hear what becomes of their applications: a small receiver on this machine, that
knows a genuine notice and a new one."""

import hashlib
import hmac
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OLDEST_SECONDS = 300
"""A notice that says it is older, or from so far ahead, is no new one."""

_MOST_BYTES = 64 * 1024


@dataclass
class Listener:
    """`secrets` by channel; `heard` counts notices by channel, each id once; `forged` what was refused."""

    secrets: Mapping[str, bytes] = field(repr=False)
    heard: Counter[str] = field(default_factory=Counter)
    forged: list[str] = field(default_factory=list)
    port: int = 0
    _known: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def address(self, channel: str) -> str:
        """Where a channel is called back."""
        return f"http://127.0.0.1:{self.port}/{channel}"

    def receive(self, path: str, headers: Mapping[str, str], body: bytes, now: float) -> int:
        """Take a notice; returns the status of the answer."""
        channel, told_id = path.strip("/"), headers.get("mingdian-id", "")
        with self._lock:
            if not self._genuine(channel, told_id, headers, body, now):
                self.forged.append(channel if channel in self.secrets else "unknown")
                return 403
            if told_id not in self._known:
                self._known.add(told_id)
                self.heard[channel] += 1
        return 204

    def _genuine(
        self, channel: str, told_id: str, headers: Mapping[str, str], body: bytes, now: float
    ) -> bool:
        second = headers.get("mingdian-time", "")
        if channel not in self.secrets or not second.isdecimal():
            return False
        signed = b".".join((second.encode(), told_id.encode(), body))
        expected = f"v1={hmac.new(self.secrets[channel], signed, hashlib.sha256).hexdigest()}"
        given = headers.get("mingdian-signature", "")
        return (
            hmac.compare_digest(given.encode(), expected.encode())
            and abs(now - int(second)) <= OLDEST_SECONDS
        )

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Be there for notices."""
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = self.headers.get("content-length", "")
                fits = length.isdecimal() and int(length) <= _MOST_BYTES
                body = self.rfile.read(int(length)) if fits else b""
                headers = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(listener.receive(self.path, headers, body, time.time()) if fits else 413)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
