"""English: where applications came from in a quarter, refusals, times; what each channel takes."""

from collections.abc import Mapping

TEXTS: Mapping[str, str] = {
    "channels.title": "Where applications come from",
    "channels.lead": (
        "Each channel's share, what was refused, how soon an application had its outcome after it came in, "
        "and the time from handing in to acceptance and to electricity. Times are by the calendar, pauses "
        "included; each thing counts in the quarter of its own day."
    ),
    "channels.channel": "Channel",
    "channels.counter": "at a counter",
    "channels.received": "Applications",
    "channels.refused": "Refused",
    "channels.accepted": "To acceptance (hours)",
    "channels.energised": "To electricity (days)",
    "channels.spread": "mean {mean}, 95% within {p95} · {n} case|mean {mean}, 95% within {p95} · {n} cases",
    "channels.answered": (
        "outcome within {p95} s for 95% · {n} application|outcome within {p95} s for 95% · {n} applications"
    ),
    "channels.at_once": "at once · {n} case|at once · {n} cases",
    "channels.reasons": "Why it was refused",
    "channels.reason": "First reason",
    "channels.times": "How often",
    "channels.unknown": (
        "Refusals are known by channel only where it hands in by an interface of its own; for the others, "
        "and for one area, none are listed: of a message that is not understood no area is known."
    ),
    "standards.channels": "What each channel takes",
    "channels.services.lead": (
        "Every service is on every channel. Where a channel can't have one, the reason stands here; what the "
        "platform does not carry yet is told at once when it is sent in."
    ),
    "channels.every": "Taken by every channel",
    "channels.besides": "Also taken",
    "channels.without": "Not by this channel",
    "channels.without.reason": "{service}: {reason}",
    "channels.none": "nothing",
    "channels.not_yet": "Not taken yet",
    "refusal.unknown_word": "a code that was not agreed",
    "refusal.unknown_field": "a field that was not agreed",
    "refusal.unknown_kind": "a kind of message that was not agreed",
    "refusal.service_not_taken": "a service that is not taken yet",
    "refusal.bad_reference": "a number in another form",
    "refusal.bad_time": "a date in another form",
    "refusal.no_id": "no serial number",
    "refusal.too_large": "too large a message",
    "refusal.not_json": "no JSON message",
    "refusal.unknown_region": "an area that is not ours",
    "refusal.unknown_document": "a document that is in no list",
    "refusal.unknown_voltage": "no nominal voltage",
    "refusal.capacity_implausible": "a capacity beyond its voltage",
    "refusal.future_time": "a date in the future",
    "refusal.bad_value": "a value in another form",
    "refusal.bad_message": "a message in another form",
    "refusal.unknown_file": "a file that was not handed in",
    "refusal.bad_mark": "the mark of a file in another form",
    "refusal.no_files_here": "files where none are taken",
    "refusal.batch_too_long": "too many messages at once",
    "refusal.empty_batch": "no message at all",
    "service.new_connection": "new connection",
    "service.lv_res": "households",
    "service.lv_nonres": "small business and other low voltage",
    "service.hv": "high voltage",
    "service.documents": "documents that were missing",
    "service.files": "files",
    "service.plan": "confirmation of a supply plan",
    "service.other_plan": "objection to a supply plan",
    "service.design": "design for review",
    "service.mid_inspection": "request for an intermediate inspection",
    "service.inspection": "request for the completion inspection",
    "service.rating": "rating of the service",
    "service.complaint_reply": "reply to an answer",
    "service.withdrawal": "withdrawal",
    "service.visit": "visit to a counter",
    "service.receipt": "e-receipt",
    "service.increase": "increase of capacity",
    "service.reduction": "reduction of capacity",
    "service.pause": "pause of supply",
    "service.move": "move of a meter or address",
    "service.transfer": "change of name or holder",
    "service.split": "split of an account",
    "service.merge": "merger of accounts",
    "service.close": "closing of an account",
    "service.payment": "bills and payment",
    "service.outage": "outage query",
    "service.fault": "fault report",
    "service.complaint": "complaint or objection",
    "service.progress": "progress query",
    "service.ev": "charging facilities",
    "service.dg": "distributed generation",
}
