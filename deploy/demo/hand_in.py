"""Hands files in at the door, as upstream does, before the facts that name them."""

import asyncio
import time
from collections.abc import Callable, Sequence

import httpx

from deploy.demo.facts import SOURCE
from deploy.demo.papers import DemoFile
from deploy.demo.verdict import Surprise
from deploy.errors import UserError
from deploy.secrets import Secrets
from deploy.settings import Settings

PATIENCE_SECONDS = 120.0
_PAUSE_SECONDS = 1.0
_AGAIN = {408, 429, 503}

Show = Callable[[int, int], None]


async def hand_in(
    settings: Settings, secrets: Secrets, profile: str, files: Sequence[DemoFile], show: Show
) -> list[Surprise]:
    """Hand in all; return what the door took otherwise than expected. Handed in again, a file is the same.

    Raises UserError when the door stays away.
    """
    headers = {"authorization": f"Bearer {secrets.token(SOURCE)}"}
    strange: list[Surprise] = []
    async with httpx.AsyncClient(
        base_url=settings.web_url, headers=headers, timeout=30.0, trust_env=False
    ) as client:
        for done, file in enumerate(files):
            show(done, len(files))
            if (found := found_instead(file, await _send(client, profile, file))) is not None:
                name = f"{file.subject} {file.ref.sha256[:12]}"
                strange.append(Surprise(name, "kept", found))
    show(len(files), len(files))
    return strange


def found_instead(file: DemoFile, answer: httpx.Response) -> str | None:
    """None for what is as it should be: kept, or not taken since the application was erased."""
    if answer.status_code == httpx.codes.CREATED:
        return None if answer.json() == file.ref.model_dump() else "another file"
    try:
        code = str(answer.json()["code"])
    except (ValueError, KeyError, TypeError):
        code = f"http_{answer.status_code}"
    return None if code == "subject_erased" else code


async def _send(client: httpx.AsyncClient, profile: str, file: DemoFile) -> httpx.Response:
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            answer = await client.post(
                "/documents", params={"subject": file.subject, "profile": profile}, content=file.content
            )
            if answer.status_code not in _AGAIN:
                return answer
        except httpx.TransportError:
            pass  # perhaps it was kept and only the answer lost: again is the same
        if time.monotonic() > give_up:
            raise UserError("door_away", "The door does not take files. See ./mingdian status, then again.")
        await asyncio.sleep(_PAUSE_SECONDS)
