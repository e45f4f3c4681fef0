"""What a person decides about projects has the same name however often it is told, and another once it was
undone."""

import pytest

from deploy import projects
from deploy.errors import UserError
from events.catalogue import project_events as says
from events.catalogue import project_facts as facts
from projections.prestart.fold import Prestart
from projections.prestart.state import ProjectState
from tests.unit.projections.logs import folded, logged
from tests.unit.projections.projects import Project

NUMBER, OTHER, APPLICATION = "HNK-2026-000001", "HNK-2026-000002", "HN-2026-000007"


def state_of(project: Project) -> ProjectState:
    return ProjectState.model_validate(folded(Prestart(), logged(project.events()))[(NUMBER,)]["state"])


def test_a_join_is_told_once_until_it_was_parted() -> None:
    project = Project(NUMBER).opened()
    first = projects.joined(state_of(project), OTHER, "km01")
    assert (first.number, first.name) == (NUMBER, f"project-joined:{NUMBER}:{OTHER}")
    assert first.fact == facts.ProjectJoined(into=OTHER, decided_by="km01")
    project.say(3, says.ProjectJoined(into=OTHER, decided_by="km01"))
    assert projects.joined(state_of(project), OTHER, "km02").name == first.name
    parting = projects.parted(state_of(project), "km01")
    project.say(4, says.ProjectParted(parted_from=OTHER, decided_by="km01"))
    again = projects.joined(state_of(project), OTHER, "km01")
    assert again.name != first.name
    project.say(5, says.ProjectJoined(into=OTHER, decided_by="km01"))
    assert projects.parted(state_of(project), "km01").name != parting.name


def test_nothing_goes_on_under_a_closed_project() -> None:
    project = Project(NUMBER).opened().say(3, _ended())
    projects.joinable(state_of(project))
    with pytest.raises(UserError, match="closed"):
        projects.joinable(state_of(project.say(9, says.ProjectClosed(ending="cancelled"))))


def _ended() -> says.ProjectEnded:
    return says.ProjectEnded.model_validate({"ending": "cancelled", "spent_cny": "0"})


def test_a_match_is_ruled_out_once() -> None:
    project = Project(NUMBER).opened()
    first = projects.dismissed(state_of(project), OTHER, "km01")
    project.say(3, says.MatchDismissed(other=OTHER, decided_by="km01"))
    assert projects.dismissed(state_of(project), OTHER, "km01") == first


def test_a_link_is_told_anew_after_it_was_undone() -> None:
    project = Project(NUMBER).opened()
    first = projects.linked(state_of(project), APPLICATION)
    assert first.fact == facts.ApplicationLinked(number=APPLICATION, by="person")
    project.say(3, says.ApplicationLinked(number=APPLICATION, by="person"))
    assert projects.linked(state_of(project), APPLICATION).name == first.name
    undoing = projects.unlinked(state_of(project), APPLICATION)
    project.say(4, says.ApplicationUnlinked(number=APPLICATION))
    assert projects.linked(state_of(project), APPLICATION).name != first.name
    project.say(5, says.ApplicationLinked(number=APPLICATION, by="person"))
    assert projects.unlinked(state_of(project), APPLICATION).name != undoing.name
