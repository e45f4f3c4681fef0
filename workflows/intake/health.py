"""What the parts of intake say of themselves, gathered for the heartbeat."""

from collections.abc import Callable


class Health:
    """One line per part; the whole is well when every part is."""

    def __init__(self, beat: Callable[[bool, str], None]) -> None:
        self._beat = beat
        self._parts: dict[str, tuple[bool, str]] = {}

    def say(self, part: str, ok: bool, detail: str) -> None:
        """Tell how a part does, in a few words without personal data."""
        self._parts[part] = ok, detail
        whole = all(fine for fine, _ in self._parts.values())
        self._beat(whole, ", ".join(f"{name}: {text}" for name, (_, text) in sorted(self._parts.items())))
