"""Lists of a feed in any order, and again: who stands in it at last is who stands in the newest list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from events.cloudevents import InboundEvent, read_structured
from tests.unit.lists.given import PROV, policies, shipped, tables
from workflows.intake.checks import check
from workflows.intake.list_plan import Known, Listed, Plan, Standing, plan
from workflows.intake.list_rows import ListRow, problem

JANUARY = datetime(2026, 1, 31, tzinfo=UTC)


def row(record: str, changed: int | None, says: str = "x") -> ListRow:
    """A row that the feed changed on this day; None: one without such a date."""
    at = None if changed is None else JANUARY + timedelta(days=changed)
    data = {"record": record, "project_name": says, "region": "460100"}
    return ListRow(1, record, at, data)


def listed(day: int | None, *, complete: bool = True) -> Listed:
    """A list of this day."""
    as_of = None if day is None else JANUARY + timedelta(days=day)
    return Listed("hainan", PROV, "UTC", as_of, complete)


@dataclass
class Feed:
    """What the platform knows of a feed: each fact once, by its id."""

    facts: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    lists: list[datetime] = field(default_factory=list)

    def take(self, day: int, rows: Sequence[ListRow]) -> Plan:
        """Take a complete list; returns what it told."""
        told = plan(rows, listed(day), self.known())
        for one in told.tellings:
            name = one.event.text("id") or ""
            before = self.facts.setdefault(name, (one.why, one.event.raw))
            assert before[1] == one.event.raw, f"{name} says two things"
        self.lists.append(JANUARY + timedelta(days=day))
        return told

    def known(self) -> Known:
        """As the inbox tells it."""
        return Known(
            {record: self._standing(told) for record, told in self._by_record().items()},
            max(self.lists, default=None),
        )

    def stand(self) -> set[str]:
        """Who stands in the feed."""
        return {record for record, one in self.known().records.items() if not one.gone}

    def says(self, record: str) -> str:
        """What the newest row of a record says."""
        rows = [
            (event.text("time") or "", event.data)
            for why, event in self._by_record()[record]
            if why != "gone"
        ]
        return str(max(rows, key=lambda one: one[0])[1]["project_name"])

    def _by_record(self) -> dict[str, list[tuple[str, InboundEvent]]]:
        found: dict[str, list[tuple[str, InboundEvent]]] = {}
        for why, raw in self.facts.values():
            event = read_structured(raw)
            found.setdefault(event.text("subject") or "", []).append((why, event))
        return found

    @staticmethod
    def _standing(told: Iterable[tuple[str, InboundEvent]]) -> Standing:
        at = [(why, datetime.fromisoformat(event.text("time") or "")) for why, event in told]
        return Standing(
            max((moment for why, moment in at if why != "gone"), default=None),
            max((moment for why, moment in at if why == "gone"), default=None),
            frozenset(moment for why, moment in at if why == "back"),
        )


def test_a_repeated_list_tells_nothing_new() -> None:
    feed, rows = Feed(), [row("A", 1), row("B", 2)]
    feed.take(30, rows)
    before = dict(feed.facts)
    feed.take(30, rows)
    feed.take(60, rows)
    assert feed.facts == before, "the next month's list with the same rows: duplicates all"


def test_a_changed_row_is_another_fact_and_counts() -> None:
    feed = Feed()
    feed.take(30, [row("A", 1, "old")])
    feed.take(60, [row("A", 40, "new")])
    assert feed.says("A") == "new"
    feed.take(30, [row("A", 1, "old")])
    assert feed.says("A") == "new", "an older list, later"


def test_who_lacks_is_gone_and_comes_back_unchanged() -> None:
    feed = Feed()
    feed.take(30, [row("A", 1), row("B", 2)])
    gone = feed.take(60, [row("A", 1)])
    assert [(one.why, one.record) for one in gone.tellings] == [("row", "A"), ("gone", "B")]
    assert feed.stand() == {"A"}
    assert feed.take(60, [row("A", 1)]).count("gone") == 0, "told once"
    back = feed.take(90, [row("A", 1), row("B", 2)])
    assert (back.count("back"), feed.stand()) == (1, {"A", "B"})
    before = dict(feed.facts)
    feed.take(90, [row("A", 1), row("B", 2)])
    assert feed.facts == before


def test_an_older_complete_list_marks_nobody_and_brings_nobody_back() -> None:
    feed = Feed()
    feed.take(30, [row("A", 1), row("B", 2)])
    feed.take(90, [row("A", 1), row("C", 80)])
    older = feed.take(60, [row("B", 50), row("D", 55)])
    assert feed.stand() == {"A", "C"}
    assert {one.record for one in older.tellings if one.why == "gone"} == {"B", "D"}, "the newer lacks them"


def test_what_was_said_since_the_day_of_a_list_it_cannot_take_back() -> None:
    feed = Feed()
    for one in plan([row("A", 80)], listed(None, complete=False), feed.known()).tellings:
        feed.facts[one.event.text("id") or ""] = one.why, one.event.raw
    assert feed.take(60, [row("B", 50)]).count("gone") == 0
    assert feed.take(90, [row("B", 50)]).count("gone") == 1


def test_of_what_the_newer_list_held_unread_an_older_one_does_not_say_that_it_left() -> None:
    newest = JANUARY + timedelta(days=60)
    for known in (Known({}, newest, frozenset("B")), Known({}, newest, nameless=True)):
        assert plan([row("B", 5)], listed(30), known).count("gone") == 0
    assert plan([row("B", 5)], listed(30), Known({}, newest)).count("gone") == 1


def test_a_row_that_is_refused_stands_in_the_list_all_the_same() -> None:
    feed = Feed()
    feed.take(30, [row("A", 1), row("B", 2)])
    bad = ListRow(1, "B", problems=(problem("bad_date", "x"),))
    assert feed.take(60, [row("A", 1), bad]).count("gone") == 0


def test_with_a_row_of_no_id_nobody_is_marked() -> None:
    feed = Feed()
    feed.take(30, [row("A", 1), row("B", 2)])
    made = feed.take(60, [row("A", 1), ListRow(2, problems=(problem("no_record", "x"),))])
    assert (made.withheld, made.count("gone")) == (True, 0)


def test_half_a_list_is_doubted() -> None:
    feed = Feed()
    feed.take(30, [row(f"A{n}", 1) for n in range(30)])
    assert plan([row("A1", 1)], listed(60), feed.known()).doubtful
    assert not plan([row(f"A{n}", 1) for n in range(16)], listed(60), feed.known()).doubtful


def test_rows_without_a_date_are_of_the_day_of_their_list() -> None:
    made = plan([row("A", None)], listed(30, complete=False), Known({}))
    assert [one.event.text("id") for one in made.tellings] == ["A@2026-03-02"]
    assert made.tellings[0].event.text("time") == "2026-03-02T00:00:00.000000Z"


def test_what_is_told_is_what_intake_takes() -> None:
    table = tables()[PROV]
    of = Listed(table.profile, PROV, "Asia/Shanghai", datetime(2026, 3, 31, tzinfo=UTC), True)
    known = Known({"HN2026-009": Standing(JANUARY)})
    made = plan(list(shipped("prov-2026-02.csv", PROV).values()), of, known)
    assert [one.event.text("id") for one in made.tellings] == [
        "HN2026-001@2026-01-15",
        "HN2026-002@2026-02-03",
        "HN2026-003@2026-02-10",
        "HN2026-009@2026-03-31T08:00:00:gone",
    ]
    for one in made.tellings:
        assert check(one.event, policies(), datetime(2026, 11, 1, tzinfo=UTC), 10_000).problems == ()


@st.composite
def months(draw: st.DrawFn, dated: bool) -> list[tuple[int, list[ListRow]]]:
    """Complete lists of some months: records come, change, leave and come back."""
    found: list[tuple[int, list[ListRow]]] = []
    changed: dict[str, int] = {}
    for month in range(1, draw(st.integers(2, 5)) + 1):
        rows = []
        for record in draw(st.sets(st.sampled_from("ABCD"), min_size=1)):
            if record not in changed or draw(st.booleans()):
                changed[record] = 30 * month - draw(st.integers(0, 29))
            at = changed[record]
            rows.append(row(record, at, f"{record}{at}") if dated else row(record, None, f"{record}{month}"))
        found.append((30 * month, rows))
    return found


@settings(max_examples=300, deadline=None)
@given(st.data(), st.booleans())
def test_any_order_of_lists_ends_as_the_newest_says(data: st.DataObject, dated: bool) -> None:
    lists = data.draw(months(dated))
    feed = Feed()
    for day, rows in data.draw(st.permutations([*lists, data.draw(st.sampled_from(lists))])):
        feed.take(day, rows)
        _, newest = max(
            (one for one in lists if JANUARY + timedelta(days=one[0]) in feed.lists), key=lambda one: one[0]
        )
        assert feed.stand() == {one.record for one in newest}
        for one in newest:
            assert one.data is not None
            assert feed.says(one.record or "") == one.data["project_name"]
