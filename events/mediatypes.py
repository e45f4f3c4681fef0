"""What a content type says: the kind of the bytes, and the characters they are written in."""

import codecs
import re
from email.message import Message
from typing import NamedTuple

from events.errors import MingdianError

# What JSON is sent in: its own encoding, its plain subset, and those of older systems that know Chinese.
# A closed list, since Python's codecs also unpack archives and run escapes.
_ENCODINGS = frozenset(
    ("utf-8", "ascii", "iso8859-1", "utf-16", "utf-16-le", "utf-16-be", "gb2312", "gbk", "gb18030", "big5")
)
_JSON = re.compile(r"[^/\s]+/(?:[^/\s]+\+)?json")


class BadCharsetError(MingdianError):
    """Bytes whose `charset` is not known, or which are not written in it."""


class ContentType(NamedTuple):
    """A media type in lower case, `""` when there is none, and its `charset` parameter."""

    media: str
    charset: str | None

    @property
    def is_json(self) -> bool:
        """Whether the bytes are JSON; without a content type they are taken to be."""
        return not self.media or _JSON.fullmatch(self.media) is not None

    def to_utf8(self, body: bytes) -> bytes:
        """Return the bytes in UTF-8. Raises `BadCharsetError`."""
        if self.charset is None:
            return body
        try:
            name = codecs.lookup(self.charset).name
        except LookupError:
            name = ""
        if name == "utf-8":
            return body
        if name not in _ENCODINGS:
            raise BadCharsetError("bad_charset", "The charset is not known here. Send UTF-8.")
        try:
            return body.decode(name).encode()
        except UnicodeError:
            raise BadCharsetError("bad_charset", "The bytes are not in the charset they name.") from None

    def from_text(self, text: str) -> bytes:
        """Return text as the bytes that this content type announces. Raises `BadCharsetError`."""
        try:
            return text.encode(self.charset or "utf-8")
        except (LookupError, UnicodeError):
            raise BadCharsetError("bad_charset", "The text can't be written in the charset named.") from None


def read_content_type(value: str | None) -> ContentType:
    """Read a `Content-Type`, parameters quoted or not, upper or lower case."""
    if value is None:
        return ContentType("", None)
    message = Message()
    message["content-type"] = value
    return ContentType(value.partition(";")[0].strip().lower(), message.get_content_charset())
