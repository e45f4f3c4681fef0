"""`status` on a running platform: parts that run are not all there is to tell."""

import json
import secrets
from pathlib import Path
from typing import Any

from deploy.read_models import ensure_at
from deploy.stack.figures import platform_figures
from tests.integration.marked import Marks, fact, wire
from tests.integration.platforms import Platform, until


def waiting(platform: Platform, what: str) -> int:
    """A figure of intake; other tests of this platform leave some too."""
    return int(platform_figures(platform.settings)["intake"][what])


def told(platform: Platform, *, ends: int) -> dict[str, Any]:
    """What `status --json` says."""
    found: dict[str, Any] = json.loads(platform.command("status", "--json", status=ends))
    return found


def letters(platform: Platform, *more: str) -> list[dict[str, Any]]:
    said = platform.command("deadletters", "list", "--json", "--limit", "10000", *more)
    return [json.loads(line) for line in said.splitlines()]


def test_dead_letters_that_wait_make_a_running_platform_degraded_until_somebody_sees_to_them(
    platform: Platform, tmp_path: Path
) -> None:
    name, marks = secrets.token_hex(4), Marks()
    bad = fact(
        name, "application_submitted", name, marks.data("application_submitted", "bad") | {"region": "0"}
    )
    assert platform.post(wire(bad)).status_code in {202, 400}
    until(lambda: [one for one in letters(platform, "--open") if one["id"] == name])
    whole = told(platform, ends=1)
    assert (whole["state"], whole["up"], whole["well"]) == ("degraded", True, False)
    assert {part["state"] for part in whole["parts"]} == {"ok"}
    [reason] = [one for one in whole["because"] if one["code"] == "dead_letters"]
    assert reason["count"] == len(letters(platform, "--open"))
    assert reason["look"] == "./mingdian deadletters list --open"
    said = platform.command("status", status=1)
    assert "degraded" in said.splitlines()[-1 - len(whole["because"])]
    assert f"{reason['sentence']}. See {reason['look']}" in said

    [letter] = [one for one in letters(platform, "--open") if one["id"] == name]
    mended = tmp_path / "mended.json"
    mended.write_text(json.dumps(bad["data"] | {"region": "460100"}))
    platform.command("deadletters", "correct", str(letter["letter"]), str(mended))
    left = reason["count"] - 1
    until(lambda: waiting(platform, "dead_letters") == left)
    others = [one for one in whole["because"] if one is not reason]
    assert told(platform, ends=1 if left or others else 0)["state"] == (
        "degraded" if left or others else "ok"
    )


def test_what_is_delivered_again_and_again_is_told(platform: Platform) -> None:
    before = waiting(platform, "retried")
    number = f"HN-2026-9{secrets.randbelow(10**5):05d}"
    platform.rows(
        "INSERT INTO intake.subject (number, profile, stream, next_at, attempts)"
        " VALUES (%s, 'hainan', 'connection', now() + interval '1 hour', 3)",
        number,
    )
    try:
        counts = {one["code"]: one["count"] for one in told(platform, ends=1)["because"]}
        assert counts["retried"] == before + 1
    finally:
        platform.rows("DELETE FROM intake.subject WHERE number = %s", number)
    assert waiting(platform, "retried") == before


def test_after_an_upgrade_the_new_version_of_a_read_model_is_filled_and_a_person_is_told(
    platform: Platform,
) -> None:
    [(old,)] = platform.rows(
        "UPDATE projections.build SET version = version - 1 WHERE projection = 'contact' AND state = 'live'"
        " RETURNING build"
    )
    ensure_at(platform.settings.postgres_dsn)  # as `up` does
    [reason] = [one for one in told(platform, ends=1)["because"] if one["code"] == "newer_version"]
    assert reason["look"] == "./mingdian projections switch contact"
    platform.command("projections", "switch", "contact")
    assert "newer_version" not in platform_figures(platform.settings)["contact"]
    platform.command("projections", "drop", "contact", str(old))
