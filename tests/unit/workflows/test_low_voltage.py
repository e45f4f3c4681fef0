"""Low voltage: application, survey and metering."""

from events.catalogue import connection_facts as facts
from tests.unit.workflows.telling import HOUSEHOLD, SHOP, Story, data_of, household, said


def test_a_household_is_surveyed_and_metered_on_one_visit() -> None:
    case, reading = household().read()
    assert not reading.left
    assert case.ending == "energised"
    assert case.site_visits == 1
    assert data_of(case, "boundary_decided")[0]["boundary"] == "meter"


def test_a_visit_without_metering_conditions_falls_back_to_a_second_within_the_same_step() -> None:
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **HOUSEHOLD)
        .tell(1, facts.SurveyCompleted, supporting_works=False, metering_conditions=False)
        .tell(20, facts.SurveyCompleted, supporting_works=False)
        .tell(20.1, facts.MeterFitted, meter_no="M1")
        .tell(20.2, facts.Energised)
    )
    case, reading = story.read()
    assert not reading.left
    assert "step_overdue" not in said(case)
    entered = [one["step"] for one in data_of(case, "receipt_issued") if one["cause"] == "step_entered"]
    assert entered == ["application", "survey_and_metering"]
    assert [one["visit"] for one in data_of(case, "survey_completed")] == [1, 2]


def test_works_come_between_survey_and_meter() -> None:
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **SHOP)
        .tell(1, facts.SurveyCompleted, supporting_works=True)
        .tell(2, facts.SupportingWorksStarted)
        .tell(7, facts.SupportingWorksCompleted)
        .tell(8, facts.MeterFitted, meter_no="M1")
        .tell(8, facts.Energised)
    )
    case, reading = story.read()
    assert not reading.left
    (elapsed,) = data_of(case, "elapsed_measured")
    assert (elapsed["target_statistic"], elapsed["target_days"], elapsed["on_time"]) == ("limit", 11, True)


def test_eleven_days_bind_each_shop_however_its_steps_went() -> None:
    story = (
        Story()
        .tell(0, facts.ApplicationSubmitted, **SHOP)
        .tell(2, facts.SurveyCompleted, supporting_works=True)
        .tell(10, facts.SupportingWorksCompleted)
        .tell(12, facts.MeterFitted, meter_no="M1")
        .tell(12, facts.Energised)
    )
    case, _ = story.read()
    (late,) = data_of(case, "step_overdue")
    assert (
        late["due_at"] == "2026-06-12T15:59:59.999999Z"
    )  # day eleven after 1 June, though the step had longer
    assert data_of(case, "elapsed_measured")[0]["on_time"] is False


def test_a_household_owes_no_trip_to_a_counter() -> None:
    story = household()
    story.tell(0.5, facts.CustomerVisited, office="海口营业厅")
    case, _ = story.read()
    assert data_of(case, "visit_counted") == [
        {"office": "海口营业厅", "count": 1, "allowed": 0, "wrong_notice": False}
    ]
