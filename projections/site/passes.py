"""The pass that a browser holds after number and code were right: signed, for one application, for twelve
hours."""

import hashlib
import hmac
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

LIFETIME = timedelta(hours=12)


class Passes:
    """Gives and checks passes. `secret` signs them; who changes it ends them all."""

    def __init__(self, secret: bytes) -> None:
        self._secret = hashlib.sha256(b"mingdian pass" + secret).digest()

    def give(self, response: Response, request: Request, profile: str, number: str, now: datetime) -> None:
        """Put a pass for one application into a response."""
        until = int((now + LIFETIME).timestamp())
        response.set_cookie(
            self._name(number),
            f"{until}.{self._sign(profile, number, until)}",
            max_age=int(LIFETIME.total_seconds()),
            path="/",
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )

    def holds(self, request: Request, profile: str, number: str, now: datetime) -> bool:
        """Return whether a request carries a valid pass for this application."""
        until, _, signature = request.cookies.get(self._name(number), "").partition(".")
        if not until.isascii() or not until.isdigit() or len(until) > 12 or int(until) < now.timestamp():
            return False
        return hmac.compare_digest(signature.encode(), self._sign(profile, number, int(until)).encode())

    def take(self, response: Response, number: str) -> None:
        """Take the pass away."""
        response.delete_cookie(self._name(number), path="/", httponly=True, samesite="lax")

    def _sign(self, profile: str, number: str, until: int) -> str:
        return hmac.new(self._secret, f"{profile}|{number}|{until}".encode(), hashlib.sha256).hexdigest()

    def _name(self, number: str) -> str:
        # The number is in the address already; the name keeps several applications of one browser apart.
        return "pass_" + hashlib.sha256(number.encode()).hexdigest()[:16]
