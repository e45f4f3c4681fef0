"""Log lines for people and programs: `time=… level=… name=… logger=… msg="…" key=value`.

An exception's own text is left out, for it may quote what somebody sent us; its type and where it arose stay.
That holds for exceptions that nobody caught, too, and for what libraries put into their messages.
"""

import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from deploy.errors import UserError

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_FRAMES = 6
_WARNING = re.compile(r"\S[^\n]*?:\d+: \w+")  # file, line and category, not the text
_MESSAGE = re.compile(r' msg=("(?:[^"\\]|\\.)*"|\S+)')

# At INFO these tell each request's address, which may hold a receipt code, or each reconnect, which is noise.
_QUIET = ("uvicorn.access", "kafka", "httpx", "httpcore", "asyncio")


class KeyValueFormatter(logging.Formatter):
    """One line a record; `extra={…}` becomes further keys."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def format(self, record: logging.LogRecord) -> str:
        """Render one record without line breaks."""
        return " ".join(f"{key}={_quoted(value)}" for key, value in self._pairs(record))

    def _pairs(self, record: logging.LogRecord) -> Iterator[tuple[str, object]]:
        yield "time", datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        yield "level", record.levelname.lower()
        yield "name", self._name
        yield "logger", record.name
        yield "msg", _message(record)
        for key, value in vars(record).items():
            if key not in _STANDARD and not key.startswith("_"):
                yield key, describe(value) if isinstance(value, BaseException) else value
        if record.exc_info and record.exc_info[1] is not None:
            yield "error", describe(record.exc_info[1])


def _message(record: logging.LogRecord) -> str:
    """The message, exceptions in it described. Of what asyncio and warnings say, only what is theirs: the
    rest is an exception's or an object's own text."""
    if isinstance(record.args, tuple):
        record.args = tuple(describe(a) if isinstance(a, BaseException) else a for a in record.args)
    said = record.getMessage()
    if record.name == "asyncio":
        return said.partition("\n")[0]
    if record.name == "py.warnings":
        found = _WARNING.match(said)
        return found[0] if found else "a warning"
    return said


def describe(error: BaseException) -> str:
    """What went wrong and where, without the exception's text; `UserError` texts are ours and are shown."""
    if isinstance(error, UserError):
        return error.message
    parts = [type(error).__qualname__]
    code = getattr(error, "sqlstate", None) or getattr(error, "code", None) or getattr(error, "errno", None)
    if isinstance(code, str | int):
        parts.append(f"({code})")
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    parts += [f"{Path(frame.filename).name}:{frame.lineno}:{frame.name}" for frame in reversed(frames)]
    if error.__cause__ is not None:
        parts.append(f"caused by {describe(error.__cause__)}")
    return " ".join(parts)


def message_of(line: str) -> str:
    """What a line of ours says, for people; a line of somebody else's as it is."""
    found = _MESSAGE.search(line)
    if not found:
        return line
    text = found.group(1)
    return str(json.loads(text)) if text.startswith('"') else text


def configure(name: str, level: str = "INFO") -> None:
    """Send every log record of this process to standard error, which the supervisor keeps as `NAME.log`."""
    handler = _Handler(sys.stderr)
    handler.setFormatter(KeyValueFormatter(name))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.captureWarnings(True)
    for quiet in _QUIET:
        logging.getLogger(quiet).setLevel(logging.WARNING)
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)
    sys.unraisablehook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


class _Handler(logging.StreamHandler[Any]):
    """A record that can't be written is told by its place: Python's own complaint prints its arguments."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - Python's own name
        sys.stderr.write(f"a log record of {record.pathname}:{record.lineno} could not be written\n")


def _uncaught(kind: type[BaseException], error: BaseException | None, place: TracebackType | None) -> None:
    """What Python would print whole."""
    if issubclass(kind, KeyboardInterrupt):
        return
    log = logging.getLogger("uncaught")
    log.error("nobody caught this", exc_info=(kind, error, place) if error is not None else None)


def _quoted(value: object) -> str:
    """Bare when it is one plain word, else a JSON string, so that a line can be split again."""
    text = value if isinstance(value, str) else str(value)
    plain = text and text.isprintable() and not any(sign in text for sign in ' "=\\')
    return text if plain else json.dumps(text, ensure_ascii=False)
