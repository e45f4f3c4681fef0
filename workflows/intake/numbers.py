"""The numbers that intake gives out, and how they are told from upstream's own references."""

import re

from workflows.policy.model import Policy

CONNECTION, PROJECT = "connection", "project"
"""The streams whose subjects have numbers of ours."""

ROSTER = "roster"
"""The stream of facts about staff, whose subjects are called by their staff ids."""

_MARKS = {CONNECTION: "", PROJECT: "K"}
"""What stands between the profile's prefix and the year: no project looks like an application."""

_FORM = re.compile(r"([A-Z]{2,7})-\d{4}-\d{6,}")


def prefix_of(policy: Policy, stream: str) -> str:
    """Return what the numbers of a stream begin with."""
    return policy.prefix + _MARKS.get(stream, "")


def prefixes_of(policy: Policy) -> set[str]:
    """Return what the numbers of a profile begin with, whatever their stream."""
    return {prefix_of(policy, stream) for stream in _MARKS}


def prefix_in(name: str) -> str | None:
    """Return what a name begins with that has the form of a number; None for any other."""
    form = _FORM.fullmatch(name)
    return form[1] if form else None


def is_project_number(policy: Policy | None, name: str | None) -> bool:
    """Whether a name has the form of a project's number."""
    return policy is not None and name is not None and prefix_in(name) == prefix_of(policy, PROJECT)
