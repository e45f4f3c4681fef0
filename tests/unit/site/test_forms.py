"""A form with a file is read into memory alone, and never more of it than its limit."""

import tempfile
from typing import Any

import pytest
from starlette.requests import Request

from projections.site import forms

LIMIT = 3 * 1024 * 1024


def request_of(body: bytes, *, told: int | None = None, kind: str = "") -> tuple[Request, list[int]]:
    """A request that sends its body in pieces, and what was read of it so far."""
    read = [0]
    pieces = [body[at : at + 65_536] for at in range(0, len(body), 65_536)] or [b""]

    async def receive() -> dict[str, Any]:
        piece = pieces.pop(0)
        read[0] += len(piece)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    headers = [(b"content-type", kind.encode() or b"multipart/form-data; boundary=b")]
    if told is not None:
        headers.append((b"content-length", str(told).encode()))
    return Request({"type": "http", "method": "POST", "headers": headers}, receive), read


def form(content: bytes) -> bytes:
    head = '--b\r\ncontent-disposition: form-data; name="file"; filename="张三身份证.pdf"\r\n\r\n'
    field = '--b\r\ncontent-disposition: form-data; name="document"\r\n\r\nA1\r\n'
    return field.encode() + head.encode() + content + b"\r\n--b--\r\n"


async def test_a_file_up_to_the_limit_never_touches_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a file on the disk")

    monkeypatch.setattr(tempfile, "TemporaryFile", refused)
    body = form(b"x" * LIMIT)
    request, _ = request_of(body, told=len(body))
    assert await forms.read(request, LIMIT) == ({"document": "A1"}, b"x" * LIMIT)


async def test_one_byte_more_is_too_long() -> None:
    body = form(b"x" * (LIMIT + 1))
    for told in (len(body), None):
        with pytest.raises(forms.TooLongError):
            await forms.read(request_of(body, told=told)[0], LIMIT)


async def test_a_body_that_says_it_is_too_long_is_dropped_and_one_that_does_not_is_broken_off() -> None:
    body = form(b"x" * 6 * LIMIT)
    request, read = request_of(body)
    with pytest.raises(forms.TooLongError):
        await forms.read(request, LIMIT)
    assert read[0] < LIMIT + forms.OVERHEAD + 2 * 65_536
    request, read = request_of(body, told=len(body))
    with pytest.raises(forms.TooLongError):
        await forms.read(request, LIMIT)
    assert LIMIT < read[0] < 4 * LIMIT + 2 * 65_536


@pytest.mark.parametrize("body", [b"nothing", form(b"x").replace(b"--b--\r\n", form(b"y"))])
async def test_what_is_no_form_of_ours_is_broken(body: bytes) -> None:
    with pytest.raises(forms.BrokenFormError):
        await forms.read(request_of(body, told=len(body))[0], LIMIT)
    with pytest.raises(forms.BrokenFormError):
        await forms.read(request_of(body, told=len(body), kind="text/plain")[0], LIMIT)
