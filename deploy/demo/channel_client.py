"""The system behind a simulated channel: it knows its own table and its token, and speaks HTTP."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import httpx

from deploy.demo.channel_cases import ChannelCase, Turn
from deploy.demo.channel_words import body_of, id_of
from deploy.demo.papers import DemoFile
from deploy.demo.verdict import Surprise
from deploy.errors import UserError
from deploy.feed.send import RECEIVED, Answer
from deploy.secrets import Secrets
from workflows.intake.marks import mark_of
from workflows.policy.interface import Interface

PATIENCE_SECONDS = 120.0
_PAUSE_SECONDS = 0.2
_AGAIN = {408, 429, 503}


class Simulated:
    """The channels' systems, each with its own token."""

    def __init__(self, http: httpx.AsyncClient, secrets: Secrets) -> None:
        self._http = http
        self._secrets = secrets

    async def hand_in(self, table: Interface, turns: Sequence[Turn]) -> list[Answer]:
        """Hand in messages, together where the table has batches; return what each was answered."""
        told = [turn.message for turn in turns if turn.message is not None]
        if len(told) > 1 and table.batch is not None and table.batch.list is not None:
            answered = await self._post(table, body_of({table.batch.list: told}))
            listed = answered.json()[table.batch.outcomes] if table.batch.outcomes else answered.json()
            return [_answer(table, one) for one in listed]
        return [_answer(table, (await self._post(table, body_of(one))).json()) for one in told]

    async def hand_in_file(self, table: Interface, reference: str, file: DemoFile) -> Surprise | None:
        """Hand in a file; return what was not as expected."""
        assert table.files is not None
        query = {table.files.reference: reference}
        answered = await self._post(table, file.content, path="/files", query=query)
        told, expected = answered.json(), mark_of(file.ref)
        if answered.status_code == httpx.codes.CREATED and _at(told, table.files.mark) == expected:
            return None
        answer = _answer(table, told)
        return None if answer.code == "subject_erased" else Surprise(reference, "kept", answer.code or "else")

    async def number_of(self, case: ChannelCase) -> str | None:
        """Ask until the platform has given a number, and return it; None for what was refused after all."""
        table, names = case.table, case.table.answer
        assert case.opening.message is not None
        assert names.number is not None
        query = {"id": id_of(table, case.opening.message)}
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            answered = await self._ask(table, query)
            if answered.status_code == httpx.codes.OK:
                told = answered.json()
                if _at(told, names.code) == names.applied:
                    return str(_at(told, names.number))
                if _at(told, names.reasons):
                    return None
            await asyncio.sleep(_PAUSE_SECONDS)
        raise UserError(
            "no_outcome", "A channel gets no number. See ./mingdian status and the log of intake."
        )

    async def _ask(self, table: Interface, query: Mapping[str, str]) -> httpx.Response:
        return await self._patiently(
            lambda: self._http.get(self._door(table), params=query, headers=self._who(table))
        )

    async def _post(
        self, table: Interface, body: bytes, *, path: str = "", query: Mapping[str, str] | None = None
    ) -> httpx.Response:
        return await self._patiently(
            lambda: self._http.post(
                f"{self._door(table)}{path}", content=body, params=query, headers=self._who(table)
            )
        )

    async def _patiently(self, send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answered = await send()
                if answered.status_code not in _AGAIN:
                    return answered
            except httpx.TransportError:
                pass  # perhaps it was taken and only the answer lost: again it is a duplicate
            if time.monotonic() > give_up:
                sentence = "The door does not take messages. See ./mingdian status, then again."
                raise UserError("door_away", sentence)
            await asyncio.sleep(_PAUSE_SECONDS)

    def _door(self, table: Interface) -> str:
        return f"/channels/{table.id}"

    def _who(self, table: Interface) -> dict[str, str]:
        return {"authorization": f"Bearer {self._secrets.token(table.upstream)}"}


def _answer(table: Interface, told: Mapping[str, Any]) -> Answer:
    """What a message was answered: taken, or the code of the first reason."""
    names = table.answer
    if _at(told, names.code) in {names.taken, names.applied}:
        return RECEIVED
    ours = {word: code for code, word in names.codes.items()}
    reasons = _at(told, names.reasons) or [{}]
    code = str(reasons[0].get(names.reason_code, "refused"))
    return Answer(False, ours.get(code, code), str(_at(told, names.text) or ""))


def _at(message: Mapping[str, Any], path: str) -> Any:
    found: Any = message
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
