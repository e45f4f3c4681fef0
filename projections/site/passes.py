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

    def form_token(self, request: Request, number: str, turn: int) -> str:
        """Return what a form carries that only a page shown under this pass can hold. `turn` is its place in
        the order of the application's forms: the same until the next is sent."""
        held = request.cookies.get(self._name(number), "")
        said = f"form|{number}|{turn}|{held}"
        return f"{turn}.{hmac.new(self._secret, said.encode(), hashlib.sha256).hexdigest()}"

    def form_turn(self, request: Request, number: str, token: str) -> int | None:
        """Return the turn of a form that we made for this pass, else None."""
        turn = token.partition(".")[0]
        if not turn.isascii() or not turn.isdigit() or len(turn) > 9:
            return None
        expected = self.form_token(request, number, int(turn))
        return int(turn) if hmac.compare_digest(token.encode(), expected.encode()) else None

    def take(self, response: Response, number: str) -> None:
        """Take the pass away."""
        response.delete_cookie(self._name(number), path="/", httponly=True, samesite="lax")

    def _sign(self, profile: str, number: str, until: int) -> str:
        return hmac.new(self._secret, f"{profile}|{number}|{until}".encode(), hashlib.sha256).hexdigest()

    def _name(self, number: str) -> str:
        # The number is in the address already; the name keeps several applications of one browser apart.
        return "pass_" + hashlib.sha256(number.encode()).hexdigest()[:16]
