"""A key project from its first row to its end: what it says of itself, whatever it hears."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from events.catalogue import project_events as says
from events.catalogue import project_facts as facts
from events.catalogue import project_sharing_facts as sharing
from events.catalogue.base import Fact
from events.catalogue.registry import EVENT_MODELS
from tests.unit.workflows.projecting import CITY, NUMBER, PROV, data_of, day, fact, heard, opened, row, said
from workflows.policy import intentions
from workflows.project_state import values_of

STAGES = ("design", "permits", "civil", "electrical", "commissioning")


def works(at: float, kind: type[Any], stage: str) -> Any:
    """A stage begins or is done."""
    return fact(at, kind, id=f"{kind.__name__}-{stage}", stage=stage)


def test_the_first_row_opens_a_project_with_a_team_and_a_stage() -> None:
    file = opened(row(0, id="r1", stage="approved"))
    assert said(file) == ["project_opened", "team_assigned", "intention_recorded", "stage_reached"]
    [opening] = data_of(file, "project_opened")
    assert opening == {"feed": "prov", "record": "P-1", "region": "460100"}
    [team] = data_of(file, "team_assigned")
    assert team["engineers"]
    assert team["supervisor"] not in (team["manager"], *team["engineers"])
    assert {one.draft.causationid for one in file.queue} == {f"{PROV}|r1"}


def test_an_older_row_is_recorded_and_never_wins() -> None:
    file = heard([row(5, id="new", stage="permitted"), row(1, id="old", stage="approved", site="旧址")])
    assert said(file).count("intention_recorded") == 2
    [record] = file.state.records
    assert (record.row.stage, record.row.site) == ("permitted", None)
    assert [one["stage"] for one in data_of(file, "stage_reached")] == ["permitted"]


def test_a_value_is_that_of_the_newest_row_that_says_it_and_differences_are_seen() -> None:
    file = heard(
        [
            row(1, id="a", organisation="甲公司", investment_cny="100", voltage_kv="110"),
            row(2, id="b", source=CITY, record="H-7", organisation="乙公司"),
        ]
    )
    standing = file.state.records
    values = values_of(file.state, standing)
    assert values["organisation"] == "乙公司"
    assert values["voltage_kv"] == Decimal(110)
    assert intentions.conflicts(standing) == {"organisation": ("乙公司", "甲公司")}


def test_a_record_that_left_its_feed_counts_only_where_there_is_no_other() -> None:
    gone = fact(3, facts.IntentionGone, id="g", source=PROV, record="P-1")
    file = heard(
        [row(2, id="a", stage="permitted"), row(1, id="b", source=CITY, record="H", stage="lead"), gone]
    )
    assert file.state.spoken.stage == "lead"
    assert intentions.conflicts(file.state.records) == {}
    alone = heard([row(2, id="a", stage="permitted"), gone])
    assert alone.state.spoken.stage == "permitted"
    back = heard([row(2, id="a"), gone, row(4, id="c", stage="construction")])
    assert back.state.records[0].gone_at is None


def test_an_old_region_code_is_never_stored() -> None:
    old, today = next(iter(opened(row(0, id="r")).policy.aliases.items()))
    file = opened(row(0, id="r1", region=old))
    assert file.policy.region == today
    assert file.state.records[0].row.region == today


def test_the_substation_is_judged_by_the_largest_load_and_anew_when_that_changes() -> None:
    load = [{"year": 2027, "capacity_kva": "8000"}, {"year": 2028, "capacity_kva": "20000"}]
    file = heard(
        [
            row(0, id="r"),
            fact(1, facts.SubstationProposed, id="s", substation="洋浦变", available_kva="15000"),
            fact(2, facts.LoadPlanned, id="l", load=load),
            fact(3, facts.LoadPlanned, id="m", load=load[:1]),
        ]
    )
    verdicts = [(one.get("needed_kva"), one.get("enough")) for one in data_of(file, "substation_proposed")]
    assert verdicts == [(None, None), ("20000", False), ("8000", True)]
    times = [one.draft.time for one in file.queue if one.draft.type == says.SubstationProposed.type]
    assert times == sorted(set(times)), "the last word on it must be the last by time"


def test_a_load_plan_agreed_with_the_customer_goes_before_what_feeds_expect() -> None:
    file = heard(
        [
            row(9, id="r", load=[{"year": 2027, "capacity_kva": "1"}], expected_energise_on="2027-01-01"),
            fact(1, facts.LoadPlanned, id="l", load=[{"year": 2027, "capacity_kva": "9"}]),
        ]
    )
    values = values_of(file.state, file.state.records)
    assert values["load"][0].capacity_kva == 9
    assert values["expected_energise_on"] == date(2027, 1, 1)


def test_money_adds_up_and_is_told_at_the_end() -> None:
    file = heard(
        [
            row(0, id="r"),
            fact(1, facts.SpendingRecorded, id="s1", amount_cny="100.50", on="design"),
            fact(2, facts.SpendingRecorded, id="s2", amount_cny="0.25", on="civil"),
            row(3, id="c", stage="cancelled"),
        ]
    )
    assert [one["total_cny"] for one in data_of(file, "spending_recorded")] == ["100.50", "100.75"]
    [ended] = data_of(file, "project_ended")
    assert ended == {"ending": "cancelled", "spent_cny": "100.75"}


def test_a_cancelled_project_comes_back_when_its_feed_says_so() -> None:
    file = heard([row(0, id="r"), row(1, id="c", stage="cancelled"), row(2, id="n", stage="construction")])
    assert said(file)[-2:] == ["stage_reached", "project_revived"]
    assert file.closes_at is None
    assert file.ending is None


def test_a_person_cancels_a_project_with_a_reason_that_is_sealed() -> None:
    reason = {"kid": "k", "nonce": "bg==", "ct": "YQ=="}
    cancelled = fact(5, facts.ProjectCancelled, id="c", reason=reason)
    file = heard([row(0, id="r"), cancelled])
    [ended] = data_of(file, "project_ended")
    assert ended["reason"] == reason
    assert file.closes_at is not None
    assert (file.closes_at - day(5)).days == file.policy.reopen_days
    later_row = heard([row(0, id="r"), row(6, id="n", stage="construction")], now=day(7))
    told = later_row.take(cancelled, day(7))
    assert (told.fate, told.code) == ("impossible", "goes_on")


def test_it_ends_with_electricity_when_all_its_applications_have_it() -> None:
    def told(number: str, state: str, at: float) -> Any:
        return fact(at, facts.ApplicationProgressed, id=f"{number}-{state}", number=number, state=state)

    def link(number: str) -> Any:
        return fact(1, facts.ApplicationLinked, id=f"l-{number}", number=number, by="person")

    file = heard([row(0, id="r"), link("HN-1"), link("HN-2"), told("HN-1", "energised", 5)])
    assert said(file)[-1] == "application_progressed"
    file.take(told("HN-2", "withdrawn", 6), day(6))
    assert file.ending == "energised"
    assert data_of(file, "project_ended")[0]["ending"] == "energised"
    file.take(fact(7, facts.ApplicationUnlinked, id="u", number="HN-1"), day(7))
    assert said(file)[-1] == "project_revived"
    told_late = heard([row(0, id="r"), told("HN-1", "energised", 5)])
    assert told_late.ending is None, "an application that is nobody's ends nothing"
    told_late.take(link("HN-1"), day(6))
    assert told_late.ending == "energised"


@pytest.mark.parametrize(
    ("started", "finished", "accepted", "days"),
    [(1, None, 31, 30), (1, 11, 31, 10), (40, None, 31, 0), (1, 51, 31, 30)],
)
def test_the_time_saved_is_that_by_which_the_works_were_ahead(
    started: float, finished: float | None, accepted: float, days: int
) -> None:
    told = [row(0, id="r"), *(works(started, facts.WorksStarted, stage) for stage in STAGES)]
    if finished is not None:
        told += [works(finished, facts.WorksFinished, stage) for stage in STAGES]
    told += [
        fact(accepted, facts.ApplicationLinked, id="l", number="HN-1", by="number"),
        fact(accepted, facts.ApplicationProgressed, id="p", number="HN-1", state="accepted"),
    ]
    saved = data_of(heard(told), "lead_time_saved")[-1]
    assert saved["number"] == "HN-1"
    assert saved["days"] == days
    assert saved["accepted_on"] == day(accepted).date().isoformat()


def test_works_that_start_before_anybody_applies_say_so() -> None:
    file = heard(
        [
            row(0, id="r"),
            works(1, facts.WorksStarted, "design"),
            fact(2, facts.ApplicationLinked, id="l", number="HN-1", by="number"),
            works(3, facts.WorksStarted, "civil"),
        ]
    )
    assert [one["before_application"] for one in data_of(file, "works_started")] == [True, False]


def test_a_linked_application_learns_of_its_project_once_and_of_the_parting() -> None:
    file = heard([row(0, id="r"), fact(1, facts.ApplicationLinked, id="l", number="HN-1", by="person")])
    file.take(fact(1, facts.ApplicationLinked, id="l2", number="HN-1", by="person"), day(2))
    file.take(fact(3, facts.ApplicationUnlinked, id="u", number="HN-1"), day(3))
    assert [(one.subject, one.type.split(".")[-2]) for one in file.letters] == [
        ("HN-1", "project_linked"),
        ("HN-1", "project_unlinked"),
    ]
    assert file.letters[0].data == {"project": NUMBER, "by": "person"}


def test_every_fact_has_a_place_in_a_project_and_says_something() -> None:
    """An applied fact without an event would look lost."""
    told: dict[type[Fact], dict[str, Any]] = {
        facts.IntentionGone: {"record": "P-1"},
        facts.LoadPlanned: {"load": [{"year": 2027, "capacity_kva": "1"}]},
        facts.SubstationProposed: {"substation": "洋浦变"},
        facts.WorksScheduled: {"stage": "civil", "starts_on": "2026-05-01", "ends_on": "2026-06-01"},
        facts.WorksStarted: {"stage": "civil"},
        facts.WorksFinished: {"stage": "civil"},
        facts.SpendingRecorded: {"amount_cny": "1", "on": "civil"},
        facts.TemporarySupplyArranged: {"capacity_kva": "200", "from_on": "2026-05-01"},
        facts.RelocationReported: {"line": "10kV 某线", "state": "needed"},
        facts.ProjectVisited: {"by": "HK-M1", "purpose": "load"},
        facts.MilestoneReached: {"milestone": "load_agreed"},
        facts.ApplicationLinked: {"number": "HN-1", "by": "person"},
        facts.ApplicationUnlinked: {"number": "HN-1"},
        facts.ApplicationProgressed: {"number": "HN-1", "state": "accepted"},
        facts.ProjectJoined: {"into": "HNK-2026-000009", "decided_by": "HK-M1"},
        facts.ProjectParted: {"decided_by": "HK-M1"},
        facts.MatchDismissed: {"other": "HNK-2026-000009", "decided_by": "HK-M1"},
        facts.RowShared: {
            "origin": "HNK-2026-000008",
            "feed": "prov",
            "row": {"record": "X", "project_name": "某", "region": "460100"},
            "row_at": day(1).isoformat(),
        },
        facts.RowsParted: {"origin": "HNK-2026-000008"},
        sharing.ProgressShared: {
            "origin": "HNK-2026-000008",
            "owner": "HNK-2026-000008",
            "name": "spending:civil",
            "thing": {"spending": {"on": "civil", "amount_cny": "1"}},
        },
        sharing.LeadEnded: {"lead": "HNK-2026-000009", "ending": "cancelled"},
        sharing.LeadWentOn: {"lead": "HNK-2026-000009"},
        facts.ProjectCancelled: {},
    }
    assert {facts.IntentionReported, *told} == {*facts.FACTS, *sharing.FACTS}
    file = opened(row(0, id="r"))
    for place, (kind, data) in enumerate(told.items(), 1):
        source = PROV if kind is facts.IntentionGone else "/upstream/console"
        before = len(file.queue)
        outcome = file.take(fact(place, kind, id=f"f{place}", source=source, **data), day(place))
        assert outcome.fate == "applied", (kind, outcome)
        causes = [one.draft.causationid for one in file.queue[before:]]
        assert f"{source}|f{place}" in causes, kind
        for one in file.queue[before:]:
            EVENT_MODELS[one.draft.type].model_validate(one.draft.data)


def test_the_same_fact_again_is_answered_as_it_was_and_changes_nothing() -> None:
    file = heard([row(0, id="r")])
    spent = fact(1, facts.SpendingRecorded, id="s", amount_cny="5", on="civil")
    wrong = fact(1, facts.ProjectParted, id="p", decided_by="HK-M1")
    for _ in range(2):
        assert file.take(spent, day(1)).fate == "applied"
        assert file.take(wrong, day(1)).code == "not_joined"
    assert len(data_of(file, "spending_recorded")) == 1


@pytest.mark.parametrize(
    ("kind", "data", "code"),
    [
        (facts.ProjectJoined, {"into": NUMBER, "decided_by": "HK-M1"}, "joined_to_itself"),
        (facts.ProjectParted, {"decided_by": "HK-M1"}, "not_joined"),
        (
            facts.WorksScheduled,
            {"stage": "civil", "starts_on": "2026-06-01", "ends_on": "2026-05-01"},
            "ends_before_it_starts",
        ),
        (facts.IntentionGone, {"record": "P-1"}, "unknown_feed"),
    ],
)
def test_what_has_no_place_is_refused_with_a_reason(kind: Any, data: dict[str, Any], code: str) -> None:
    told = opened(row(0, id="r")).take(fact(1, kind, id="x", **data), day(1))
    assert (told.fate, told.code) == ("impossible", code)
    assert told.sentence


def test_a_closed_project_takes_nothing() -> None:
    file = heard([row(0, id="r"), row(1, id="c", stage="cancelled")])
    file.close(day(200))
    assert said(file)[-1] == "project_closed"
    assert file.take(row(2, id="n"), day(200)).code == "case_closed"


def test_it_goes_on_from_what_a_former_run_hands_over() -> None:
    told = [row(0, id="r"), fact(1, facts.SpendingRecorded, id="s", amount_cny="5", on="civil")]
    file = heard(told)
    state = type(file.state).model_validate_json(file.handed_over().model_dump_json())
    again = type(file)(file.start.model_copy(update={"state": state}), day(2))
    assert again.queue == []
    assert again.take(told[1], day(2)).fate == "applied"
    assert again.queue == [], "known from the former run"
    again.take(fact(2, facts.SpendingRecorded, id="t", amount_cny="1", on="civil"), day(2))
    assert data_of(again, "spending_recorded")[0]["total_cny"] == "6"
