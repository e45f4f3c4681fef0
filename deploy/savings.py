"""The comparison with the former tables for the pages: computed once for a policy, apart, and kept."""

import asyncio
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from deploy.demo.savings import savings
from deploy.profiles.loader import load_profile
from deploy.settings import ROOT
from projections.api.savings import Savings
from workflows.policy.model import Policy

_log = logging.getLogger(__name__)


class SavingsBook:
    """What is known, by profile. A comparison takes some seconds of a core: another process makes it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Savings] = {}

    def get(self, profile: str) -> Savings | None:
        """Return the comparison of a profile; None while it is being made."""
        return self._known.get(profile)

    async def fill(self, profiles: Mapping[Path, Policy]) -> None:
        """Read or make the comparison of every profile that knows a former process."""
        for folder, policy in profiles.items():
            if not any(not process.now for process in policy.processes):
                continue
            path = self._folder / f"{policy.profile}-{policy.version[:16]}.json"
            kept = _kept(path) or await _made(folder, path)
            if kept is not None:
                self._known[policy.profile] = kept


def _kept(path: Path) -> Savings | None:
    try:
        return Savings.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


async def _made(folder: Path, path: Path) -> Savings | None:
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "deploy.savings", str(folder), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        told, _ = await child.communicate()
    except asyncio.CancelledError:
        child.kill()
        await child.wait()
        raise
    if child.returncode:
        _log.error("the comparison with the former tables failed", extra={"code": child.returncode})
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    half.write_bytes(told)
    half.replace(path)
    return _kept(path)


def main(folder: Path) -> None:
    """Print the comparison of a profile as JSON."""
    os.nice(10)
    sys.stdout.write(savings(load_profile(folder)).model_dump_json())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
