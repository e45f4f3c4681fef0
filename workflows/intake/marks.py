"""How a channel names a file that it handed in: one word, that says what a fact says of the file."""

import re

from events.catalogue.base import FileRef

_MARK = re.compile(r"(?P<sha256>[0-9a-f]{64})-(?P<size>[1-9][0-9]{0,11})-(?P<media_type>[a-z0-9.+/-]{3,80})")


def mark_of(file: FileRef) -> str:
    """Return the mark of a file: hash, size and kind."""
    return f"{file.sha256}-{file.size}-{file.media_type}"


def file_of(mark: str) -> FileRef | None:
    """Return the file of a mark; None for what has not the form of one."""
    found = _MARK.fullmatch(mark.strip())
    return FileRef.model_validate(found.groupdict()) if found else None
