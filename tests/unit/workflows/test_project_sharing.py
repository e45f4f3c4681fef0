"""What was done for a joined project counts where it goes on, and it ends with that one; parted, each has its
own again."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.catalogue import project_facts as facts
from tests.unit.workflows.projecting import (
    CITY,
    NUMBER,
    OTHER,
    PROV,
    THIRD,
    Province,
    data_of,
    day,
    fact,
    row,
    said,
    shown,
)
from tests.unit.workflows.test_project_properties import FEEDS, joined, parted, province
from workflows.messages import FactMessage
from workflows.project_applications import linked
from workflows.project_file import ProjectFile
from workflows.project_messages import ProjectStart

PROJECTS = (NUMBER, OTHER, THIRD)
STAGES: tuple[facts.WorksStage, ...] = ("design", "permits", "civil", "electrical", "commissioning")
_MOMENTS = st.integers(0, 12)  # few, so that many are the same

_DEEDS: list[tuple[Any, dict[str, Any]]] = [
    (facts.WorksScheduled, {"stage": "design", "starts_on": "2026-05-01", "ends_on": "2026-06-01"}),
    (facts.WorksScheduled, {"stage": "civil", "starts_on": "2026-07-01", "ends_on": "2026-09-01"}),
    *((kind, {"stage": one}) for kind in (facts.WorksStarted, facts.WorksFinished) for one in STAGES[:3]),
    (facts.SpendingRecorded, {"amount_cny": "0.1", "on": "civil"}),
    (facts.SpendingRecorded, {"amount_cny": "7", "on": "design"}),
    (facts.TemporarySupplyArranged, {"capacity_kva": "315", "from_on": "2026-05-01"}),
    (facts.TemporarySupplyArranged, {"capacity_kva": "630", "from_on": "2026-06-01"}),
    (facts.RelocationReported, {"line": "10kV 某线", "state": "needed"}),
    (facts.RelocationReported, {"line": "10kV 某线", "state": "done"}),
    (facts.MilestoneReached, {"milestone": "load_agreed"}),
    (facts.ProjectVisited, {"by": "HK-M1", "purpose": "load"}),
    (facts.ApplicationLinked, {"number": "HN-1", "by": "person"}),
    (facts.ApplicationLinked, {"number": "HN-2", "by": "person"}),
    (facts.ApplicationProgressed, {"number": "HN-1", "state": "accepted"}),
]


@st.composite
def tellings(draw: Any) -> tuple[str, FactMessage]:
    """A row of a project's own record, or something that was done for it."""
    number = draw(st.sampled_from(PROJECTS))
    name = f"t{draw(st.integers(0, 10**9))}"
    if draw(st.integers(0, 3)) == 0:
        source, record = dict(zip(PROJECTS, FEEDS, strict=True))[number]
        stage = draw(st.sampled_from(["lead", "construction", "cancelled"]))
        until = draw(st.none() | st.just("2026-12-31"))
        more = {} if until is None else {"expected_energise_on": until}
        return number, row(draw(_MOMENTS), id=name, source=source, record=record, stage=stage, **more)
    kind, data = draw(st.sampled_from(_DEEDS))
    return number, fact(draw(_MOMENTS), kind, id=name, **data)


TOLD = st.lists(tellings(), max_size=7, unique_by=lambda one: one[1].id)


def tell(one: Province, told: list[tuple[str, FactMessage]], *numbers: str) -> None:
    """Tell the projects of these numbers what is theirs. An application tells how far it is to each project
    that it is linked to, at the latest when it is: so all hear it."""
    for number, message in told:
        if message.type == facts.ApplicationProgressed.type:
            for every in numbers:
                one.tell(every, message)
        elif number in numbers:
            one.tell(number, message)


@settings(deadline=None, max_examples=80)
@given(TOLD, TOLD, TOLD)
def test_joining_and_parting_undo_each_other_for_all_that_was_done(
    before: list[Any], meanwhile: list[Any], after: list[Any]
) -> None:
    """Joined and parted, each is as if it had never been; joined again, as if never parted. The third is
    joined to the second all the while: what comes through is handed on and taken back, too."""
    apart, once, again, kept = province(), province(), province(), province()
    for one, moves in ((apart, "  "), (once, "jp"), (again, "jpj"), (kept, "j")):
        one.tell(THIRD, joined(99, OTHER))
        for place, wave in enumerate((before, meanwhile, after)):
            tell(one, wave, *PROJECTS)
            if place < len(moves) and moves[place] != " ":
                one.tell(OTHER, joined(100 + place, NUMBER) if moves[place] == "j" else parted(100 + place))
    assert not once.refused
    for number in PROJECTS:
        assert shown(once.projects[number]) == shown(apart.projects[number]), number
        assert shown(again.projects[number]) == shown(kept.projects[number]), number


@settings(deadline=None, max_examples=80)
@given(TOLD, st.lists(st.sampled_from(["join", "part"]), max_size=3), st.data())
def test_any_order_of_rows_works_joins_and_partings_gives_the_same_record(
    told: list[Any], moves: list[str], data: st.DataObject
) -> None:
    decisions = [(OTHER, joined(101, NUMBER)), (THIRD, joined(102, OTHER))]
    decisions += [
        (OTHER, joined(110 + place, NUMBER) if move == "join" else parted(110 + place))
        for place, move in enumerate(moves)
    ]
    # A parting is refused where nobody has joined: the first two joins stay first.
    rest = [*told, *decisions[2:]]
    one, other = province(), province()
    for number, message in [*decisions[:2], *rest]:
        one.tell(number, message)
    # … and of a project's decisions each in turn: the last one told of a moment counts by its moment anyway.
    for number, message in [*decisions[:2], *data.draw(st.permutations(rest))]:
        other.tell(number, message)
    for number in PROJECTS:
        assert shown(one.projects[number]) == shown(other.projects[number]), number


def done(project: str, at: float, kind: Any, **data: Any) -> FactMessage:
    """Something that was done, named after the project that it was done for."""
    return fact(at, kind, id=f"{kind.__name__}-{project}-{at}-{data.get('stage')}", **data)


def test_what_was_done_for_a_joined_project_counts_where_it_goes_on() -> None:
    one = province()
    one.tell(NUMBER, done(NUMBER, 1, facts.SpendingRecorded, amount_cny="100", on="design"))
    one.tell(OTHER, done(OTHER, 2, facts.SpendingRecorded, amount_cny="11", on="design"))
    one.tell(OTHER, done(OTHER, 2, facts.WorksStarted, stage="design"))
    one.tell(OTHER, joined(101, NUMBER))
    one.tell(OTHER, done(OTHER, 102, facts.WorksFinished, stage="design"))
    one.tell(OTHER, done(OTHER, 103, facts.ProjectVisited, by="HK-M1", purpose="site"))
    one.tell(OTHER, done(OTHER, 104, facts.SpendingRecorded, amount_cny="5.5", on="civil"))
    lead, whole = one.projects[NUMBER], one.projects[NUMBER].state.whole
    assert whole.spent == {"civil": Decimal("5.5"), "design": Decimal(111)}
    assert whole.works["design"].done
    assert [(visit.by, visit.at) for visit in whole.visits] == [("HK-M1", day(103))]
    shared = data_of(lead, "progress_shared")
    assert {event["origin"] for event in shared} == {OTHER}
    assert [
        event["thing"]["works"]["before_application"] for event in shared if event["thing"].get("works")
    ] == [
        True,
        True,
    ]
    one.tell(OTHER, parted(105))
    assert lead.state.whole.spent == {"design": Decimal(100)}
    assert not lead.state.whole.works
    assert not lead.state.whole.visits
    assert one.projects[OTHER].state.spent == Decimal("16.5")
    assert not one.refused


def test_an_application_that_both_have_stays_with_the_one_that_goes_on() -> None:
    """Parted, the other takes back its own word alone; a person's goes before what was said until then."""
    one = province()
    for number in (NUMBER, OTHER):
        one.tell(number, done(number, 1, facts.ApplicationLinked, number="HN-1", by="organisation"))
    one.tell(OTHER, done(OTHER, 2, facts.ApplicationLinked, number="HN-2", by="person"))
    one.tell(OTHER, joined(50, NUMBER))
    lead = one.projects[NUMBER].state
    assert linked(lead) == ["HN-1", "HN-2"]
    one.tell(OTHER, parted(60))
    assert linked(lead) == ["HN-1"]
    assert linked(one.projects[OTHER].state) == ["HN-1", "HN-2"]
    one.tell(OTHER, joined(70, NUMBER))
    one.tell(NUMBER, done(NUMBER, 300, facts.ApplicationUnlinked, number="HN-2"))
    assert linked(lead) == ["HN-1"], "a person finds that it is another project's"


def test_a_visit_is_shared_without_what_was_noted_there() -> None:
    sealed = {"kid": "k", "nonce": "bg==", "ct": "YQ=="}
    one = province()
    one.tell(OTHER, done(OTHER, 2, facts.ProjectVisited, by="HK-M1", purpose="site", notes=sealed))
    one.tell(OTHER, joined(101, NUMBER))
    [event] = data_of(one.projects[NUMBER], "progress_shared")
    assert event["thing"]["visit"]["by"] == "HK-M1"
    assert "YQ==" not in str(event)


def test_the_light_of_the_one_that_goes_on_follows_the_works_of_those_joined_to_it() -> None:
    one = Province()
    one.open(NUMBER, row(0, id="a", expected_energise_on="2026-08-20"))
    one.open(OTHER, row(0, id="b", source=CITY, record="H-7"))
    assert one.projects[NUMBER].state.spoken.light == "green"
    for stage in STAGES:
        one.tell(OTHER, done(OTHER, 1, facts.WorksFinished, stage=stage))
    one.tell(OTHER, joined(2, NUMBER))
    assert one.projects[NUMBER].state.spoken.light is None, "all is done"
    one.tell(OTHER, parted(3))
    assert one.projects[NUMBER].state.spoken.light is not None


def test_time_saved_by_works_that_were_taken_back_is_no_more() -> None:
    one = province()
    one.tell(OTHER, done(OTHER, 1, facts.WorksStarted, stage="design"))
    one.tell(OTHER, joined(50, NUMBER))
    one.tell(NUMBER, done(NUMBER, 60, facts.ApplicationLinked, number="HN-1", by="person"))
    one.tell(NUMBER, done(NUMBER, 61, facts.ApplicationProgressed, number="HN-1", state="accepted"))
    assert shown(one.projects[NUMBER])["saved"] == {"HN-1": 60}
    one.tell(OTHER, parted(70))
    assert shown(one.projects[NUMBER])["saved"] == {}
    one.tell(OTHER, joined(80, NUMBER))
    assert shown(one.projects[NUMBER])["saved"] == {"HN-1": 60}


# ---- ending together


def energised(number: str, at: float) -> list[FactMessage]:
    """An application of a project's own that has electricity."""
    name = f"HN-{number[-1]}"
    return [
        done(number, at, facts.ApplicationLinked, number=name, by="person"),
        done(number, at, facts.ApplicationProgressed, number=name, state="energised"),
    ]


CANCEL = row(60, id="gone", source=PROV, record="P-1", stage="cancelled")


@pytest.mark.parametrize(
    ("ends", "ending"),
    [([CANCEL], "cancelled"), (energised(NUMBER, 60), "energised")],
    ids=["cancelled", "energised"],
)
@pytest.mark.parametrize("late", [False, True], ids=["joined before", "joined after"])
def test_those_that_are_joined_end_with_the_one_they_go_on_under(
    ends: list[FactMessage], ending: str, late: bool
) -> None:
    one = province()
    moves = [(OTHER, joined(50, NUMBER)), (THIRD, joined(51, OTHER))]
    tell(one, [] if late else moves, *PROJECTS)
    one.tell(OTHER, done(OTHER, 52, facts.SpendingRecorded, amount_cny="5", on="civil"))
    one.tell(NUMBER, *ends)
    tell(one, moves if late else [], *PROJECTS)
    for number, lead in ((OTHER, NUMBER), (THIRD, OTHER)):
        file = one.projects[number]
        [heard] = data_of(file, "lead_ended")
        [ended] = data_of(file, "project_ended")
        assert heard == {"lead": lead, "ending": ending}
        assert (ended["ending"], ended["under"]) == (ending, lead), "it says why"
        assert file.closes_at is not None
    assert data_of(one.projects[OTHER], "project_ended")[0]["spent_cny"] == "5"
    assert "under" not in data_of(one.projects[NUMBER], "project_ended")[0]


def test_one_that_is_revived_revives_those_joined_to_it_and_it_may_end_again() -> None:
    one = province()
    tell(one, [(OTHER, joined(50, NUMBER)), (THIRD, joined(51, OTHER))], *PROJECTS)
    before = {number: shown(file) for number, file in one.projects.items()}
    one.tell(NUMBER, CANCEL)
    one.tell(NUMBER, row(61, id="back", source=PROV, record="P-1", stage="lead"))
    for number in (OTHER, THIRD):
        assert said(one.projects[number])[-2:] == ["lead_went_on", "project_revived"]
        assert one.projects[number].closes_at is None
        assert shown(one.projects[number]) == before[number]
    one.tell(NUMBER, row(62, id="again", source=PROV, record="P-1", stage="cancelled"))
    assert [one.projects[number].ending for number in PROJECTS] == ["cancelled"] * 3


def test_parted_from_one_that_has_ended_a_project_goes_on() -> None:
    one, apart = province(), province()
    one.tell(OTHER, joined(50, NUMBER))
    one.tell(NUMBER, CANCEL)
    apart.tell(NUMBER, CANCEL)
    one.tell(OTHER, parted(61))
    for number in (NUMBER, OTHER):
        assert shown(one.projects[number]) == shown(apart.projects[number])
    assert said(one.projects[OTHER])[-1] == "project_revived"
    one.tell(NUMBER, row(62, id="back", source=PROV, record="P-1", stage="lead"))
    one.tell(OTHER, joined(63, NUMBER))
    assert one.projects[OTHER].ending is None, "what it heard before it was parted is not the last word"


def test_one_that_ended_by_itself_stays_ended_and_open_until_the_other_has_ended() -> None:
    """Its run is there to be told, and its feed may still say that it goes on."""
    one = province()
    one.tell(OTHER, joined(50, NUMBER))
    one.tell(OTHER, row(51, id="no", source=CITY, record="H-7", stage="cancelled"))
    one.tell(NUMBER, row(52, id="yes", source=PROV, record="P-1", stage="construction"))
    assert (one.projects[NUMBER].ending, one.projects[OTHER].ending) == (None, "cancelled")
    assert one.projects[OTHER].closes_at is None
    one.tell(NUMBER, row(60, id="gone", source=PROV, record="P-1", stage="cancelled"))
    closes = one.projects[OTHER].closes_at
    lead_closes = one.projects[NUMBER].closes_at
    assert closes is not None
    assert lead_closes is not None
    assert closes > lead_closes, "the other may come back until it closes"
    assert said(one.projects[OTHER]).count("project_ended") == 1


def test_joined_in_a_circle_nobody_holds_the_other_at_its_end() -> None:
    one = province()
    for place, (number, into) in enumerate(((NUMBER, OTHER), (OTHER, THIRD), (THIRD, NUMBER))):
        one.tell(number, joined(50 + place, into))
    one.tell(NUMBER, CANCEL)
    assert [one.projects[number].ending for number in PROJECTS] == ["cancelled"] * 3
    one.tell(NUMBER, row(61, id="back", source=PROV, record="P-1", stage="lead"))
    assert [one.projects[number].ending for number in PROJECTS] == [None] * 3


@settings(deadline=None, max_examples=60)
@given(TOLD, TOLD)
def test_a_new_run_goes_on_with_what_was_shared(before: list[Any], after: list[Any]) -> None:
    """Each project continued as new in between is as if it had been one run."""
    one, other = province(), province()
    for each in (one, other):
        tell(each, before, *PROJECTS)
        each.tell(OTHER, joined(100, NUMBER))
    for number, file in other.projects.items():
        start = file.start.model_copy(update={"state": file.handed_over()})
        whole = ProjectStart.model_validate_json(start.model_dump_json())
        other.projects[number] = ProjectFile(whole, day(other.clock))
    for each in (one, other):
        tell(each, after, *PROJECTS)
        each.tell(OTHER, parted(103))
    for number in PROJECTS:
        assert shown(one.projects[number]) == shown(other.projects[number])
