"""Log lines for people and programs: `time=… level=… name=… logger=… msg="…" key=value`.

An exception's own text is left out, for it may quote what somebody sent us; its type and where it arose stay.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from deploy.errors import UserError

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_FRAMES = 6
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
        yield "msg", record.getMessage()
        for key, value in vars(record).items():
            if key not in _STANDARD and not key.startswith("_"):
                yield key, value
        if record.exc_info and record.exc_info[1] is not None:
            yield "error", describe(record.exc_info[1])


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
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(KeyValueFormatter(name))
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.captureWarnings(True)
    for quiet in _QUIET:
        logging.getLogger(quiet).setLevel(logging.WARNING)


def _quoted(value: object) -> str:
    """Bare when it is one plain word, else a JSON string, so that a line can be split again."""
    text = value if isinstance(value, str) else str(value)
    plain = text and text.isprintable() and not any(sign in text for sign in ' "=\\')
    return text if plain else json.dumps(text, ensure_ascii=False)
