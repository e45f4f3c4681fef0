"""New keys in the secrets file beside the old ones, and old ones out of it. Every change raises `UserError`
where the file can't be written."""

import base64
import secrets as random
from typing import Any, NamedTuple

from deploy.secrets import KEY_BYTES, as_text, rewrite
from deploy.settings import Settings
from events.roots import public_key
from events.sealing import master_id


class Ring(NamedTuple):
    """Keys of one purpose: the fields of the file that hold them and name the one in use."""

    keys: str
    current: str


MASTERS = Ring("masters", "current")
QUARANTINE = Ring("quarantine_keys", "quarantine_current")


def add_key(settings: Settings, ring: Ring) -> str:
    """Make a key and let it be the one in use; returns its id."""
    key = random.token_bytes(KEY_BYTES)
    name = master_id(key)

    def change(content: dict[str, Any]) -> None:
        content[ring.keys][name] = as_text(key)
        content[ring.current] = name

    rewrite(settings, change)
    return name


def drop_keys(settings: Settings, ring: Ring, names: frozenset[str]) -> None:
    """Forget keys for ever; the one in use stays."""

    def change(content: dict[str, Any]) -> None:
        for name in names - {content[ring.current]}:
            content[ring.keys].pop(name, None)

    rewrite(settings, change)


def replace_root_key(settings: Settings, signed: int) -> None:
    """Sign with a new key from now on. The old one is forgotten but for its public half, which stays good for
    roots up to number `signed`, and for the one that may be under way."""

    def change(content: dict[str, Any]) -> None:
        old = base64.b64decode(content["root_key"])
        content["former_root_keys"][public_key(old)] = signed + 1
        content["root_key"] = as_text(random.token_bytes(KEY_BYTES))

    rewrite(settings, change)


def close_root_key(settings: Settings, public: str, signed: int) -> None:
    """Note which root was really the last that a former key has signed."""

    def change(content: dict[str, Any]) -> None:
        content["former_root_keys"][public] = signed

    rewrite(settings, change)
