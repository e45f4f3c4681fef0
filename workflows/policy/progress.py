"""What was done for a project, taken together from what was told of it, in whatever order."""

from typing import TypeVar

from events.catalogue.project_progress import Dated

Kind = TypeVar("Kind", bound=Dated)


def later(old: Kind | None, new: Kind) -> Kind:
    """Return the one that counts."""
    return new if old is None or (new.at, new.fact) >= (old.at, old.fact) else old


def earlier(old: Kind | None, new: Kind) -> Kind:
    """Return the one that was first."""
    return new if old is None or (new.at, new.fact) < (old.at, old.fact) else old
