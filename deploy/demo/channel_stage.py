"""What the demo's channels need of a stack: tokens, secrets, and somewhere to be called back, for as long as
the demo lasts."""

import asyncio
import secrets as random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import psycopg

from deploy.callbacks import address_of, secret_name
from deploy.demo.channel_cases import NUMBERS, ChannelCase
from deploy.demo.listener import Listener
from deploy.demo.verdict import Surprise
from deploy.secrets import KEY_BYTES, Secrets, load_secrets, rewrite
from deploy.settings import Settings
from workflows.policy.interface import Interface

PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.3

_WAITING = """
SELECT count(DISTINCT c.number), count(c.number) FILTER (WHERE c.sent_at IS NULL)
FROM unnest(%s::text[], %s::text[]) AS one (source, alias) JOIN intake.alias a USING (source, alias)
JOIN notify.line l ON l.number = a.number LEFT JOIN notify.callback c ON c.number = l.number
"""


@dataclass(frozen=True)
class Stage:
    """The channels that can play, the secrets with their tokens, and who hears: `called` by `listener`."""

    tables: tuple[Interface, ...]
    secrets: Secrets = field(repr=False)
    listener: Listener
    called: frozenset[str]

    async def wait_until_told(
        self, conn: psycopg.AsyncConnection, cases: Sequence[ChannelCase]
    ) -> list[Surprise]:
        """Wait until the channels have heard all there is to tell of their cases; return what is not as
        expected."""
        called = [case for case in cases if case.table.id in self.called]
        named = [[case.table.upstream for case in called], [case.reference for case in called]]
        give_up = time.monotonic() + PATIENCE_SECONDS
        waiting: tuple[int, int] = (0, 0)
        while time.monotonic() < give_up:
            row = await (await conn.execute(_WAITING, named)).fetchone()
            waiting = row or (0, 0)
            if waiting == (len(called), 0):
                break
            await asyncio.sleep(_LOOK_SECONDS)
        else:
            told = f"{waiting[0]} of {len(called)} applications, {waiting[1]} notices wait"
            return [Surprise("callbacks", "told", told)]
        return [Surprise("callbacks", "genuine", f"forged for {name}") for name in self.listener.forged]


@contextmanager
def on_stage(settings: Settings, profile: str, interfaces: Sequence[Interface]) -> Iterator[Stage]:
    """Let in the demo's channels and listen for them. A secrets file made elsewhere stays as it is: only
    channels that it knows can play, and nobody is called back here."""
    tables = [one for one in interfaces if one.id in NUMBERS]
    listener = Listener({})
    with listener.listening():
        before = load_secrets(settings)
        ours: dict[str, str] = {}
        if tables and settings.secrets is None:
            ours = {
                f"{profile}.{one.id}": listener.address(f"demo/{one.id}")
                for one in tables
                if _free(settings, profile, one, before)
            }
            rewrite(settings, lambda content: _admit(content, tables, ours))
        known = load_secrets(settings)
        called = {one.id: one for one in tables if f"{profile}.{one.id}" in ours}
        listener.secrets = {
            f"demo/{name}": known.callbacks[secret_name(one)].get_secret_value().encode()
            for name, one in called.items()
        }
        playing = tuple(one for one in tables if one.upstream in known.tokens)
        try:
            yield Stage(playing, known, listener, frozenset(called))
        finally:
            if ours:
                rewrite(settings, lambda content: _leave(content, ours))


def _free(settings: Settings, profile: str, one: Interface, known: Secrets) -> bool:
    """Whether nobody else is called back for a channel; a demo that was killed has left its own."""
    if one.callback is None:
        return False
    found = address_of(profile, one, settings.callback_addresses, known.callback_addresses)
    return found is None or (found.named_by == "secrets" and urlsplit(found.value).path == f"/demo/{one.id}")


def _admit(content: dict[str, Any], tables: Sequence[Interface], addresses: Mapping[str, str]) -> None:
    for one in tables:
        content["tokens"].setdefault(one.upstream, random.token_urlsafe(KEY_BYTES))
        if one.callback is not None:
            content["callbacks"].setdefault(secret_name(one), random.token_urlsafe(KEY_BYTES))
    content["callback_addresses"] |= addresses


def _leave(content: dict[str, Any], addresses: Mapping[str, str]) -> None:
    for name, address in addresses.items():
        if content["callback_addresses"].get(name) == address:
            del content["callback_addresses"][name]
