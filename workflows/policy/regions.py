"""The regions of a profile and the old codes that still reach us."""

from workflows.policy.model import Policy
from workflows.policy.rows import Region


def resolve(policy: Policy, code: str) -> str | None:
    """Return the code in force for a code or an old alias of one; None for an unknown one.

    An old code that is another county's today can't be told apart: it means today's county.
    """
    if any(region.code == code for region in policy.regions):
        return code
    return next((region.code for region in policy.regions if code in region.aliases), None)


def region(policy: Policy, code: str) -> Region | None:
    """Return the region behind a code or alias."""
    resolved = resolve(policy, code)
    return next((row for row in policy.regions if row.code == resolved), None)
