"""How far the platform is, as `status` shows it: read from views that the parts themselves define."""

import psycopg
from psycopg import sql

from deploy.settings import Settings

# Each is a view `(name text, value text)`; a part that wants to be seen in `status` defines one.
VIEWS = ("inbox.figures", "projections.figures")


def platform_figures(settings: Settings) -> dict[str, object]:
    """Name to value, from the views that exist; empty when the database can't be asked."""
    found: dict[str, object] = {}
    try:
        with psycopg.connect(settings.postgres_dsn, connect_timeout=3, autocommit=True) as link:
            for view in VIEWS:
                exists = link.execute("SELECT to_regclass(%s) IS NOT NULL", [view]).fetchone()
                if exists and exists[0]:
                    name = sql.Identifier(*view.split("."))
                    found.update(link.execute(sql.SQL("SELECT name, value FROM {}").format(name)).fetchall())
    except psycopg.Error as error:
        found["figures"] = f"not to be had ({type(error).__name__})"
    return found
