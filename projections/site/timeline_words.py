"""The timeline in words."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from projections.api.application_views import MovedDutyView, TimelineView
from projections.site.words import Words

_TONES = {
    "energised": "live",
    "step_overdue": "late",
    "overdue_escalated": "late",
    "duty_overdue": "late",
    "duty_escalated": "late",
}

_CODES = {
    "promise_made": "statistic",
    "duty_opened": "actor",
    "policy_amended": "amended",
    "dispute_raised": "dispute.about",
    "case_handed_over": "handover",
    "dispute_settled": "dispute.by",
}
"""Events whose `value` is a code, with where its words stand."""

_FORMS: Mapping[str, Callable[[TimelineView], str]] = {
    "duty_opened": lambda e: "" if e.due_at else ".nodate",
    "duty_overdue": lambda e: "" if e.person else ".nobody",
    "due_soon": lambda e: ".duty" if e.duty else "",
    "further_documents_requested": lambda e: ".avoidable" if e.number else "",
    "design_reviewed": lambda e: "" if e.yes else ".no",
    "mid_inspected": lambda e: "" if e.yes else ".no",
    "dispute_answered": lambda e: "" if e.yes else ".no",
    "policy_amended": lambda e: ".due" if e.due_at and e.moved_from and e.due_at != e.moved_from else "",
    "record_corrected": lambda e: "" if e.before else ".first",
    "survey_completed": lambda e: ".remote" if e.yes else "",
    "visit_counted": lambda e: ".wrong" if e.yes else "",
    "key_customer_answered": lambda e: "" if e.yes else ".late",
}
"""Events that are told in more than one form, and which it is."""


class Told(NamedTuple):
    """One line of the timeline."""

    entry: TimelineView
    text: str
    note: str
    tone: str


def told(entry: TimelineView, words: Words) -> Told:
    """Return a public fact as a sentence. One that has no words of its own yet is named by its type."""
    form = _FORMS[entry.event](entry) if entry.event in _FORMS else ""
    key = f"event.{entry.event}{form}"
    text = words(key, **_values(entry, words)) if words.has(key) else entry.event.replace("_", " ")
    text += "".join(_moved(one, words) for one in entry.moved_duties)
    note = words("event.note", note=entry.note) if entry.note else ""
    if entry.erased:
        note = words("event.note.erased")
    return Told(entry, text, note, "" if entry.retracted else _TONES.get(entry.event, ""))


def _moved(one: MovedDutyView, words: Words) -> str:
    """What a change of policy does to a duty beside the steps."""
    return words(
        "event.policy_amended.duty",
        duty=" ".join((words.name(one.duty), one.reference or "")).strip(),
        moved_from=words.day(one.moved_from) if one.moved_from else words("amended.no_date"),
        due=words.day(one.due_at) if one.due_at else words("amended.no_date"),
    )


def _values(entry: TimelineView, words: Words) -> dict[str, object]:
    """Every value that a sentence may name; which ones it does is the table's business."""
    return {
        "step": words.name(entry.step) if entry.step else "",
        "documents": words.joined([words.name(document.name) for document in entry.documents]),
        "person": entry.person.name if entry.person else "",
        "second": entry.second_person.name if entry.second_person else "",
        "due": words.day(entry.due_at) if entry.due_at else "",
        "cause": words.name(entry.cause) if entry.cause else "",
        "reference": _reference(entry, words),
        "boundary": words(f"boundary.{entry.boundary}") if entry.boundary else "",
        "number": entry.number,
        "gross": entry.gross_days,
        "net": entry.net_days,
        "works": words("event.works.yes" if entry.works else "event.works.no"),
        "ready": words("event.ready.yes" if entry.ready else "event.ready.no"),
        "duty": words.name(entry.duty) if entry.duty else "",
        "value": _value(entry, words),
        "before": entry.before or "",
        "moved_from": words.day(entry.moved_from) if entry.moved_from else "",
        "sequences": words.joined([str(sequence) for sequence in entry.sequences]),
    }


def _value(entry: TimelineView, words: Words) -> str:
    if entry.event in _CODES:
        return words(f"{_CODES[entry.event]}.{entry.value}")
    return words.name(entry.cause) if entry.event == "record_corrected" and entry.cause else entry.value or ""


def _reference(entry: TimelineView, words: Words) -> str:
    return words(f"record.{entry.reference}") if entry.event == "record_corrected" else entry.reference or ""
