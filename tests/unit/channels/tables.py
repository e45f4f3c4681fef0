"""Hainan with the channels of the tests, for tests that translate."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

from deploy.profiles.loader import load_interfaces
from tests.unit.policy.examples import HAINAN, hainan
from workflows.intake.channel_requests import messages_in
from workflows.intake.translate import Translated, translate
from workflows.policy.interface import Interface

TABLE = Path(__file__).resolve().parents[2] / "data" / "channels.toml"
NOW = datetime.fromisoformat("2026-02-01T00:00:00+00:00")

CITY: dict[str, Any] = {
    "svc": 10,
    "caso": "2026/SZ/00017",
    "seq": 1,
    "fecha": "05/01/2026 09:30",
    "municipio": 1,
    "tipo": 2,
    "uso": 2,
    "tension": 400,
    "potencia": 80000,
    "papeles": [501, 502],
    "quien": "某某",
    "telefono": "13800138000",
    "sesion": {"lang": "es", "id": 7},
}
"""An application as the city sends it."""


def folder_with(folder: Path, *changes: tuple[str, str]) -> Path:
    """A profile folder: Hainan's, with the channels of the tests in place of its own, and changes in them."""
    made = Path(shutil.copytree(HAINAN, folder / "hainan"))
    text = TABLE.read_text("utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    (made / "channels.toml").write_text(text, "utf-8")
    return made


def channels(folder: Path) -> dict[str, Interface]:
    """The simulated channels by their code."""
    return {one.id: one for one in load_interfaces(folder_with(folder))}


def read(interface: Interface, body: bytes) -> Translated:
    """A message of a channel of Hainan, translated."""
    policies = {"hainan": hainan()}
    asked = messages_in(interface, body)
    if asked.problem is not None:
        return Translated(None, problems=(asked.problem,), unreadable=True)
    [message] = asked.found
    return translate(interface, "hainan", message, policies=policies, now=NOW, max_bytes=256 * 1024)
