"""How far the platform is, as `status` shows it: what is behind, what is open, how fresh the pages are."""

import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from deploy.settings import Settings
from events.consumer import Consumer, PositionLostError
from events.producer import BusAwayError

Figures = dict[str, dict[str, Any]]


def platform_figures(settings: Settings, *, ask_kafka: bool = True) -> Figures:
    """`{"intake": {…}, "callbacks": {…}, "progress": {…}, …}`: figures of intake, of what channels are told,
    and of each projection that is shown.

    A projection's `behind` counts records of the log that it has not folded yet, `lag_seconds` is the age of
    the oldest of them, `newest_seconds_old` that of the newest fact shown; `newer_version` is there when a
    build of one waits to be shown. Empty where the tables are not made yet or the database can't be asked;
    `behind` and lag are missing where Kafka can't, or is not to be asked: to find out that it is away takes
    seconds.
    """
    try:
        with psycopg.connect(settings.postgres_dsn, connect_timeout=3, row_factory=dict_row) as link:
            found = {
                name: link.execute(_QUESTIONS[name]).fetchall() for name in ("intake", "callbacks", "builds")
            }
    except psycopg.Error:
        return {}
    figures: Figures = {"intake": found["intake"][0], "callbacks": found["callbacks"][0]}
    shown = [row for row in found["builds"] if row["state"] == "live"]
    for row in shown:
        _add_newer(row, found["builds"])
    if ask_kafka:
        _add_lag(settings.kafka_bootstrap, shown)
    for row in shown:
        figures[row["projection"]] = {name: row[name] for name in _SHOWN if name in row}
    return figures


def build_figures(settings: Settings) -> list[dict[str, Any]]:
    """Return a row for every build of every projection. Raises `psycopg.Error` when the database can't be
    asked."""
    with psycopg.connect(settings.postgres_dsn, connect_timeout=3, row_factory=dict_row) as link:
        rows = link.execute(_QUESTIONS["builds"]).fetchall()
    _add_lag(settings.kafka_bootstrap, rows)
    for row in rows:
        del row["places"]
    return rows


_SHOWN = (
    "applied_seconds_ago", "newest_seconds_old", "behind", "lag_seconds", "held", "findings", "newer_version"
)  # fmt: skip


def _add_newer(shown: dict[str, Any], builds: list[dict[str, Any]]) -> None:
    """A release whose fold has another version fills a build of its own, and nobody keeps the old one up."""
    versions = [
        row["version"]
        for row in builds
        if row["projection"] == shown["projection"] and row["state"] == "following"
    ]
    if max(versions, default=0) > shown["version"]:
        shown["newer_version"] = max(versions)


def _questions() -> dict[str, bytes]:
    """The statements of `figures.sql` by the name above each."""
    text = Path(__file__).with_name("figures.sql").read_text(encoding="utf-8")
    blocks = (block.split("\n", 1) for block in text.split("-- name: ")[1:])
    return {name.strip(): statement.encode() for name, statement in blocks}


_QUESTIONS = _questions()


def _add_lag(bootstrap: str, rows: list[dict[str, Any]]) -> None:
    """Add `behind` and `lag_seconds` to each row, by its `places`: `[[topic, partition, next offset], …]`."""
    places = {(topic, partition): None for row in rows for topic, partition, _ in row["places"]}
    if not places:
        return
    try:
        consumer = Consumer(bootstrap, client_id="status", max_records=1)
    except BusAwayError:
        return
    try:
        ends = consumer.ends(list(places))
        for row in rows:
            at = {(topic, partition): offset for topic, partition, offset in row["places"]}
            left = {place: offset for place, offset in at.items() if ends[place] > offset}
            row["behind"] = sum(ends[place] - offset for place, offset in left.items())
            row["lag_seconds"] = max((_age(consumer, place, left[place]) for place in left), default=0.0)
    except (BusAwayError, PositionLostError):
        return
    finally:
        consumer.close()


def _age(consumer: Consumer, place: tuple[str, int], offset: int) -> float:
    """How long ago the record there was written; 0 when there is none after all."""
    consumer.assign({place: offset})
    found = consumer.poll(2.0)
    return max(0.0, time.time() - found[0].timestamp / 1000) if found else 0.0
