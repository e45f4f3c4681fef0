"""How a channel knows that a callback is ours, and new: an HMAC over its time and its bytes."""

import hashlib
import hmac
from datetime import datetime

ID = "Mingdian-Id"
TIME = "Mingdian-Time"
SIGNATURE = "Mingdian-Signature"


def headers_of(secret: bytes, told_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """Return the headers of a callback: its id, the second at which it is sent (Unix time), and the
    signature, `v1=` and the HMAC-SHA-256 (hex) over `<time>.<id>.<body>`."""
    second = str(int(now.timestamp()))
    signed = b".".join((second.encode(), told_id.encode(), body))
    digest = hmac.new(secret, signed, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", ID: told_id, TIME: second, SIGNATURE: f"v1={digest}"}
