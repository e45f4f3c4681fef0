"""What people may choose by on the command line: one of a few words, an area by its code or its name."""

from collections.abc import Sequence

from deploy.errors import UserError
from workflows.policy.model import Policy
from workflows.policy.regions import resolve


def known(value: str | None, words: Sequence[str], what: str) -> str | None:
    """Return one of the known words, or None where none was asked for. Raises UserError for another."""
    if value is not None and value not in words:
        raise UserError(what, f"No {what} {value}. There are: {', '.join(words)}.")
    return value


def region(policy: Policy, asked: str | None) -> str | None:
    """Return the code of an area that is named in either language, by its code or an old one."""
    if asked is None:
        return None
    for one in policy.regions:
        if asked.casefold() in (one.name.zh, one.name.zh.removesuffix("市"), one.name.en.casefold()):
            return one.code
    code = resolve(policy, asked)
    return code or known(asked, [one.code for one in policy.regions], "region")
