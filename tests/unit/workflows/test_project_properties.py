"""Whatever the order: rows and facts make the same project, and joining and parting undo each other."""

from datetime import timedelta
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from events.catalogue import project_facts as facts
from events.catalogue.project_sharing_facts import LeadEnded, LeadWentOn, ProgressShared
from tests.unit.workflows.projecting import (
    CITY,
    NUMBER,
    OTHER,
    PROV,
    THIRD,
    Province,
    day,
    fact,
    heard,
    record_of,
    row,
    shown,
)
from workflows.messages import FactMessage

FEEDS = ((PROV, "P-1"), (CITY, "H-7"), (CITY, "H-8"))
_MOMENTS = st.integers(0, 12)  # few, so that many are the same
_DAYS = st.integers(0, 400).map(lambda days: (day(0) + timedelta(days=days)).date().isoformat())


def _name(draw: Any) -> str:
    return f"f{draw(st.integers(0, 10**9))}"


@st.composite
def rows(draw: Any) -> FactMessage:
    """A row of any feed, or the word that a record has left its feed."""
    source, record = draw(st.sampled_from(FEEDS))
    at, name = draw(_MOMENTS), _name(draw)
    if draw(st.integers(0, 4)) == 0:
        return fact(at, facts.IntentionGone, id=name, source=source, record=record)
    data = draw(
        st.fixed_dictionaries(
            {"stage": st.sampled_from(["lead", "approved", "construction", "cancelled"])},
            optional={
                "organisation": st.sampled_from(["甲公司", "乙公司"]),
                "investment_cny": st.sampled_from(["1", "2"]),
                "expected_energise_on": _DAYS,
                "load": st.just([{"year": 2027, "capacity_kva": "500"}]),
                "important_load": st.booleans(),
            },
        )
    )
    return row(at, id=name, source=source, record=record, **data)


SHARED = {
    "origin": OTHER,
    "owner": OTHER,
    "name": "spending:civil",
    "thing": {"spending": {"on": "civil", "amount_cny": "3"}},
}
_STAGE = st.sampled_from(["design", "civil", "commissioning"])
_NUMBER = st.sampled_from(["HN-1", "HN-2"])
_OTHERS: list[tuple[Any, Any]] = [
    (facts.LoadPlanned, st.fixed_dictionaries({"load": st.just([{"year": 2027, "capacity_kva": "9"}])})),
    (facts.SubstationProposed, st.fixed_dictionaries({"substation": st.sampled_from(["甲变", "乙变"])})),
    (facts.WorksStarted, st.fixed_dictionaries({"stage": _STAGE})),
    (facts.WorksFinished, st.fixed_dictionaries({"stage": _STAGE})),
    (facts.SpendingRecorded, st.fixed_dictionaries({"amount_cny": st.just("0.1"), "on": st.just("civil")})),
    (facts.ApplicationLinked, st.fixed_dictionaries({"number": _NUMBER, "by": st.just("person")})),
    (facts.ApplicationUnlinked, st.fixed_dictionaries({"number": _NUMBER})),
    (
        facts.ApplicationProgressed,
        st.fixed_dictionaries(
            {"number": _NUMBER, "state": st.sampled_from(["accepted", "energised", "withdrawn"])}
        ),
    ),
    (facts.RowsParted, st.just({"origin": OTHER})),
    (facts.TemporarySupplyArranged, st.just({"capacity_kva": "315", "from_on": "2026-05-01"})),
    (facts.ProjectVisited, st.fixed_dictionaries({"by": st.just("HK-M1"), "purpose": st.just("load")})),
    (ProgressShared, st.sampled_from([SHARED, {**SHARED, "thing": {}}, {**SHARED, "origin": THIRD}])),
    (LeadEnded, st.just({"lead": OTHER, "ending": "cancelled", "path": [OTHER]})),
    (LeadWentOn, st.just({"lead": OTHER})),
]


@st.composite
def anything(draw: Any) -> FactMessage:
    """Any other fact, a row that another project shares among them."""
    at, name = draw(_MOMENTS), _name(draw)
    if draw(st.booleans()):
        shared = facts.RowShared(
            origin=OTHER,
            feed="prov",
            row=facts.IntentionRow(record="P-9", project_name="某", region="460100", stage="permitted"),
            row_at=day(draw(_MOMENTS)),
            gone_at=draw(st.none() | _MOMENTS.map(day)),
        )
        return fact(at, facts.RowShared, id=name, **shared.model_dump(mode="json"))
    kind, data = draw(st.sampled_from(_OTHERS))
    return fact(at, kind, id=name, **draw(data))


def _distinct(told: list[FactMessage]) -> None:
    assume(len({one.id for one in told}) == len(told))


@settings(deadline=None, max_examples=200)
@given(st.lists(rows(), min_size=1, max_size=8), st.data())
def test_any_order_of_rows_gives_the_same_record(told: list[FactMessage], data: st.DataObject) -> None:
    _distinct(told)
    first = row(0, id="first")
    shuffled = data.draw(st.permutations([first, *told]))
    assert record_of(heard([first, *told], now=day(50))) == record_of(heard(shuffled, now=day(50)))


@settings(deadline=None, max_examples=200)
@given(st.lists(rows() | anything(), min_size=1, max_size=12), st.data())
def test_any_order_of_facts_gives_the_same_project(told: list[FactMessage], data: st.DataObject) -> None:
    _distinct(told)
    first = row(0, id="first")
    shuffled = data.draw(st.permutations(told))
    one, other = heard([first, *told], now=day(50)), heard([first, *shuffled], now=day(50))
    assert record_of(one) == record_of(other)


def joined(at: float, into: str) -> FactMessage:
    """A person joins."""
    return fact(at, facts.ProjectJoined, id=f"j{at}", into=into, decided_by="HK-M1")


def parted(at: float) -> FactMessage:
    """A person parts."""
    return fact(at, facts.ProjectParted, id=f"p{at}", decided_by="HK-M1")


def province() -> Province:
    """Three projects, each with a record of its own."""
    found = Province()
    for number, (source, record) in zip((NUMBER, OTHER, THIRD), FEEDS, strict=True):
        found.open(number, row(0, id=f"first-{record}", source=source, record=record))
    return found


def _own(number: str, told: list[FactMessage]) -> list[FactMessage]:
    """Of these rows those that are a project's own."""
    source, record = dict(zip((NUMBER, OTHER, THIRD), FEEDS, strict=True))[number]
    return [one for one in told if (one.source, one.data["record"]) == (source, record)]


@settings(deadline=None, max_examples=100)
@given(st.lists(rows(), max_size=6), st.lists(rows(), max_size=4), st.lists(rows(), max_size=4))
def test_joining_and_parting_undo_each_other(
    before: list[FactMessage], meanwhile: list[FactMessage], after: list[FactMessage]
) -> None:
    """Joined and parted, each project is as if it had never been; joined again, as if never parted."""
    _distinct([*before, *meanwhile, *after])
    apart, once, again = province(), province(), province()
    for one, moves in ((apart, ()), (once, ("join", "part")), (again, ("join", "part", "join"))):
        for place, wave in enumerate((before, meanwhile, after)):
            for number in (NUMBER, OTHER):
                one.tell(number, *_own(number, wave))
            if place < len(moves):
                decision = joined(100 + place, NUMBER) if moves[place] == "join" else parted(100 + place)
                one.tell(OTHER, decision)
    assert shown(once.projects[NUMBER]) == shown(apart.projects[NUMBER])
    assert shown(once.projects[OTHER]) == shown(apart.projects[OTHER])
    assert not once.refused
    kept = province()
    for number in (NUMBER, OTHER):
        kept.tell(number, *_own(number, [*before, *meanwhile, *after]))
    kept.tell(OTHER, joined(100, NUMBER))
    assert shown(again.projects[NUMBER]) == shown(kept.projects[NUMBER])


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from([NUMBER, OTHER, THIRD]), st.sampled_from([NUMBER, OTHER, THIRD, None])),
        max_size=8,
    ),
    st.lists(rows(), max_size=6),
)
def test_whatever_is_joined_and_parted_ends_and_all_parted_nothing_is_left_of_it(
    decisions: list[tuple[str, str | None]], told: list[FactMessage]
) -> None:
    """In chains and circles too: no project tells the others for ever, and each has its own rows again."""
    _distinct(told)
    moved, apart = province(), province()
    for place, (number, into) in enumerate(decisions):
        if into is not None:
            moved.tell(number, joined(100 + place, into))
        elif moved.projects[number].state.into is not None:
            moved.tell(number, parted(100 + place))
        for one in told[place : place + 1]:
            for number_ in moved.projects:
                moved.tell(number_, *_own(number_, [one]))
    for one in told[len(decisions) :]:
        for number_ in moved.projects:
            moved.tell(number_, *_own(number_, [one]))
    for place, number in enumerate((NUMBER, OTHER, THIRD)):
        if moved.projects[number].state.into is not None:
            moved.tell(number, parted(200 + place))
        apart.tell(number, *_own(number, told))
    for number in moved.projects:
        assert shown(moved.projects[number]) == shown(apart.projects[number])


def test_a_chain_hands_rows_on_and_the_last_takes_them_back() -> None:
    one = province()
    one.tell(OTHER, joined(101, NUMBER))
    one.tell(THIRD, joined(102, OTHER))
    one.tell(THIRD, row(9, id="late", source=CITY, record="H-8", stage="construction"))

    def records(number: str) -> set[str]:
        return {record.record for record in one.projects[number].state.records}

    assert records(NUMBER) == {"P-1", "H-7", "H-8"}
    assert one.projects[NUMBER].state.spoken.stage == "construction"
    one.tell(THIRD, parted(103))
    assert records(NUMBER) == {"P-1", "H-7"}
    assert records(OTHER) == {"H-7"}
    assert one.projects[NUMBER].state.spoken.stage == "lead"
    assert not one.refused


def test_joined_projects_share_their_application_and_parted_take_it_back() -> None:
    one = province()
    one.tell(OTHER, fact(1, facts.ApplicationLinked, id="l", number="HN-1", by="organisation"))
    one.tell(OTHER, fact(2, facts.ApplicationProgressed, id="a", number="HN-1", state="accepted"))
    one.tell(OTHER, joined(101, NUMBER))
    shared = one.projects[NUMBER].state.applications["HN-1"]
    assert shared.linked
    assert shared.reached == {"accepted": day(2)}
    one.tell(OTHER, parted(102))
    assert not one.projects[NUMBER].state.applications["HN-1"].linked
    told = [(letter.type.split(".")[-2], letter.data["project"]) for letter in one.to_applications]
    assert told == [("project_linked", OTHER), ("project_linked", NUMBER), ("project_unlinked", NUMBER)]


def test_a_joined_project_shows_no_light_and_parted_shows_it_again() -> None:
    one = province()
    until = (day(0) + timedelta(days=80)).date().isoformat()
    one.tell(OTHER, row(1, id="x", source=CITY, record="H-7", expected_energise_on=until))
    before = one.projects[OTHER].state.spoken.light
    assert before is not None
    one.tell(OTHER, joined(101, NUMBER))
    assert one.projects[OTHER].state.spoken.light is None
    assert one.projects[NUMBER].state.spoken.light is not None
    one.tell(OTHER, parted(102))
    assert one.projects[OTHER].state.spoken.light is not None
    assert one.projects[NUMBER].state.spoken.light is None
