"""Which process an application goes through, and how many steps the customer has, before and now."""

from events.catalogue.traits import Kind, Traits
from events.errors import MingdianError
from workflows.policy.conditions import holds
from workflows.policy.lifecycles import LATE_DISPUTE
from workflows.policy.model import Policy
from workflows.policy.rows import Process, StatedCount, Step


def kind_for(policy: Policy, traits: Traits) -> Kind:
    """Return the kind under which an application is handled: its voltage's, or what a treatment says."""
    treated = next((row.kind for row in policy.treatments if holds(row.when, traits)), None)
    return treated or traits.connection_kind


def process_for(policy: Policy, traits: Traits) -> Process:
    """Return today's process for these traits.

    Raises MingdianError `no_process` when the profile connects nobody of this kind.
    """
    kind = kind_for(policy, traits)
    for process in policy.processes:
        if process.now and kind in process.kinds:
            return process
    raise MingdianError("no_process", f"Profile {policy.profile} has no process for {kind}. Add one to it.")


def dispute_process(policy: Policy) -> Process:
    """Return the process of a dispute that comes after its case was closed.

    Raises MingdianError `no_late_disputes` when the profile has none.
    """
    for process in policy.processes:
        if process.now and process.workflow == LATE_DISPUTE:
            return process
    raise MingdianError(
        "no_late_disputes",
        "The case is closed, and this profile takes no disputes after that. Use another way of complaint.",
    )


def steps_of(process: Process, traits: Traits, kind: Kind | None = None) -> tuple[Step, ...]:
    """Return the steps that such a case has; one that it has not is passed over by the step before it."""
    kept = {step.code: step for step in process.steps if holds(step.when, traits, kind)}
    following = {step.code: step.next for step in process.steps}

    def next_kept(code: str | None) -> str | None:
        while code is not None and code not in kept:
            code = following[code]
        return code

    return tuple(step.model_copy(update={"next": next_kept(step.next)}) for step in kept.values())


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
