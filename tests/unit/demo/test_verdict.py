"""The book against reality: what was foretold, what was known before, what surprises."""

from deploy.demo.facts import SOURCE, FedFact, fed
from deploy.demo.verdict import as_facts, judge
from deploy.feed.ledger import Entry, Fate
from deploy.feed.send import RECEIVED, Answer


def good(name: str) -> FedFact:
    return fed({"id": name, "subject": "s", "type": "t", "time": "2026-01-01T00:00:00Z"})


def wrong(name: str, code: str) -> FedFact:
    event = {"id": name, "subject": "s", "type": "t", "time": "2026-01-01T00:00:00Z"}
    return fed(event, "refused", frozenset({code}))


def test_a_day_that_goes_as_foretold_surprises_nobody() -> None:
    day = [good("a"), wrong("b", "unknown_region"), FedFact(b"{", "refused", frozenset({"not_json"}))]
    told = [Fate("applied"), Fate("refused", "unknown_region"), Fate("refused", "not_json")]
    answers = [RECEIVED, RECEIVED, Answer(False, "not_json")]
    verdict = judge(day, told, answers, {})
    assert verdict.surprises == ()
    assert (verdict.read, verdict.accepted, verdict.duplicates) == (3, 1, 0)
    assert verdict.refused == {"unknown_region": 1, "not_json": 1}


def test_a_wrong_fate_or_a_wrong_reason_is_a_surprise() -> None:
    day = [good("a"), wrong("b", "unknown_region")]
    told = [Fate("refused", "never_possible"), Fate("refused", "too_small")]
    surprises = judge(day, told, [RECEIVED, RECEIVED], {}).surprises
    assert [one.id for one in surprises] == ["a", "b"]


def test_in_a_repeated_run_everything_that_the_inbox_knew_is_a_duplicate() -> None:
    day = [good("a"), wrong("b", "unknown_region"), wrong("a", "id_reused")]
    before = {(SOURCE, name): Entry(True, "applied", None, 0, 0) for name in ("a", "b")}
    told = [Fate("duplicate"), Fate("duplicate"), Fate("refused", "id_reused")]
    assert judge(day, told, [RECEIVED] * 3, before).surprises == ()


def test_what_is_no_event_is_sent_without_a_name() -> None:
    facts = as_facts([good("a"), FedFact(b"{")])
    assert [(fact.source, fact.id) for fact in facts] == [(SOURCE, "a"), (None, None)]
