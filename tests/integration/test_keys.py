"""Keys are rotated while the platform runs."""

import json
import secrets

import psycopg
import pytest

from deploy.rotation import MASTERS, add_key
from deploy.secrets import load_secrets
from tests.integration.marked import Marks
from tests.integration.platforms import Platform, an_application, until


def test_the_master_key_is_rotated_while_the_platform_runs(platform: Platform) -> None:
    marks, run = Marks(), secrets.token_hex(4)
    before = an_application(platform, marks, f"{run}-a")
    project = platform.application(before)["project"]
    old = load_secrets(platform.settings)
    told = platform.command("keys", "rotate")
    new = load_secrets(platform.settings)
    assert f"Forgotten: {old.current}." in told
    assert set(new.masters) == {new.current} != {old.current}
    rings = {"masters", "current", "quarantine_keys", "quarantine_current"}
    assert new.model_dump(exclude=rings) == old.model_dump(exclude=rings)
    assert platform.rows("SELECT DISTINCT master FROM intake.stream_key WHERE wrapped IS NOT NULL") == [
        (new.current,)
    ]
    assert platform.application(before)["project"] == project
    after = an_application(platform, marks, f"{run}-b")
    assert platform.application(after)["project"]
    # Whoever still holds the old key is refused, and comes again with the new one.
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        platform.rows("UPDATE intake.stream_key SET master = %s WHERE subject = %s", old.current, after)
    listed = platform.command("keys", "list")
    assert new.current in listed
    assert old.current not in listed


def test_a_rotation_goes_on_where_it_was_broken_off_and_never_leaves_a_key_behind(platform: Platform) -> None:
    number = an_application(platform, Marks(), secrets.token_hex(4))
    old, begun = load_secrets(platform.settings).current, add_key(platform.settings, MASTERS)
    kid, wrapped = platform.rows("SELECT kid, wrapped FROM intake.stream_key WHERE subject = %s", number)[0]
    platform.rows("UPDATE intake.stream_key SET master = 'gone', wrapped = '' WHERE kid = %s", kid)
    assert "lacks" in platform.command("keys", "rotate", status=2)
    assert "not in the secrets file" in platform.command("keys", "list")
    assert set(load_secrets(platform.settings).masters) == {old, begun}
    platform.rows("UPDATE intake.stream_key SET master = %s, wrapped = %s WHERE kid = %s", old, wrapped, kid)
    platform.command("keys", "rotate")
    assert set(load_secrets(platform.settings).masters) == {begun}
    assert platform.application(number)["project"]


def test_dead_letters_are_sealed_anew_and_open_by_the_new_quarantine_key_alone(platform: Platform) -> None:
    sent = [f"{{ {secrets.token_hex(8)}".encode() for _ in range(45)]  # more than a batch
    for one in sent[:-1]:
        assert platform.post(one).status_code == 400
    first = platform.rows("SELECT max(letter) FROM intake.dead_letter")[0][0]
    # As of before it was noted which key it was.
    platform.rows("UPDATE intake.dead_letter SET quarantine = NULL WHERE letter = %s", first)
    old = load_secrets(platform.settings)
    told = platform.command("keys", "rotate")
    new = load_secrets(platform.settings)
    assert f"Forgotten: {old.quarantine_current}." in told
    assert set(new.quarantine_keys) == {new.quarantine_current} != {old.quarantine_current}
    assert platform.post(sent[-1]).status_code == 400  # the door seals by the new key
    query = "SELECT DISTINCT quarantine FROM intake.dead_letter WHERE raw IS NOT NULL AND kid IS NULL"
    assert platform.rows(query) == [(new.quarantine_current,)]
    newest = platform.rows("SELECT max(letter) FROM intake.dead_letter")[0][0]
    for letter, body in ((first, sent[-2]), (newest, sent[-1])):
        assert body.decode() in platform.command("deadletters", "show", str(letter))
    # Whoever still holds the old key is refused, and comes again with the new one.
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        late = "UPDATE intake.dead_letter SET quarantine = %s WHERE letter = %s"
        platform.rows(late, old.quarantine_current, newest)


def test_a_new_key_signs_roots_and_the_old_one_is_good_for_its_own_alone(platform: Platform) -> None:
    platform.command("roots", "seal")
    old = load_secrets(platform.settings).root_keys.current
    told = json.loads(platform.command("roots", "rotate-key", "--json").strip().splitlines()[-1])
    sealed = [json.loads(line) for line in platform.command("roots", "list", "--json").splitlines()]
    assert [one["public_key"] for one in sealed] == [old] * (len(sealed) - 1) + [told["public_key"]]
    assert told["former"] == {old: len(sealed) - 1}
    assert "0 wrong" in platform.command("roots", "check")
    assert until(lambda: platform.http.get("/hainan/roots.json").json()["roots"][0]["data"] == sealed[-1])
