"""Which process an application goes through, and how many steps the customer has, before and now."""

from events.catalogue.traits import Kind, Traits
from events.errors import MingdianError
from workflows.policy.model import Policy
from workflows.policy.rows import Process, StatedCount


def process_for(policy: Policy, traits: Traits) -> Process:
    """Return today's process for these traits.

    Raises MingdianError `no_process` when the profile connects nobody of this kind.
    """
    kind = traits.connection_kind
    for process in policy.processes:
        if process.now and kind in process.kinds:
            return process
    raise MingdianError("no_process", f"Profile {policy.profile} has no process for {kind}. Add one to it.")


def customer_steps(process: Process) -> int:
    """Return how many steps the customer takes part in; the utility's own works are none of them."""
    return sum(step.customer_step for step in process.steps)


def counts(policy: Policy) -> dict[Kind, tuple[int | None, int]]:
    """Return per kind the customer's steps (before, now); before is None where no former process is known."""
    before = {kind: customer_steps(p) for p in policy.processes if not p.now for kind in p.kinds}
    now = {kind: customer_steps(p) for p in policy.processes if p.now for kind in p.kinds}
    return {kind: (before.get(kind), count) for kind, count in now.items()}


def stated(policy: Policy, of: str, kind: Kind) -> StatedCount | None:
    """Return what the measures themselves state about steps or documents of a kind."""
    return next((row for row in policy.counts if row.of == of and kind in row.kinds), None)
