"""A person who looks after dead letters, and the upstream whose facts died."""

import asyncio
import json
import os
import sys
from typing import Any

from deploy.processes.intake import make_desk
from deploy.profiles.loader import load_profiles
from deploy.secrets import load_secrets
from deploy.settings import ROOT, Settings
from tests.integration.upstreams import SHOP, Upstream
from workflows.intake import letters
from workflows.intake.letters import Filter, Letter
from workflows.intake.replay import Replayed, replay

SURVEY = {"supporting_works": False}
PAPERS = {"documents": ["LN1", "LN2", "LN3", "LN4", "LN5", "LN6"]}


class Office(Upstream):
    """An upstream, and the person who looks after its dead letters."""

    settings: Settings

    async def letters(self, name: str) -> list[Letter]:
        """The dead letters of a fact, the oldest first."""
        async with self.pool.connection() as conn:
            found = await letters.listed(conn, Filter(), 1000)
        return [letter for letter in reversed(found) if letter.id == f"{self.run}-{name}"]

    async def replay(self, letter: int, correction: Any = None) -> Replayed:
        """Try a letter again."""
        settings = self.settings
        desk = make_desk(settings, load_secrets(settings), load_profiles(settings.profiles))
        body = None if correction is None else json.dumps(correction).encode()
        async with self.pool.connection() as conn:
            return await replay(conn, desk, letter, body)

    async def states(self, *names: str) -> list[str]:
        """Where facts stand: state, or outcome once they have one."""
        lines = [await self.line(name) for name in names]
        return ["missing" if line is None else line.outcome or line.state for line in lines]

    async def until(self, wanted: list[str], *names: str) -> None:
        """Wait until facts stand so."""
        loop = asyncio.get_running_loop()
        until = loop.time() + 30
        while (found := await self.states(*names)) != wanted:
            assert loop.time() < until, found
            await asyncio.sleep(0.1)

    async def command(self, *words: str) -> tuple[int, list[dict[str, Any]]]:
        """`./mingdian deadletters …`: its exit status, and what it says as JSON."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "deploy", "deadletters", *words, "--json"),
            cwd=ROOT,
            env={**os.environ, "MINGDIAN_DATA_DIR": str(self.settings.data_dir)},
            stdout=asyncio.subprocess.PIPE,
        )
        told, _ = await asyncio.wait_for(process.communicate(), 60)
        return process.returncode or 0, [json.loads(line) for line in told.splitlines()]


async def begun(office: Office, subject: str = "s") -> str:
    await office.send((f"a{subject}", "application_submitted", subject, {**SHOP, **PAPERS}))
    [line] = await office.outcomes(f"a{subject}")
    assert line.outcome == "applied"
    return line.number or ""
