"""The outbox: events of streams without a workflow, written with the decision that they tell of.

Sequence, chain and bytes are final when the transaction commits; `relay` carries them to Kafka.
"""

from collections.abc import Iterable

from psycopg.types.json import Jsonb

from activities.outcomes import Connection
from activities.publish import headers_of
from events.envelope import GENESIS, Draft, Event, Head, seal
from events.errors import MingdianError
from events.producer import partition_of

_LOCK_HEAD = """
INSERT INTO intake.stream_head AS h (subject, topic, hash) VALUES (%s, %s, %s)
ON CONFLICT (subject) DO UPDATE SET topic = h.topic
RETURNING topic, sequence, hash
"""


class OtherStreamError(MingdianError):
    """The subject belongs to another stream: a stream has one writer and a subject one stream, for ever."""

    def __init__(self) -> None:
        super().__init__("other_stream", "The subject belongs to another stream. Choose another subject.")


async def write(
    conn: Connection,
    drafts: Iterable[Draft],
    *,
    topic: str,
    subject: str,
    source: str,
    policyversion: str,
    correlationid: str | None = None,
) -> list[Event]:
    """Chain `drafts` onto the stream of `subject` and queue them for `topic`; returns the finished events.

    `topic` is one of `events.topics`; `correlationid` is the subject unless given. The caller's transaction
    decides whether they exist at all, and holds the stream until it ends: write the subjects of one
    transaction in sorted order. Raises `OtherStreamError`.
    """
    cursor = await conn.execute(_LOCK_HEAD, (subject, topic, GENESIS))
    row = await cursor.fetchone()
    if row is None or row[0] != topic:
        raise OtherStreamError
    events = seal(
        Head(sequence=row[1], hash=row[2]),
        drafts,
        source=source,
        subject=subject,
        correlationid=correlationid or subject,
        policyversion=policyversion,
    )
    if not events:
        return events
    partition = partition_of(topic, subject)
    async with conn.cursor() as writing:
        await writing.executemany(
            """
            INSERT INTO intake.outbox (topic, partition, subject, sequence, body, headers)
            VALUES (%s, %s, %s, %s, %s, %s)
            """,
            [
                (topic, partition, subject, event.number, event.as_bytes(), Jsonb(_headers(event)))
                for event in events
            ],
        )
        await writing.execute(
            "UPDATE intake.stream_head SET sequence = %s, hash = %s WHERE subject = %s",
            (events[-1].number, events[-1].hash, subject),
        )
    return events


def _headers(event: Event) -> dict[str, str]:
    return {name: value.decode() for name, value in headers_of(event)}
