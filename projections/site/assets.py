"""Static files under addresses that change with their content, so that a browser may keep them for ever."""

import hashlib
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "static"
PREFIX = "/assets/"
FOR_EVER = "public, max-age=31536000, immutable"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


class Asset(NamedTuple):
    """A file as it is sent."""

    content: bytes
    media_type: str


class Assets:
    """All static files of the site, read once."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._urls: dict[str, str] = {}
        self._assets: dict[str, Asset] = {}
        for path in sorted(folder.iterdir()):
            if path.suffix not in _TYPES:
                continue
            content = path.read_bytes()
            name = f"{path.stem}.{hashlib.sha256(content).hexdigest()[:12]}{path.suffix}"
            self._urls[path.name] = PREFIX + name
            self._assets[name] = Asset(content, _TYPES[path.suffix])

    def url(self, name: str) -> str:
        """Return the address of a file. Raises KeyError for a file that is not there."""
        return self._urls[name]

    def get(self, hashed: str) -> Asset | None:
        """Return the file behind an address, or None."""
        return self._assets.get(hashed)
