"""What a person decides about projects reaches intake under the platform's own source, once a decision."""

from deploy import projects
from deploy.processes import projector as projector_process
from deploy.profiles.loader import load_profile
from deploy.settings import Settings
from projections.prestart.fold import Prestart
from projections.prestart.state import ProjectState
from tests.integration.upstreams import at_work, upstream_of
from tests.unit.projections.logs import folded, logged
from tests.unit.projections.projects import Project

NUMBER, OTHER = "HNK-2026-990001", "HNK-2026-990002"
"""Numbers that nobody was given."""


async def test_a_decision_about_nobody_is_refused_and_may_be_told_again(settings: Settings) -> None:
    policy = load_profile(settings.profiles[0])
    row = folded(Prestart(), logged(Project(NUMBER).opened().events()))[(NUMBER,)]
    decision = projects.joined(ProjectState.model_validate(row["state"]), OTHER, "km01")
    async with (
        at_work(settings, others=[projector_process.run]),
        upstream_of(settings, "decisions") as upstream,
    ):
        for _ in range(2):
            fate = await projects.decide(settings, policy, decision)
            assert (fate.outcome, fate.code) == ("refused", "unknown_number")
        told = await upstream.rows(
            "SELECT id, type, source FROM intake.inbox WHERE alias = %s ORDER BY seq", NUMBER
        )
    kind = "mingdian.fact.project.project_joined.v1"
    names = [f"project-joined:{NUMBER}:{OTHER}", f"project-joined:{NUMBER}:{OTHER}:again:1"]
    assert told == [(name, kind, policy.source) for name in names]
