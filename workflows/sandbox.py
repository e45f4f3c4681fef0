"""The sandbox that lifecycles run in: our own pure modules and pydantic pass through it, all else is watched.

An import inside the sandbox can outlast the two seconds that a workflow task has on a busy machine.
"""

from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

_PURE = (
    "opentelemetry",
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "rfc8785",
    "events",
    "activities",
    "workflows",
)


def runner() -> SandboxedWorkflowRunner:
    """Return the runner for workers and replayers."""
    return SandboxedWorkflowRunner(restrictions=SandboxRestrictions.default.with_passthrough_modules(*_PURE))
