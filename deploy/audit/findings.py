"""What an audit finds: a code, whom it is about, and where; with a bound on how much of it is kept."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

KEPT = 200
"""How many findings of one code are listed; of the rest only the number is told."""

SENTENCES = {
    "unreadable_event": "A record of the log is no event.",
    "wrong_key": "A record lies under another key than its event's subject.",
    "wrong_hash": "An event was changed after it was written.",
    "two_contents": "A place of a stream holds two different events.",
    "two_places": "A stream lies in two topics or partitions, so that it has no order.",
    "out_of_order": "An event stands in the log before one that precedes it in its stream.",
    "hole": "Events of a stream are missing.",
    "broken_chain": "An event does not name the hash of the one before it.",
    "applied_twice": "One fact led to the same event twice, or to events of two streams.",
    "root_gap": "A signed root does not continue the one before it.",
    "root_by_stranger": "A root is signed with a key that is none of ours.",
    "root_differs": "The log has changed since a root was sealed over it.",
    "log_shorter": "A part of the log over which a root was sealed is gone.",
    "not_in_inbox": "A stream's application was never begun, as the inbox knows it.",
    "not_in_log": "An application was begun and has no stream.",
    "other_link": "A case is about another closed case in the log than in the inbox.",
    "applied_without_event": "The inbox says that a fact was applied; no event tells of it.",
    "event_without_fact": "An event names a fact that the inbox does not hold as applied.",
    "outbox_differs": "A stream of the outbox ends elsewhere in the log than the outbox has written it.",
    "workflow_without_events": "A workflow has no stream.",
    "workflow_missing": "A stream is open and Temporal knows no workflow of it.",
    "workflow_ended": "A stream is open and its workflow has ended.",
    "workflow_not_closed": "A stream is closed and its workflow has not ended well.",
    "result_differs": "A workflow ended at another place than its stream.",
    "file_missing": "The register lists a file that is not in the store.",
    "file_spoilt": "A file in the store does not open, or is not the one that its name says.",
    "file_differs": "A file has another size, or is of another kind, than the register says.",
    "file_of_no_case": "The register lists a file of a number that stands for no case, or that was erased.",
    "paper_unknown": "An event names a file that was handed in, and the register does not know it.",
    "paper_differs": "An event of our own pages names another size or kind of a file than the register.",
    "row_differs": "A read model shows something else than the log.",
    "row_missing": "A read model lacks what the log says.",
    "row_without_events": "A read model shows what the log does not say.",
    "unfoldable": "A read model can not take an event; its stream stands still there.",
    "read_model_behind": "A read model has not come to the end of the log.",
}


class Finding(NamedTuple):
    """Something that is not as it should be. `subject` and `where` are empty where there is none to name."""

    code: str
    subject: str = ""
    where: str = ""

    @property
    def sentence(self) -> str:
        """What the code means, for people."""
        return SENTENCES[self.code]


@dataclass
class Findings:
    """A list that does not grow without end. `total` counts all, by code."""

    kept: dict[Finding, None] = field(default_factory=dict)
    total: Counter[str] = field(default_factory=Counter)

    def add(self, code: str, subject: str = "", where: str = "") -> None:
        """Note one; the same one twice is one. Raises KeyError for a code that has no sentence."""
        if code not in SENTENCES:
            raise KeyError(code)
        finding = Finding(code, subject, where)
        if finding in self.kept:
            return
        self.total[code] += 1
        if self.total[code] <= KEPT:
            self.kept[finding] = None

    def extend(self, found: Iterable[Finding]) -> None:
        """Note several."""
        for one in found:
            self.add(*one)


@dataclass(frozen=True)
class Report:
    """The answer of an audit. `redelivered` counts identical repeats, which readers drop and nobody minds.

    `totals` counts findings by code; `findings` lists at most `KEPT` of each.
    """

    streams: int
    events: int
    redelivered: int
    findings: tuple[Finding, ...]
    totals: dict[str, int]

    @property
    def ok(self) -> bool:
        """True when nothing was found."""
        return not self.totals

    def count(self, *codes: str) -> int:
        """How many findings there are of these codes."""
        return sum(self.totals.get(code, 0) for code in codes)
