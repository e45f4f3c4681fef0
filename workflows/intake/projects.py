"""Which key project an application belongs to: by the number that it names, or by its organisation."""

from activities.outcomes import Connection
from events.catalogue.connection_facts import ApplicationSubmitted
from events.catalogue.project_events import IntentionRecorded
from events.catalogue.project_facts import ProjectJoined, ProjectParted
from events.envelope import Event
from events.upcasting import newest_fact, read_fact
from workflows.messages import FactMessage, FactOutcome, NamedProject

NOTE = """
INSERT INTO intake.project_organisation (profile, org_code, number)
SELECT profile, upper(%(org_code)s), number FROM intake.subject WHERE number = %(number)s
ON CONFLICT DO NOTHING
"""
_BY_NUMBER = """
SELECT FROM intake.subject
WHERE number = %s AND profile = %s AND stream = 'project' AND begun_at IS NOT NULL
"""
UNKNOWN_PROJECT = "unknown_project"
"""Code of an application that was taken though it names a project that there is not, and of a join to one."""

# Of an organisation those that go on by themselves: a joined one is found by what it is joined to.
_BY_ORGANISATION = """
SELECT o.number FROM intake.project_organisation o JOIN intake.subject s USING (number)
WHERE o.profile = %s AND o.org_code = upper(%s) AND s.begun_at IS NOT NULL AND coalesce((
    SELECT i.type FROM intake.inbox i
    WHERE i.subject = o.number AND i.outcome = 'applied' AND i.type = ANY(%s)
    ORDER BY i.time DESC, i.source DESC, i.id DESC LIMIT 1), '') <> %s
LIMIT 2
"""
# By its record's name a feed goes on to reach its project, however long ago it first told of it.
_ALIAS = """
INSERT INTO intake.alias (source, alias, number) SELECT %s, %s, number FROM intake.subject WHERE number = %s
ON CONFLICT DO NOTHING
"""


async def named_by(conn: Connection, profile: str, fact: FactMessage) -> NamedProject | None:
    """Return the project that an application names. An organisation with several projects names none: a
    person says which; nor does a number that is no project's."""
    if newest_fact(fact.type) is not ApplicationSubmitted:
        return None
    said = read_fact(fact.type, fact.data)
    assert isinstance(said, ApplicationSubmitted)
    if said.project_no is not None and await _known(conn, profile, said.project_no):
        return NamedProject(number=said.project_no, by="number")
    if said.org_code is None:
        return None
    decisions = [ProjectJoined.type, ProjectParted.type]
    cursor = await conn.execute(_BY_ORGANISATION, (profile, said.org_code, decisions, ProjectJoined.type))
    found = [number async for (number,) in cursor]
    return NamedProject(number=found[0], by="organisation") if len(found) == 1 else None


async def amiss(conn: Connection, profile: str, fact: FactMessage) -> str | None:
    """Return what whoever sent an application must be told: it names a project by a number that is none's."""
    if newest_fact(fact.type) is not ApplicationSubmitted:
        return None
    said = read_fact(fact.type, fact.data)
    assert isinstance(said, ApplicationSubmitted)
    if said.project_no is None or await _known(conn, profile, said.project_no):
        return None
    return (
        f"The application is taken, but {said.project_no} is no key project here. Look the number up: staff "
        "can still link the application to its project."
    )


def joins(fact: FactMessage) -> bool:
    """Whether a project is to go on under another."""
    return newest_fact(fact.type) is ProjectJoined


async def lost(conn: Connection, profile: str, fact: FactMessage) -> FactOutcome | None:
    """Return why a project can't be joined: to a number that is none's it would be handed on for ever."""
    said = read_fact(fact.type, fact.data)
    assert isinstance(said, ProjectJoined)
    if await _known(conn, profile, said.into):
        return None
    sentence = f"{said.into} is no key project here. Look the number up, and join again."
    return FactOutcome(fate="impossible", code=UNKNOWN_PROJECT, sentence=sentence)


async def _known(conn: Connection, profile: str, number: str) -> bool:
    return await (await conn.execute(_BY_NUMBER, (number, profile))).fetchone() is not None


async def hear(conn: Connection, event: Event) -> None:
    """Learn from the log what a restored database has forgotten of a project: names and organisation."""
    if event.type != IntentionRecorded.type or event.causationid is None:
        return
    data = IntentionRecorded.model_validate(event.data)
    if data.row.org_code is not None:
        await conn.execute(NOTE, {"org_code": data.row.org_code, "number": event.subject})
    if data.origin is None:
        source, _, _ = event.causationid.partition("|")
        await conn.execute(_ALIAS, (source, data.row.record, event.subject))
