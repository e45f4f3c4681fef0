"""The read models that this release keeps, and the tables of each."""

from pathlib import Path

import psycopg

from deploy.settings import ROOT
from projections import builds
from projections.contact.fold import Contact
from projections.prestart.fold import Prestart
from projections.prestart_story.fold import PrestartStory
from projections.progress.fold import Progress
from projections.projection import Projection
from projections.roster.fold import Roster
from projections.statistics.fold import Statistics
from projections.store import Connection
from projections.timeline.fold import Timeline


def all_projections() -> list[Projection]:
    """Return every projection of this release."""
    return [Progress(), Timeline(), Statistics(), Contact(), Roster(), Prestart(), PrestartStory()]


def tables_of(projection: Projection, root: Path = ROOT) -> str:
    """Return the SQL that makes a projection's tables, without a schema."""
    return (root / "projections" / projection.name / "tables.sql").read_text(encoding="utf-8")


def ensure(db: Connection) -> None:
    """Give every projection a build to fold into."""
    for projection in all_projections():
        builds.ensure(db, projection, tables_of(projection))


def ensure_at(dsn: str) -> None:
    """The same, on a connection of its own."""
    with psycopg.connect(dsn, autocommit=True, connect_timeout=10) as db:
        ensure(db)
