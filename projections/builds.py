"""Builds of a projection: made, filled beside the live one, switched to, dropped. A build's rows live in a
schema of its own; the live one is read under the projection's name, a schema of views."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from events.errors import MingdianError
from projections.announce import everything
from projections.projection import Projection, ReadModel
from projections.store import Connection

BUILDING, FOLLOWING, LIVE, RETIRED = "building", "following", "live", "retired"
"""Being filled by a rebuild; kept up by projectors, not shown; shown; no longer kept up, not yet dropped."""

_LOCK_TIMEOUT = "2s"


class BuildError(MingdianError):
    """What was asked of a build can't be done. `code` says which rule stands against it."""


class Build(NamedTuple):
    """A row of `projections.build`, times aware."""

    projection: str
    build: int
    version: int
    schema: str
    state: str
    begun_at: datetime
    filled_at: datetime | None
    compared: str | None
    differences: int | None
    live_at: datetime | None
    retired_at: datetime | None


def of(db: Connection, projection: str) -> list[Build]:
    """Return a projection's builds, oldest first."""
    with db.cursor(row_factory=class_row(Build)) as cursor:
        return cursor.execute(
            "SELECT projection, build, version, schema, state, begun_at, filled_at, compared, differences,"
            " live_at, retired_at FROM projections.build WHERE projection = %s ORDER BY build",
            (projection,),
        ).fetchall()


def live(db: Connection, projection: str) -> Build | None:
    """Return the build that is shown."""
    return next((one for one in of(db, projection) if one.state == LIVE), None)


def is_live(db: Connection, model: ReadModel) -> bool:
    """Whether this is the build that is shown."""
    found = db.execute(
        "SELECT FROM projections.build WHERE projection = %s AND build = %s AND state = 'live'",
        (model.name, model.build),
    )
    return found.fetchone() is not None


def kept_up(db: Connection, projection: Projection) -> list[ReadModel]:
    """Return what projectors of this release keep up: the live build and those ready to follow it."""
    return [
        ReadModel(projection, one.build, one.schema)
        for one in of(db, projection.name)
        if one.state in {LIVE, FOLLOWING} and one.version == projection.version
    ]


def ensure(db: Connection, projection: Projection, tables: str) -> None:
    """Make the first build live. A release whose fold has another version gets a build of its own, which
    projectors fill and a person switches to. `tables`: the SQL that makes the tables, without a schema."""
    with db.transaction():
        _alone(db, projection.name)
        known = of(db, projection.name)
        if not known:
            _show(db, projection.name, _make(db, projection, tables, LIVE).schema)
        elif all(one.version != projection.version for one in known if one.state != RETIRED):
            _make(db, projection, tables, FOLLOWING)


def begin(db: Connection, projection: Projection, tables: str, *, clean: bool = False) -> tuple[Build, bool]:
    """Return a build to fill, and whether it was begun before: one left half-way is gone on with, unless
    `clean` or its fold was another."""
    with db.transaction():
        _alone(db, projection.name)
        for one in of(db, projection.name):
            if one.state != BUILDING:
                continue
            if one.version == projection.version and not clean:
                return one, True
            _remove(db, one)
        return _make(db, projection, tables, BUILDING), False


def filled(db: Connection, build: Build, differences: int | None) -> None:
    """The build has caught up. From here on projectors keep it up."""
    compared = None if differences is None else "different" if differences else "equal"
    db.execute(
        "UPDATE projections.build SET state = 'following', filled_at = now(), compared = %s, differences = %s"
        " WHERE projection = %s AND build = %s",
        (compared, differences, build.projection, build.build),
    )


def switch(db: Connection, projection: str, build: int, *, differing: bool = False) -> Build | None:
    """Show another build, at once, in one transaction; return the one shown before.

    Raises `BuildError`: `no_build`, `not_filled`, `differs` from one of its own version (unless
    `differing` is meant), and `behind` while it has not folded all that the live one has, so that a page
    never goes back: that passes, try again.
    """
    with db.transaction():
        _alone(db, projection)
        new, old = _named(db, projection, build), live(db, projection)
        if new.state != FOLLOWING:
            raise BuildError(
                "not_filled", f"Build {build} of {projection} is {new.state}, not ready to be shown."
            )
        if new.compared == "different" and comparable(new, old) and not differing:
            raise BuildError(
                "differs",
                f"Build {build} differs from the live one in {new.differences} rows. "
                "If that is meant, switch with --differing.",
            )
        if old is not None:
            _not_behind(db, old, new)
            _carry_times(db, old, new)
            _mark(db, old, RETIRED, "retired_at")
        _mark(db, new, LIVE, "live_at")
        db.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
        try:
            _show(db, projection, new.schema)
        except psycopg.errors.LockNotAvailable:
            raise BuildError("busy", "A long question holds the tables. Try again.") from None
        everything(db)
    return old


def comparable(one: Build, other: Build | None) -> bool:
    """Whether the two should say the same."""
    return other is not None and one.version == other.version


def drop(db: Connection, projection: str, build: int) -> None:
    """Remove a build, rows and books. Raises `BuildError`: `no_build`, `live`."""
    with db.transaction():
        _alone(db, projection)
        found = _named(db, projection, build)
        if found.state == LIVE:
            raise BuildError("live", f"Build {build} of {projection} is live. Switch to another one first.")
        _remove(db, found)


def _named(db: Connection, projection: str, build: int) -> Build:
    for one in of(db, projection):
        if one.build == build:
            return one
    raise BuildError("no_build", f"{projection} has no build {build}. See ./mingdian projections list.")


def _alone(db: Connection, projection: str) -> None:
    """One change of a projection's builds at a time."""
    db.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (f"builds:{projection}",))


def _make(db: Connection, projection: Projection, tables: str, state: str) -> Build:
    row = db.execute("SELECT nextval('projections.build_number')").fetchone()
    assert row is not None
    schema = f"{projection.name}_{row[0]}"
    db.execute(
        "INSERT INTO projections.build (projection, build, version, schema, state, live_at)"
        " VALUES (%s, %s, %s, %s, %s, CASE %s WHEN 'live' THEN now() END)",
        (projection.name, row[0], projection.version, schema, state, state),
    )
    db.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    db.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema)))
    db.execute(tables.encode())
    db.execute("SET LOCAL search_path TO DEFAULT")
    return _named(db, projection.name, row[0])


def _show(db: Connection, projection: str, schema: str) -> None:
    """Let the projection's own schema show the tables of `schema`, and nothing else."""
    shown = sql.Identifier(projection)
    db.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(shown))
    for name in _tables(db, projection):
        db.execute(sql.SQL("DROP VIEW {}.{}").format(shown, sql.Identifier(name)))
    for name in _tables(db, schema):
        view, table = (sql.Identifier(place, name) for place in (projection, schema))
        db.execute(sql.SQL("CREATE VIEW {} AS SELECT * FROM {}").format(view, table))


def _tables(db: Connection, schema: str) -> Sequence[str]:
    found = db.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = %s ORDER BY 1", (schema,)
    )
    return [name for (name,) in found]


def _not_behind(db: Connection, old: Build, new: Build) -> None:
    """Both stand still from here to the end of the transaction: who folds moves its offset first."""
    found = db.execute(
        "SELECT build, topic, partition, next_offset FROM projections.partition_offset"
        " WHERE projection = %s AND build = ANY(%s) ORDER BY build, topic, partition FOR UPDATE",
        (new.projection, [old.build, new.build]),
    ).fetchall()
    at = {(topic, partition): offset for build, topic, partition, offset in found if build == new.build}
    missing = sum(
        max(0, offset - at.get((topic, partition), 0))
        for build, topic, partition, offset in found
        if build == old.build
    )
    if missing:
        raise BuildError(
            "behind", f"Build {new.build} is {missing} records behind the live one. Wait a moment."
        )


def _carry_times(db: Connection, old: Build, new: Build) -> None:
    """When a stream was last applied is book-keeping that outlives a build."""
    db.execute(
        "UPDATE projections.stream_position AS n SET applied_at = o.applied_at"
        " FROM projections.stream_position AS o"
        " WHERE n.projection = %s AND n.build = %s AND o.projection = n.projection AND o.build = %s"
        " AND o.subject = n.subject AND o.sequence = n.sequence AND o.applied_at < n.applied_at",
        (new.projection, new.build, old.build),
    )


def _mark(db: Connection, build: Build, state: str, moment: str) -> None:
    db.execute(
        sql.SQL(
            "UPDATE projections.build SET state = %s, {} = now() WHERE projection = %s AND build = %s"
        ).format(sql.Identifier(moment)),
        (state, build.projection, build.build),
    )


def _remove(db: Connection, build: Build) -> None:
    db.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(build.schema)))
    for book in ("partition_offset", "stream_position", "held", "finding", "build"):
        db.execute(
            sql.SQL("DELETE FROM projections.{} WHERE projection = %s AND build = %s").format(
                sql.Identifier(book)
            ),
            (build.projection, build.build),
        )
