"""Keys are rotated while the platform runs."""

import secrets

import psycopg
import pytest

from deploy.secrets import add_master, load_secrets
from tests.integration.marked import Marks
from tests.integration.platforms import Platform, an_application


def test_the_master_key_is_rotated_while_the_platform_runs(platform: Platform) -> None:
    marks, run = Marks(), secrets.token_hex(4)
    before = an_application(platform, marks, f"{run}-a")
    project = platform.application(before)["project"]
    old = load_secrets(platform.settings)
    told = platform.command("keys", "rotate")
    new = load_secrets(platform.settings)
    assert f"Forgotten: {old.current}." in told
    assert set(new.masters) == {new.current} != {old.current}
    assert new.model_copy(update={"masters": old.masters, "current": old.current}) == old
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
    old, begun = load_secrets(platform.settings).current, add_master(platform.settings)
    kid, wrapped = platform.rows("SELECT kid, wrapped FROM intake.stream_key WHERE subject = %s", number)[0]
    platform.rows("UPDATE intake.stream_key SET master = 'gone', wrapped = '' WHERE kid = %s", kid)
    assert "lacks" in platform.command("keys", "rotate", status=2)
    assert "not in the secrets file" in platform.command("keys", "list")
    assert set(load_secrets(platform.settings).masters) == {old, begun}
    platform.rows("UPDATE intake.stream_key SET master = %s, wrapped = %s WHERE kid = %s", old, wrapped, kid)
    platform.command("keys", "rotate")
    assert set(load_secrets(platform.settings).masters) == {begun}
    assert platform.application(number)["project"]
