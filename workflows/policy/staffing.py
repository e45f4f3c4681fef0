"""Who answers for a case: spread evenly and the same at every replay."""

import hashlib

from events.catalogue.connection_events import Officer
from events.errors import MingdianError
from workflows.policy.model import CaseSlice

MANAGER = "account_manager"
"""客户经理: the one owner of a case."""

SUPERVISOR = "supervisor"
"""监督人."""


def assign(case: CaseSlice, number: str) -> tuple[Officer, Officer]:
    """Return the case's manager and supervisor, never the same person.

    Raises MingdianError `no_staff` where the team is too small; the loader keeps such a profile out.
    """
    manager = holder(case, MANAGER, number)
    others = [officer for officer in case.team.get(SUPERVISOR, ()) if officer != manager]
    if manager is None or not others:
        raise MingdianError(
            "no_staff", f"Region {case.region} lacks a manager or a supervisor. Add one to the team."
        )
    return manager, others[_spread(number, len(others))]


def holder(case: CaseSlice, role: str, number: str) -> Officer | None:
    """Return who holds a role for this case, or None when nobody in the region's team does."""
    officers = case.team.get(role, ())
    return officers[_spread(number, len(officers))] if officers else None


def _spread(number: str, size: int) -> int:
    # Not hash(): it differs from process to process, and a replay would name another person.
    return int.from_bytes(hashlib.sha256(number.encode()).digest()[:8]) % size
