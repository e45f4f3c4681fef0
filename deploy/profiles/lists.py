"""How the feeds of a profile are read: `feeds/*.toml` of its folder, one file a feed."""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from deploy.errors import UserError
from deploy.profiles.loader import ProfileError, load_profile
from events.catalogue.project_facts import Stage
from workflows.policy.lists import YES_OR_NO, ListTable, region_of
from workflows.policy.model import Policy
from workflows.policy.regions import resolve

FOLDER = "feeds"
STAGES: tuple[str, ...] = get_args(Stage)


def load_lists(folders: Iterable[Path]) -> dict[str, ListTable]:
    """Return how each feed's own list is read, by the source of the feed; a feed without a file sends
    CloudEvents alone.

    Raises ProfileError that names each faulty file.
    """
    found: dict[str, ListTable] = {}
    for folder in folders:
        policy, told = load_profile(folder), []
        for path in sorted((folder / FOLDER).glob("*.toml")):
            try:
                table = read_list_table(path)
                found[source_of(table, policy)] = table
            except UserError as error:
                told.append(error.message)
        if told:
            raise ProfileError(folder, told)
    return found


def read_list_table(path: Path) -> ListTable:
    """Read one file. Raises UserError that names each fault in it."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError("bad_mapping", f"The mapping {path} can't be read: {error}. Correct it.") from None
    return list_table(path, content)


def list_table(path: Path, content: dict[str, Any]) -> ListTable:
    """Return what a file says. Raises UserError that names each fault in it."""
    try:
        return ListTable.model_validate(content)
    except ValidationError as error:
        faults = "; ".join(
            f"{_place(e['loc'])}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors(include_url=False, include_input=False)
        )
        raise UserError("bad_mapping", f"The mapping {path} is wrong: {faults}. Correct it.") from None


def source_of(table: ListTable, policy: Policy) -> str:
    """Return under which source a list's rows come.

    Raises UserError where the profile has no such feed, or a word of the mapping means what there is not.
    """
    found = next((one.upstream for one in policy.feeds if one.id == table.feed), None)
    if found is None or table.profile != policy.profile:
        listed = ", ".join(one.id for one in policy.feeds) or "none"
        raise UserError(
            "unknown_feed",
            f"Profile {policy.profile} has no feed {table.feed} of {table.profile}. Its feeds are: {listed}.",
        )
    if told := list(_meaningless(table, policy)):
        words = f"The mapping of feed {table.feed} is wrong: {'; '.join(told)}. Correct it."
        raise UserError("bad_mapping", words)
    return found


def _meaningless(table: ListTable, policy: Policy) -> Iterator[str]:
    """What the words of a mapping lead to and no table or model has."""
    for rule in table.fields:
        meant = [*rule.values.values(), *([] if rule.constant is None else [str(rule.constant)])]
        for word in dict.fromkeys(meant):
            if rule.name == "region" and not _is_region(policy, word):
                yield f"region: {word} is no region of the profile"
            elif rule.name == "stage" and word not in STAGES:
                yield f"stage: {word} is none of {', '.join(STAGES)}"
            elif rule.name in YES_OR_NO and word.lower() not in {"true", "false"}:
                yield f"{rule.name}: {word} is neither true nor false"


def _is_region(policy: Policy, word: str) -> bool:
    try:
        return resolve(policy, region_of(policy, word)) is not None
    except ValueError:
        return False


def _place(where: tuple[int | str, ...]) -> str:
    """`("field", 2, "unit")` → `field 3 unit`: people count from one."""
    return " ".join(str(part + 1) if isinstance(part, int) else part for part in where) or "as a whole"
