"""Application numbers as people type them."""

import re
import unicodedata

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－﹣_ 　"), "-")


def tidy(typed: str, prefix: str) -> str:
    """Return a number in its own form: full-width signs, lower case, missing or odd hyphens and zeros are
    forgiven."""
    meant = (
        re.sub(r"-+", "-", unicodedata.normalize("NFKC", typed.strip()).translate(_DASHES)).strip("-").upper()
    )
    parts = re.fullmatch(rf"(?:{re.escape(prefix)})?-?(\d{{4}})-?(\d{{1,6}})", meant)
    return f"{prefix}-{parts[1]}-{parts[2].zfill(6)}" if parts else meant
