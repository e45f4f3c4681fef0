"""What the personnel department tells in the demo is sound, and leaves everybody where he was."""

from datetime import UTC, datetime

from deploy.demo.personnel import personnel_facts
from events.catalogue import roster_facts
from events.cloudevents import read_structured
from tests.unit.demo.world import LARGEST, policy
from workflows.intake.checks import check

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def test_each_is_taken_under_an_id_of_its_own_and_everybody_is_back() -> None:
    told = [one for run in (1, 2) for one in personnel_facts(policy(), 1, run, NOW)]
    assert len({(one.source, one.id) for one in told}) == len(told) == 8
    days: dict[str, set[str]] = {}
    for one in told:
        checked = check(read_structured(one.body), {"hainan": policy()}, NOW, LARGEST)
        assert checked.problems == ()
        match checked.fact:
            case roster_facts.AbsenceReported(staff_id=name, first=first):
                days.setdefault(name, set()).add(str(first))
            case roster_facts.DepartureReported(staff_id=name, on=on):
                days.setdefault(name, set()).add(str(on))
            case roster_facts.ReturnReported(staff_id=name, on=on):
                days[name].remove(str(on))
    assert not any(days.values())


def test_a_profile_that_lists_no_personnel_hears_none() -> None:
    assert personnel_facts(policy().model_copy(update={"personnel": ()}), 1, 1, NOW) == []
