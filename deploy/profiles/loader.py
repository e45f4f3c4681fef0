"""Read a profile folder: its tables as a checked `Policy`, its map beside it.

Every `*.toml` of the folder is read. `[defaults]` may give `basis`, `source`, `valid_from` and `valid_to` for
its rows; `[profile]` gives the fields of the profile itself, `[map]` its borders, `[[interfaces]]` how its
channels talk; every other key is a table of the policy. Each table stands in one file only. `released.json`
holds what was released: a row that is not what it was is a fault. Everything wrong is told at once, by file
and row.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ValidationError

from deploy.errors import UserError
from deploy.profiles.interfaces import read_interfaces
from workflows.intake.numbers import prefixes_of
from workflows.policy.faults import Fault
from workflows.policy.integrity import faults
from workflows.policy.interface import Interface
from workflows.policy.model import Policy
from workflows.policy.regimes import version_of
from workflows.policy.release import Release, broken
from workflows.policy.table import Row

GeoJson = dict[str, Any]

_HEAD, _MAP, _DEFAULTS, _INTERFACES = "profile", "map", "defaults", "interfaces"
_INHERITED = ("basis", "source", "valid_from", "valid_to")

RELEASED = "released.json"


class ProfileError(UserError):
    """A profile folder that can't be used: all its faults, one a line."""

    def __init__(self, folder: Path, found: Iterable[str]) -> None:
        self.faults = tuple(found)
        listed = "\n  ".join(self.faults)
        super().__init__("profile_invalid", f"Profile {folder} can't be used. Mend:\n  {listed}")


@dataclass
class _Read:
    """What a folder holds so far: values by field of the policy, the file of each, and the faults."""

    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    map: dict[str, Any] | None = None
    interfaces: list[dict[str, Any]] = field(default_factory=list)
    interface_defaults: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def where(self, fault: Fault) -> str:
        """A fault with its file; a table that stands in none would have its place beside the profile."""
        return f"{self.files.get(fault.table, 'profile.toml')}: {fault.table} {fault.row}: {fault.sentence}"


def load_profile(folder: Path) -> Policy:
    """Return the checked policy of a profile folder, with its version.

    Raises ProfileError that names file and row of every fault.
    """
    return _policy(folder, _read(folder))


def load_profiles(folders: Iterable[Path]) -> dict[str, Policy]:
    """Return the policies of several folders by profile id, in the given order.

    Raises ProfileError for a faulty folder, or one that shares its id, source or prefix with an earlier one.
    """
    policies: dict[str, Policy] = {}
    for folder in folders:
        policy = load_profile(folder)
        for other in policies.values():
            if _names(policy) & _names(other):
                raise ProfileError(folder, [f"id, source or prefix is also that of profile {other.profile}."])
        policies[policy.profile] = policy
    return policies


def _names(policy: Policy) -> set[str]:
    """What a profile shares with no other: numbers of both streams begin with its prefix."""
    return {policy.profile, policy.source, *prefixes_of(policy)}


def load_interfaces(folder: Path) -> tuple[Interface, ...]:
    """Return how the channels of a profile folder talk. Raises ProfileError."""
    read = _read(folder)
    return tuple(_interfaces(folder, read, _policy(folder, read)))


def load_all_interfaces(folders: Iterable[Path]) -> dict[str, tuple[Interface, ...]]:
    """Return how the channels of several folders talk, by profile id.

    Raises ProfileError for a faulty folder, or a source that is bound to channels of two profiles.
    """
    found: dict[str, tuple[Interface, ...]] = {}
    for folder in folders:
        listed = load_interfaces(folder)
        taken = {one.upstream for others in found.values() for one in others}
        if both := sorted(taken & {one.upstream for one in listed}):
            raise ProfileError(folder, [f"{_INTERFACES}: {', '.join(both)} is bound in another profile too."])
        found[load_profile(folder).profile] = listed
    return found


def load_map(folder: Path) -> GeoJson | None:
    """Return the profile's borders as GeoJSON, each feature's `id` its region's code; None without a map.

    Raises ProfileError when the map can't be read or lacks a region.
    """
    read = _read(folder)
    policy = _policy(folder, read)
    if read.map is None:
        return None
    try:
        borders: GeoJson = json.loads((folder / read.map["file"]).read_text("utf-8"))
        for feature in borders["features"]:
            feature["id"] = str(feature["properties"][read.map["key"]])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProfileError(folder, [f"[map]: the borders can't be read ({type(error).__name__})."]) from error
    missing = {region.id for region in policy.regions} - {feature["id"] for feature in borders["features"]}
    if missing:
        raise ProfileError(folder, [f"[map]: regions without borders: {', '.join(sorted(missing))}."])
    return borders


def load_maps(folders: Iterable[Path]) -> dict[str, GeoJson | None]:
    """Return the borders of several folders by profile id."""
    return {load_profile(folder).profile: load_map(folder) for folder in folders}


def load_release(folder: Path) -> Release | None:
    """Return what was released of a profile folder; None when nothing was.

    Raises ProfileError when the record can't be read.
    """
    try:
        return Release.model_validate_json((folder / RELEASED).read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ProfileError(
            folder, [f"{RELEASED}: can't be read ({type(error).__name__}). Put it back."]
        ) from error


def write_release(folder: Path, release: Release) -> None:
    """Write what is released beside the tables, a row a line, so that a change of it can be read."""
    whole = release.model_dump(mode="json", exclude_none=True)
    tables = whole.pop("rows")
    head = json.dumps(whole, ensure_ascii=False)[1:-1]
    listed = (
        f"  {json.dumps(name)}: [\n" + ",\n".join(f"   {json.dumps(row)}" for row in rows) + "\n  ]"
        for name, rows in tables.items()
    )
    text = f'{{\n {head},\n "rows": {{\n' + ",\n".join(listed) + "\n }\n}\n"
    (folder / RELEASED).write_text(text, "utf-8")


def located(folder: Path, found: Iterable[Fault]) -> tuple[str, ...]:
    """Return faults as lines that name the file of each."""
    read = _read(folder)
    return tuple(read.where(fault) for fault in found)


def _policy(folder: Path, read: _Read) -> Policy:
    if read.faults:
        raise ProfileError(folder, read.faults)
    try:
        policy = Policy.model_validate(read.values)
        ZoneInfo(policy.timezone)
    except ValidationError as error:
        raise ProfileError(folder, _told("profile.toml: profile", error)) from error
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ProfileError(folder, ["profile.toml: profile.timezone: is no time zone."]) from error
    release = load_release(folder)
    found = [*faults(policy), *(broken(policy, release) if release else ())]
    if found:
        raise ProfileError(folder, map(read.where, found))
    _interfaces(folder, read, policy)
    return policy.model_copy(update={"version": version_of(policy)})


def _interfaces(folder: Path, read: _Read, policy: Policy) -> list[Interface]:
    found, told = read_interfaces(read.interfaces, read.interface_defaults, policy)
    if told:
        file = read.files[_INTERFACES]
        raise ProfileError(folder, [f"{file}: {_INTERFACES} {line}" for line in told])
    return found


def _read(folder: Path) -> _Read:
    read = _Read()
    files = sorted(folder.glob("*.toml"))
    if not files:
        read.faults.append(f"{folder.name}: holds no tables (*.toml).")
    for file in files:
        try:
            content = tomllib.loads(file.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            read.faults.append(f"{file.name}: is no TOML: {error}.")
            continue
        defaults = content.pop(_DEFAULTS, {})
        for name, value in content.items():
            _take(read, file.name, name, value, defaults)
    return read


def _take(read: _Read, file: str, name: str, value: Any, defaults: Mapping[str, Any]) -> None:
    """Take one top-level key of a file: the head, the map, or a table of rows."""
    if name == _HEAD:
        read.values |= value
    elif name == _MAP:
        read.map = value
    elif name not in {*_ROWS, _INTERFACES}:
        read.faults.append(f"{file}: {name}: is no table of a policy.")
    elif name in read.files:
        read.faults.append(f"{file}: {name}: stands in {read.files[name]} too. Keep a table in one file.")
    elif not isinstance(value, list):
        read.faults.append(f"{file}: {name}: is no list of rows. Write [[{name}]].")
    elif name == _INTERFACES:
        read.files[name] = file
        read.interfaces, read.interface_defaults = value, dict(defaults)
    else:
        read.files[name] = file
        read.values[name] = tuple(_rows(read, f"{file}: {name}", _ROWS[name], value, defaults))


def _rows(
    read: _Read, where: str, model: type[Row], values: list[dict[str, Any]], defaults: Mapping[str, Any]
) -> Iterable[Row]:
    for place, value in enumerate(values):
        try:
            yield model.model_validate(_inherit(value, defaults))
        except ValidationError as error:
            read.faults += _told(f"{where} {value.get('id', f'#{place + 1}')}", error)


def _inherit(row: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row, and the steps within it, what its file says for all."""
    whole = {name: defaults[name] for name in _INHERITED if name in defaults} | dict(row)
    if "steps" in whole:
        own = {name: whole[name] for name in _INHERITED if name in whole}
        whole["steps"] = [own | step for step in whole["steps"]]
    return whole


def _told(where: str, error: ValidationError) -> list[str]:
    return [f"{where}: {'.'.join(map(str, e['loc']))}: {e['msg']}." for e in error.errors(include_url=False)]


def _row_models(policy: type[BaseModel]) -> dict[str, type[Row]]:
    """Return the model of each table's rows, as the policy's own annotations give it."""
    found = {name: get_args(info.annotation) for name, info in policy.model_fields.items()}
    return {
        name: args[0]
        for name, args in found.items()
        if args and isinstance(args[0], type) and issubclass(args[0], Row)
    }


_ROWS = _row_models(Policy)
