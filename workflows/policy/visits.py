"""How many trips to a counter a customer may need."""

from events.catalogue.traits import Kind, Traits
from workflows.policy.conditions import holds
from workflows.policy.model import Policy


def allowed(policy: Policy, traits: Traits, kind: Kind | None = None) -> int | None:
    """Return the largest number of trips, or None where the policy sets none."""
    return next((rule.allowed for rule in policy.visits if holds(rule.when, traits, kind)), None)
