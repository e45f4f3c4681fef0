"""Passes that can't be forged or outlived, and guesses that are slowed without hurting the honest."""

from datetime import UTC, datetime, timedelta

import pytest
from starlette.requests import Request
from starlette.responses import Response

from projections.site.guesses import Guesses
from projections.site.passes import LIFETIME, Passes

NOW = datetime(2026, 9, 15, tzinfo=UTC)
NUMBER = "HN-2026-000001"


def request(cookie: str = "", scheme: str = "http") -> Request:
    headers = [(b"cookie", cookie.encode())] if cookie else []
    return Request({"type": "http", "headers": headers, "scheme": scheme, "server": ("x", 80), "path": "/"})


def given(passes: Passes, scheme: str = "http") -> str:
    response = Response()
    passes.give(response, request(scheme=scheme), "hainan", NUMBER, NOW)
    return response.headers["set-cookie"]


def test_a_pass_opens_its_application_and_no_other() -> None:
    passes = Passes(b"secret")
    shown = request(given(passes).split(";")[0])
    assert passes.holds(shown, "hainan", NUMBER, NOW)
    assert not passes.holds(shown, "midwest", NUMBER, NOW)
    assert not passes.holds(shown, "hainan", "HN-2026-000002", NOW)


def test_a_pass_ends() -> None:
    passes = Passes(b"secret")
    shown = request(given(passes).split(";")[0])
    assert not passes.holds(shown, "hainan", NUMBER, NOW + LIFETIME + timedelta(seconds=1))


@pytest.mark.parametrize("damage", ["longer", "other secret", "no sign", "words"])
def test_a_forged_pass_opens_nothing(damage: str) -> None:
    cookie = given(Passes(b"secret")).split(";")[0]
    name, _, value = cookie.partition("=")
    until, _, sign = value.partition(".")
    forged = {
        "longer": f"{int(until) + 99999}.{sign}",
        "other secret": given(Passes(b"other")).split(";")[0].partition("=")[2],
        "no sign": until,
        "words": "²³.x",
    }[damage]
    shown = Request({"type": "http", "headers": [(b"cookie", f"{name}={forged}".encode())], "path": "/"})
    assert not Passes(b"secret").holds(shown, "hainan", NUMBER, NOW)


def test_a_pass_is_for_the_browser_alone() -> None:
    cookie = given(Passes(b"secret"))
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "Secure" not in cookie
    assert "Secure" in given(Passes(b"secret"), scheme="https")
    assert NUMBER not in cookie


class Seconds:
    """A clock that is moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_guesses_from_one_address_are_slowed_and_forgiven_with_time() -> None:
    clock = Seconds()
    guesses = Guesses(clock)
    for place in range(10):
        assert guesses.wait("a", str(place)) == 0
        guesses.spend("a", str(place))
    assert guesses.wait("a", "next") > 0
    assert guesses.wait("b", "next") == 0
    clock.now += 10
    assert guesses.wait("a", "next") == 0


def test_guesses_at_one_number_from_many_addresses_are_slowed() -> None:
    guesses = Guesses(Seconds())
    for place in range(20):
        guesses.spend(f"address {place}", NUMBER)
    assert guesses.wait("yet another", NUMBER) > 0
    assert guesses.wait("yet another", "HN-2026-000002") == 0
