"""Whether an application is a project's: by what was said to it and by those that are joined to it."""

import re
from collections.abc import Iterable

from events.catalogue.project_facts import LinkedBy
from events.catalogue.project_progress import Dated

_LETTER = re.compile(r"(?P<number>[^|]+-\d{4}-\d+):\d+:[a-z_]+")


class Link(Dated):
    """Whether an application is the project's, and how that was found."""

    linked: bool
    by: LinkedBy | None = None


def letter_id(number: str, sent: int, name: str) -> str:
    """Return the id of the fact that a project of this number sends to another as its so manieth."""
    return f"{number}:{sent}:{name}"


def teller(fact: str, platform: str) -> str | None:
    """Return the project that told a fact (`source|id`) to another; None for what anybody else told.
    `platform`: the platform's own source."""
    source, _, name = fact.partition("|")
    found = _LETTER.fullmatch(name) if source == platform else None
    return found["number"] if found else None


def standing(own: Link | None, lent: Iterable[Link]) -> Link | None:
    """Return the link that holds; None where none does. `own` was said to the project itself and goes before
    what those joined to it say, but for what they have said since: so that one that is parted takes back its
    own word alone."""
    if own is not None and own.linked:
        return own
    since = [one for one in lent if one.linked and (own is None or (one.at, one.fact) > (own.at, own.fact))]
    return max(since, key=lambda one: (one.at, one.fact), default=None)
