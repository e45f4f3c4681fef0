"""How wide a text is when drawn, near enough to break lines in a drawing: a CJK character is one em."""

_WIDE = 0x2E80
"""From here on characters are as wide as they are high (CJK and its punctuation)."""
_LATIN_EM = 0.54


def width(text: str) -> float:
    """Return the width of a text in em."""
    return sum(1.0 if ord(sign) >= _WIDE else _LATIN_EM for sign in text)


def wrap(text: str, limit: float, lines: int) -> tuple[str, ...]:
    """Break a text into at most `lines` lines of at most `limit` em; what does not fit ends in an
    ellipsis."""
    found: list[str] = []
    current = ""
    for part in _parts(text):
        if current and width(current + part.rstrip()) > limit:
            found.append(current.rstrip())
            current = part.lstrip()
        else:
            current += part
    found.append(current.rstrip())
    if len(found) <= lines:
        return tuple(found)
    return (*found[: lines - 1], found[lines - 1][:-1] + "…")


def _parts(text: str) -> list[str]:
    """Where a line may break: after a space, and around every CJK character."""
    parts: list[str] = []
    for sign in text:
        joins = parts and ord(sign) < _WIDE and ord(parts[-1][-1]) < _WIDE and parts[-1][-1] != " "
        if joins:
            parts[-1] += sign
        else:
            parts.append(sign)
    return parts
