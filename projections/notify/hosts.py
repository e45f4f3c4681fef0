"""Where a callback may go. A table is data: it must not make the platform call into its own network."""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit


def objection(address: str, allowed: Collection[str]) -> str | None:
    """Return the code of what speaks against an address, None when it may be called.

    Hosts must be named in the settings; this machine itself needs no name. Beyond it only https: the
    signature proves a message but hides nothing. An address in any odd form counts as a name, which nobody
    has allowed.
    """
    parts = urlsplit(address)
    host = (parts.hostname or "").lower().rstrip(".")
    if parts.scheme not in {"http", "https"}:
        return "bad_address"
    if host == "localhost" or _loopback(host):
        return None
    if host not in {one.lower() for one in allowed}:
        return "host_not_allowed"
    return None if parts.scheme == "https" else "https_needed"


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
