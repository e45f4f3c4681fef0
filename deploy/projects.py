"""What a person decides about key projects: two that are one, one that is two, an application that is a
project's. Each is a fact, told to the project concerned once, however often it is asked for."""

import asyncio
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

import psycopg
from psycopg.rows import dict_row
from pydantic import BaseModel, ConfigDict

from deploy.errors import UserError
from deploy.feed import ledger
from deploy.feed.ledger import Fate
from deploy.feed.pages import wait_for_pages
from deploy.feed.run import connect
from deploy.settings import Settings
from events.catalogue import project_facts as facts
from events.catalogue.base import Fact
from events.catalogue.registry import short_name
from events.envelope import write_time
from events.errors import MingdianError
from events.producer import Outgoing, Producer
from events.topics import INBOUND
from projections.prestart.state import ProjectState
from workflows.intake.projects import UNKNOWN_PROJECT
from workflows.policy.model import Policy

PATIENCE_SECONDS = 120.0

# What was asked for under this name before and came to nothing: asked for again, it has another name.
_IN_VAIN = """
SELECT count(*) FROM intake.inbox
WHERE source = %s AND type = %s AND (id = %s OR starts_with(id, %s || ':')) AND outcome <> 'applied'
"""


# Applications that name a project by a number that was none's, as long as nobody has linked them to one.
_UNPLACED = """
SELECT i.subject AS application, i.fact->'data'->>'project_no' AS project_no, i.source, i.time AS applied_at
  FROM intake.inbox i
 WHERE i.profile = %(profile)s AND i.outcome = 'applied' AND i.code = %(code)s
   AND NOT EXISTS (SELECT FROM prestart.project p
                    WHERE p.profile = i.profile AND p.state->'applications' ? i.subject)
 ORDER BY i.time, i.subject
"""


class Unplaced(BaseModel):
    """An application that names a key project by a number that is none's: a person finds out whose it is."""

    model_config = ConfigDict(frozen=True)

    application: str
    project_no: str
    source: str
    applied_at: datetime


async def unplaced(conn: psycopg.AsyncConnection[Any], policy: Policy) -> list[Unplaced]:
    """Return the applications that name no project that there is, the oldest first."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_UNPLACED, {"profile": policy.profile, "code": UNKNOWN_PROJECT})
        return [Unplaced(**row) for row in await cursor.fetchall()]


def joinable(into: ProjectState) -> None:
    """Raise UserError for a project under which nothing can go on: its run is over and hears nothing."""
    if into.closed_at is not None:
        raise UserError("closed", f"{into.number} is closed. Nothing can go on under it.")


class Decision(NamedTuple):
    """A fact for the project `number`. `name` is the same for the same decision until it was undone."""

    number: str
    fact: Fact
    name: str


def joined(state: ProjectState, into: str, by: str) -> Decision:
    """The project is the same as `into`, under which it goes on. After a parting that is decided anew."""
    fact = facts.ProjectJoined(into=into, decided_by=by)
    return _decision(state, fact, into, state.partings)


def parted(state: ProjectState, by: str) -> Decision:
    """The join was wrong: the project goes on by itself. After each join that is decided anew."""
    return _decision(state, facts.ProjectParted(decided_by=by), "alone", state.joins)


def dismissed(state: ProjectState, other: str, by: str) -> Decision:
    """The project is not the same as `other`, though it looks so. That is never undone."""
    return _decision(state, facts.MatchDismissed(other=other, decided_by=by), other, 0)


def linked(state: ProjectState, application: str) -> Decision:
    """The application is the project's. After the link was undone that is decided anew."""
    link = state.applications.get(application)
    undone = int(link.unlinked.at.timestamp()) if link and link.unlinked else 0
    return _decision(state, facts.ApplicationLinked(number=application, by="person"), application, undone)


def unlinked(state: ProjectState, application: str) -> Decision:
    """The application is that of another project. After each link that is decided anew."""
    link = state.applications.get(application)
    made = int(link.linked.at.timestamp()) if link and link.linked else 0
    return _decision(state, facts.ApplicationUnlinked(number=application), application, made)


def _decision(state: ProjectState, fact: Fact, about: str, undone: int) -> Decision:
    name = f"{short_name(fact.type).replace('_', '-')}:{state.number}:{about}"
    return Decision(state.number, fact, f"{name}:{undone}" if undone else name)


async def decide(
    settings: Settings, policy: Policy, decision: Decision, patience: float = PATIENCE_SECONDS
) -> Fate:
    """Tell a decision, wait for what becomes of it and, where it is applied, for the pages to show it.

    One that was told before is a duplicate, whoever told it. Raises UserError when intake or the pages stay
    away.
    """
    async with await connect(settings) as conn:
        name = await _name(conn, policy, decision)
        key = (policy.source, name)
        before = await ledger.read(conn, [key])
        if key not in before:
            await asyncio.to_thread(_publish, settings, policy, decision, name)
        wait = patience + settings.early_wait.total_seconds()
        await ledger.wait_for_outcomes(conn, [key], {}, patience=wait)
        await wait_for_pages(conn, [key], patience=patience)
        after = (await ledger.read(conn, [key]))[key]
    if after.outcome != "applied":
        return Fate("refused", after.code)
    return Fate("duplicate" if key in before else "applied")


async def _name(conn: psycopg.AsyncConnection[Any], policy: Policy, decision: Decision) -> str:
    """The fact's id: another one after each time that it came to nothing."""
    asked = (policy.source, decision.fact.type, decision.name, decision.name)
    row = await (await conn.execute(_IN_VAIN, asked)).fetchone()
    in_vain = row[0] if row else 0
    return f"{decision.name}:again:{in_vain}" if in_vain else decision.name


def _publish(settings: Settings, policy: Policy, decision: Decision, name: str) -> None:
    producer = Producer(settings.kafka_bootstrap, "mingdian-projects")
    try:
        producer.publish_all([Outgoing(INBOUND, decision.number, _event(policy, decision, name))])
    finally:
        with suppress(MingdianError):
            producer.close()


def _event(policy: Policy, decision: Decision, name: str) -> bytes:
    """The fact as the platform sends it to itself: under its own source, which no token opens."""
    return json.dumps(
        {
            "specversion": "1.0",
            "id": name,
            "source": policy.source,
            "type": decision.fact.type,
            "subject": decision.number,
            "time": write_time(datetime.now(UTC)),
            "profile": policy.profile,
            "datacontenttype": "application/json",
            "data": decision.fact.model_dump(mode="json", exclude_none=True),
        },
        ensure_ascii=False,
    ).encode()
