"""How far the platform is, as `status` shows it: what is behind, what is open, how fresh the pages are."""

from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from deploy.settings import Settings

Figures = dict[str, dict[str, Any]]


def platform_figures(settings: Settings) -> Figures:
    """`{"intake": {…}, "progress": {…}, …}`: a row of figures for intake and for each projection.

    A projection's `behind` counts records of the log that it has not folded yet. Empty where the tables are
    not made yet or the database can't be asked; `behind` is missing where Kafka can't.
    """
    try:
        with psycopg.connect(settings.postgres_dsn, connect_timeout=3, row_factory=dict_row) as link:
            questions = _questions()
            found = {name: link.execute(text).fetchall() for name, text in questions.items()}
    except psycopg.Error:
        return {}
    figures: Figures = {"intake": found["intake"][0]}
    figures |= {row.pop("projection"): row for row in found["projections"]}
    for name, behind in _behind(settings.kafka_bootstrap, found["positions"]).items():
        figures[name]["behind"] = behind
    return figures


def _questions() -> dict[str, bytes]:
    """The statements of `figures.sql` by the name above each."""
    text = Path(__file__).with_name("figures.sql").read_text(encoding="utf-8")
    blocks = (block.split("\n", 1) for block in text.split("-- name: ")[1:])
    return {name.strip(): statement.encode() for name, statement in blocks}


def _behind(bootstrap: str, positions: list[dict[str, Any]]) -> Counter[str]:
    """Records between each projection's position and the end of the log, all partitions together."""
    from kafka import TopicPartition
    from kafka.admin import KafkaAdminClient, OffsetSpec
    from kafka.errors import KafkaError

    behind: Counter[str] = Counter()
    places = {TopicPartition(row["topic"], row["partition"]): OffsetSpec.LATEST for row in positions}
    if not places:
        return behind
    try:
        client = KafkaAdminClient(bootstrap_servers=bootstrap.split(","), bootstrap_timeout_ms=3000)
    except (KafkaError, OSError):
        return behind
    try:
        ends = client.list_partition_offsets(places, timeout_ms=5000)
    except KafkaError:
        return behind
    finally:
        client.close()
    for row in positions:
        end = ends[TopicPartition(row["topic"], row["partition"])].offset
        behind[row["projection"]] += max(end - row["next_offset"], 0)
    return behind
