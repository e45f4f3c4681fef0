"""A program of another version than what is shown can't be held against it: one line says so."""

import psycopg
import pytest

from deploy.audit.audit import audit
from deploy.errors import UserError
from deploy.settings import Settings


@pytest.mark.parametrize(("change", "shown"), [("version - 1", "in version"), (None, "not at all")])
async def test_a_read_model_of_another_version_is_told_by_name(
    settings: Settings, change: str | None, shown: str
) -> None:
    spoilt = f"version = {change}" if change else "state = 'retired'"
    mended = "version = version + 1" if change else "state = 'live'"
    with psycopg.connect(settings.postgres_dsn, autocommit=True) as db:
        where = "WHERE projection = 'contact' AND build = (SELECT max(build) FROM projections.build"
        where += " WHERE projection = 'contact')"
        db.execute(f"UPDATE projections.build SET {spoilt} {where}".encode())  # noqa: S608 - constant texts
        try:
            with pytest.raises(
                UserError, match=f"contact is shown {shown}.* rebuild contact --switch"
            ) as told:
                await audit(settings)
            assert told.value.code == "other_version"
        finally:
            db.execute(f"UPDATE projections.build SET {mended} {where}".encode())  # noqa: S608 - constant texts
