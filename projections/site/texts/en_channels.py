"""English: where applications came from in a quarter, refusals, times; what each channel takes."""

from collections.abc import Mapping

TEXTS: Mapping[str, str] = {
    "channels.title": "Where applications come from",
    "channels.lead": (
        "Each channel's share, what was refused, and the time from handing in to acceptance and to "
        "electricity. Times are by the calendar, pauses included; each thing counts in the quarter of its "
        "own day."
    ),
    "channels.channel": "Channel",
    "channels.counter": "at a counter",
    "channels.received": "Applications",
    "channels.refused": "Refused",
    "channels.accepted": "To acceptance (hours)",
    "channels.energised": "To electricity (days)",
    "channels.spread": "mean {mean}, 95% within {p95} · {n} case|mean {mean}, 95% within {p95} · {n} cases",
    "channels.reasons": "Why it was refused",
    "channels.reason": "First reason",
    "channels.times": "How often",
    "channels.unknown": (
        "Refusals are known by channel only where it hands in by an interface of its own; for the others, "
        "and for one area, none are listed: of a message that is not understood no area is known."
    ),
    "standards.channels": "What each channel takes",
    "channels.services.lead": (
        "The platform carries new connections, charging facilities among them. What is sent in for another "
        "service is told at once that it is not taken here yet."
    ),
    "channels.takes": "Taken now",
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
    "service.new_connection": "new connection",
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
    "service.complaint": "complaint",
    "service.progress": "progress told",
    "service.ev": "charging facilities",
    "service.dg": "distributed generation",
}
