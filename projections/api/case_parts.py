"""Small parts of what is told about an application."""

from datetime import datetime
from typing import Literal

from events.catalogue.base import Text
from projections.api.views import View


class OfficerView(View):
    """A member of staff as the public may reach them."""

    name: str
    role: Text
    phone: str


class LimitView(View):
    """A time limit. `unit`: WD working day, D calendar day, h hour."""

    value: int
    unit: Literal["WD", "D", "h"]
    statistic: Literal["limit", "mean", "ceiling"]
    basis: str
    source: str


class DocumentView(View):
    """A document by its number in the catalogue."""

    id: str
    name: Text


class FileView(View):
    """A file in the document store: SHA-256 of its content, bytes, and what it is by its content."""

    sha256: str
    size: int
    media_type: str


class PaperView(View):
    """A document as it came: who provided it, when, and its file if one was handed in."""

    document: DocumentView
    provided_by: Literal["customer", "gov_share", "on_file", "waived"]
    file: FileView | None
    at: datetime
