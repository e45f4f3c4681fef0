"""The merge of inbox and log, and the bound on what a report lists."""

from deploy.audit.findings import KEPT, Findings
from deploy.audit.inbox import unmatched


def test_equal_lists_leave_nothing() -> None:
    both = [("a", "s|1"), ("a", "s|2"), ("b", "s|3")]
    assert list(unmatched(iter(both), iter(both))) == []


def test_what_stands_on_one_side_is_told_with_its_side() -> None:
    applied = [("a", "s|1"), ("b", "s|3"), ("d", "s|5")]
    causes = [("a", "s|1"), ("a", "s|2"), ("c", "s|4"), ("d", "s|5"), ("e", "s|6")]
    assert list(unmatched(iter(applied), iter(causes))) == [
        ("a", "s|2", "event_without_fact"),
        ("b", "s|3", "applied_without_event"),
        ("c", "s|4", "event_without_fact"),
        ("e", "s|6", "event_without_fact"),
    ]


def test_the_order_is_that_of_bytes_as_in_both_databases() -> None:
    # As UTF-16 the second would come first; as UTF-8, and for both databases, it does not.
    both = [("a", "s|\uffee"), ("a", "s|\U00010000")]
    assert list(unmatched(iter(both), iter(both))) == []


def test_a_report_lists_some_and_counts_all() -> None:
    findings = Findings()
    for number in range(KEPT + 5):
        findings.add("hole", f"n{number}")
    findings.add("hole", "n0")
    assert len(findings.kept) == KEPT
    assert findings.total == {"hole": KEPT + 5}
