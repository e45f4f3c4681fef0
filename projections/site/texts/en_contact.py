"""English: trips, surveys, first replies and the work of teams in a quarter."""

from collections.abc import Mapping

TEXTS: Mapping[str, str] = {
    "contact.visits": "Trips to a counter",
    "contact.visits.lead": (
        "Of the customers energised in the quarter: how often each had to come to a counter. Only the "
        "customer's own trips count; one that a wrong notice caused counts as well, and is named."
    ),
    "contact.rule": "Rule",
    "contact.no_rule": "none",
    "contact.none": "No trip",
    "contact.one": "One trip",
    "contact.more": "More",
    "contact.wrong": "Trips for a wrong notice",
    "contact.beyond": "{n} beyond the rule",
    "contact.share": "{n} · {share}",
    "contact.surveys": (
        "{n} survey in the quarter, {remote} by photographs or video ({share})."
        "|{n} surveys in the quarter, {remote} by photographs or video ({share})."
    ),
    "contact.surveys.none": "No survey in this quarter.",
    "contact.replies": "Key and park customers: first reply",
    "contact.replies.lead": (
        "Who asks has a first reply from somebody on duty within {n} minutes, at any hour of any day."
    ),
    "contact.replies.none": "No question in this quarter.",
    "contact.asked": "Questions asked",
    "contact.in_time": "Replied in time",
    "contact.late": "Late, or not yet replied",
    "contact.median": "Half had it within",
    "contact.teams": "How the work is shared",
    "contact.teams.lead": (
        "Open applications go to who is there and has fewest; when somebody leaves, theirs go to the others."
    ),
    "contact.teams.show": "Area by area",
    "contact.managers": "Managers at work",
    "contact.open": "Open now",
    "contact.most": "Most with one manager",
    "contact.handed_over": "Handed over in the quarter",
    "case.on_duty": "On duty now",
    "case.on_duty.plain": "A first reply within {n} minutes, at any hour.",
    "unit.min": "{n} minute|{n} minutes",
}
