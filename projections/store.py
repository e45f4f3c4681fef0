"""The rows of a read model, loaded and written in bulk, inside the caller's transaction."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
import psycopg
from psycopg import sql

from projections.projection import Key, ReadModel, Row

Connection = psycopg.Connection[tuple[Any, ...]]


def load(db: Connection, model: ReadModel, keys: Iterable[Key]) -> dict[Key, Row]:
    """Return the rows with these keys, as JSON objects."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    table = model.table
    query = sql.SQL(
        "SELECT to_jsonb(t)::text FROM {rows} t JOIN unnest({lists}) AS k({names}) USING ({names})"
    ).format(
        rows=_rows(model),
        lists=sql.SQL(", ").join(sql.SQL("%s::" + kind + "[]") for kind in table.key.values()),
        names=_list(table.key),
    )
    found = db.execute(query, [list(column) for column in zip(*wanted, strict=True)])
    rows = (orjson.loads(text) for (text,) in found)
    return {tuple(row[name] for name in table.key): row for row in rows}


def write(db: Connection, model: ReadModel, rows: Mapping[Key, Row]) -> None:
    """Insert or replace rows, all at once, in the order of their keys so that two writers can't cross.

    They are copied into a table of this connection alone and moved from there: four times as fast as a
    recordset in a parameter.
    """
    if not rows:
        return
    table = model.table
    incoming = sql.Identifier(f"incoming_{model.schema}_{table.name}")
    names = _list(table.all_columns)
    db.execute(
        sql.SQL("CREATE TEMP TABLE IF NOT EXISTS {} (LIKE {}) ON COMMIT DELETE ROWS").format(
            incoming, _rows(model)
        )
    )
    with db.cursor().copy(sql.SQL("COPY {} ({}) FROM STDIN").format(incoming, names)) as copy:
        for key in sorted(rows):
            copy.write_row([_cell(value) for value in map(rows[key].get, table.all_columns)])
    db.execute(
        sql.SQL(
            "INSERT INTO {rows} ({names}) SELECT {names} FROM {incoming}"
            " ON CONFLICT ({key}) DO UPDATE SET {updates}"
        ).format(
            rows=_rows(model),
            names=names,
            incoming=incoming,
            key=_list(table.key),
            updates=sql.SQL(", ").join(
                sql.SQL("{column} = excluded.{column}").format(column=sql.Identifier(name))
                for name in table.columns
            ),
        )
    )


def _cell(value: Any) -> Any:
    """What COPY takes: JSON as text, everything else as it is."""
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value


def _rows(model: ReadModel) -> sql.Identifier:
    return sql.Identifier(model.schema, model.table.name)


def _list(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(name) for name in names)
