"""The same profile as it was before the measures, so that a case can be run under the old ways."""

from collections.abc import Iterable

from events.canonical import digest
from workflows.policy.document_rows import DocumentItem
from workflows.policy.model import Policy
from workflows.policy.rows import Limit, Process


def before(policy: Policy) -> Policy:
    """Return the policy with the former ways in place of today's, under a version of its own.

    The former processes are the ones in use, documents are asked for at their former steps, limits are the
    former processes'; there are no promises for the whole, no stated counts and no bound on trips. Only the
    boundary rules that are older than the measures remain. Kinds without a known former process keep
    today's, and so do calendar, staff, regions, pauses and duties.
    """
    versions = tuple(sorted(policy.boundary_versions, key=lambda version: version.order))[-1:]
    rules = [rule for rule in policy.boundary_rules if rule.before]
    old = policy.model_copy(
        update={
            "processes": tuple(_processes(policy)),
            "documents": tuple(_documents(policy)),
            "limits": tuple(_limits(policy)),
            "boundary_versions": versions,
            "boundary_rules": tuple(rule for rule in rules if rule.version == versions[-1].code),
            "targets": (),
            "counts": (),
            "visits": (),
        }
    )
    return old.model_copy(update={"version": version_of(old)})


def version_of(policy: Policy) -> str:
    """Return the hash of a policy's content."""
    return digest(policy.model_dump(mode="json", exclude={"version"}))


def _former_kinds(policy: Policy) -> set[str]:
    return {kind for process in policy.processes if not process.now for kind in process.kinds}


def _processes(policy: Policy) -> Iterable[Process]:
    """The former processes as today's; what of today's they do not replace. A process that connects nobody
    replaces none and is replaced by none."""
    replaced = _former_kinds(policy)
    for process in policy.processes:
        if not process.now or not process.kinds:
            yield process.model_copy(update={"now": True})
        elif kinds := tuple(kind for kind in process.kinds if kind not in replaced):
            yield process.model_copy(update={"kinds": kinds})


def _documents(policy: Policy) -> Iterable[DocumentItem]:
    """Documents at their former step; one that is shared with a kind that keeps today's ways stays for it."""
    replaced = _former_kinds(policy)
    for item in policy.documents:
        former = tuple(kind for kind in item.kinds if kind in replaced)
        if former and item.step_before is not None:
            yield item.model_copy(update={"kinds": former, "step_now": item.step_before, "waived": ()})
        if staying := tuple(kind for kind in item.kinds if kind not in replaced):
            yield item.model_copy(update={"kinds": staying})


def _limits(policy: Policy) -> Iterable[Limit]:
    """Limits of the processes that are in use then."""
    used = {process.code for process in _processes(policy)}
    return (row for row in policy.limits if row.process in used)
