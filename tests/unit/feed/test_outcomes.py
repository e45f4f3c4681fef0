"""From inbox rows to what became of each sending, and from there to the lines of a file."""

from deploy.feed.ledger import Entry, Fate, fates
from deploy.feed.report import checked, judge, totals
from deploy.feed.rows import Fact, Item
from events.errors import Problem

KEY = ("/upstream/test", "f1")


def entry(outcome: str = "applied", code: str | None = None, duplicates: int = 0, reused: int = 0) -> Entry:
    return Entry(True, outcome, code, duplicates, reused)


def test_a_new_fact_has_the_fate_of_its_row() -> None:
    assert fates(KEY, 1, {}, {KEY: entry()}) == [Fate("applied")]
    refused = entry("refused", "unknown_region")
    assert fates(KEY, 1, {}, {KEY: refused}) == [Fate("refused", "unknown_region")]


def test_sent_twice_in_one_feed_the_second_is_a_duplicate() -> None:
    assert fates(KEY, 2, {}, {KEY: entry(duplicates=1)}) == [Fate("applied"), Fate("duplicate")]


def test_another_content_under_a_known_id_is_refused() -> None:
    assert fates(KEY, 2, {}, {KEY: entry(reused=1)}) == [Fate("applied"), Fate("refused", "id_reused")]


def test_what_the_inbox_had_before_is_a_duplicate_whatever_it_was() -> None:
    before = {KEY: entry("refused", "unknown_region", duplicates=3)}
    after = {KEY: entry("refused", "unknown_region", duplicates=4)}
    assert fates(KEY, 1, before, after) == [Fate("duplicate")]


def test_a_sending_repeated_because_its_answer_was_lost_counts_once() -> None:
    assert fates(KEY, 1, {}, {KEY: entry(duplicates=2)}) == [Fate("applied")]


def item(line: int, facts: int, *codes: str) -> Item:
    problems = tuple(Problem(code=code, field="x", sentence="") for code in codes)
    return Item(line, tuple(Fact("/s", f"{line}-{n}", b"") for n in range(facts)), problems)


def test_a_line_is_accepted_duplicate_or_refused_and_the_counts_add_up() -> None:
    items = [item(2, 2), item(3, 1), item(4, 0, "no_date"), item(5, 2), item(6, 2)]
    told = [
        *(Fate("applied"), Fate("applied")),
        Fate("duplicate"),
        *(Fate("duplicate"), Fate("applied")),
        *(Fate("applied"), Fate("refused", "case_closed")),
    ]
    verdicts = judge(items, told)
    outcomes = [verdict.outcome for verdict in verdicts]
    assert outcomes == ["accepted", "duplicate", "refused", "accepted", "refused"]
    assert totals(verdicts) == {"read": 5, "accepted": 2, "duplicates": 1, "refused": 2}
    assert [problem.code for problem in verdicts[-1].reasons] == ["case_closed"]


def test_a_dry_run_counts_what_would_be_sent() -> None:
    found = totals(checked([item(2, 1), item(3, 0, "no_date")]))
    assert found == {"read": 2, "accepted": 1, "duplicates": 0, "refused": 1}
