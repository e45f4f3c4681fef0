"""The timeline in words."""

from typing import NamedTuple

from projections.api.application_views import TimelineView
from projections.site.words import Words

_TONES = {"energised": "live", "step_overdue": "late", "overdue_escalated": "late"}


class Told(NamedTuple):
    """One line of the timeline."""

    entry: TimelineView
    text: str
    note: str
    tone: str


def told(entry: TimelineView, words: Words) -> Told:
    """Return a public fact as a sentence. One that has no words of its own yet is named by its type."""
    key = f"event.{entry.event}"
    text = words(key, **_values(entry, words)) if words.has(key) else entry.event.replace("_", " ")
    note = words("event.note", note=entry.note) if entry.note else ""
    if entry.erased:
        note = words("event.note.erased")
    return Told(entry, text, note, "" if entry.retracted else _TONES.get(entry.event, ""))


def _values(entry: TimelineView, words: Words) -> dict[str, object]:
    """Every value that a sentence may name; which ones it does is the table's business."""
    return {
        "step": words.name(entry.step) if entry.step else "",
        "documents": words.joined([words.name(document.name) for document in entry.documents]),
        "person": entry.person.name if entry.person else "",
        "second": entry.second_person.name if entry.second_person else "",
        "due": words.day(entry.due_at) if entry.due_at else "",
        "cause": words.name(entry.cause) if entry.cause else "",
        "reference": entry.reference or "",
        "boundary": words(f"boundary.{entry.boundary}") if entry.boundary else "",
        "number": entry.number,
        "gross": entry.gross_days,
        "net": entry.net_days,
        "works": words("event.works.yes" if entry.works else "event.works.no"),
        "ready": words("event.ready.yes" if entry.ready else "event.ready.no"),
        "sequences": words.joined([str(sequence) for sequence in entry.sequences]),
    }
