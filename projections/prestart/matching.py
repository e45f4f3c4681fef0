"""By what two projects are found to be perhaps the same: the organisation's code in one region, or the
organisation's name and the site, however they are written."""

import re
import unicodedata
from collections.abc import Iterable

from events.catalogue.project_facts import IntentionRow

BY_CODE, BY_NAME = "code", "name"
"""What a key begins with: by what it matches."""

_FORMS = re.compile(
    r"(股份有限公司|有限责任公司|有限公司|集团公司|公司|集团|coltd|corporation|limited|company|inc|ltd)$"
)
"""What a company's name ends with and says nothing of which company."""


def keys(rows: Iterable[IntentionRow]) -> list[str]:
    """Return all keys of a project's rows, in order. Two projects with a key in common are candidates."""
    return sorted({key for row in rows for key in _keys(row)})


def plain(text: str) -> str:
    """Return a text without what writers differ in: width, case, blanks and punctuation."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if sign.isalnum())


def organisation(name: str) -> str:
    """Return an organisation's name without its legal form. A name that is nothing else stays."""
    told = plain(name)
    while (shorter := _FORMS.sub("", told)) not in {"", told}:
        told = shorter
    return told


def _keys(row: IntentionRow) -> Iterable[str]:
    if row.org_code:
        yield f"{BY_CODE}:{row.org_code.upper()}:{row.region}"
    if row.organisation and row.site and plain(row.site):
        yield f"{BY_NAME}:{organisation(row.organisation)}:{plain(row.site)}"
