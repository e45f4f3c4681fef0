"""A form with a file, read into memory alone: what people hand in never lies in clear on a disk."""

from collections.abc import AsyncGenerator
from typing import NamedTuple

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

OVERHEAD = 16 * 1024
"""Bytes that a form may have beside its file."""

_DRAINED = 4
"""Up to how many times the limit a body is read and dropped: a browser shows an answer only after it has sent
all it has."""


class TooLongError(Exception):
    """The body is longer than any form of ours."""


class BrokenFormError(Exception):
    """The body is no form, or not one of ours."""


class Sent(NamedTuple):
    """What was in the form. `file` is empty when none was chosen."""

    fields: dict[str, str]
    file: bytes


class _InMemory(MultiPartParser):
    """The size at which files are moved to the disk is beyond what is ever read."""

    def __init__(self, request: Request, body: AsyncGenerator[bytes, None], limit: int) -> None:
        self.spool_max_size = limit + OVERHEAD + 1
        super().__init__(request.headers, body, max_files=1, max_fields=6, max_part_size=OVERHEAD)


async def read(request: Request, limit: int) -> Sent:
    """Read a form whose file has at most `limit` bytes. Raises `TooLongError`, `BrokenFormError`."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        raise BrokenFormError
    if _length(request) > limit + OVERHEAD:
        await _drain(request, limit)
        raise TooLongError
    try:
        form = await _InMemory(request, _bounded(request, limit + OVERHEAD), limit).parse()
    except (MultiPartException, KeyError):
        raise BrokenFormError from None
    try:
        file = form.get("file")
        content = await file.read() if isinstance(file, UploadFile) else b""
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
    finally:
        await form.close()
    if len(content) > limit:
        raise TooLongError
    return Sent(fields, content)


async def _bounded(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    read = 0
    async for chunk in request.stream():
        read += len(chunk)
        if read > most:
            raise TooLongError
        yield chunk


async def _drain(request: Request, limit: int) -> None:
    dropped = 0
    async for chunk in request.stream():
        dropped += len(chunk)
        if dropped > limit * _DRAINED:
            return


def _length(request: Request) -> int:
    """How long the body says it is, 0 where it does not say."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 16 else 0
