"""Facts of the personnel department (人事), from whichever door: noted in the roster as the `teams` commands
do, in the transaction that gives them their outcome. What is to be handed over then goes by itself."""

from datetime import datetime

from activities.outcomes import Connection, finish
from events.catalogue.roster_facts import AbsenceReported, DepartureReported, ReturnReported, RosterFact
from events.errors import MingdianError
from events.upcasting import read_fact
from workflows.intake import roster
from workflows.intake.roster import Change
from workflows.messages import FactMessage
from workflows.policy.model import Policy


async def hear(conn: Connection, policy: Policy | None, fact: FactMessage, now: datetime) -> None:
    """Take a fact into the roster and finish it: applied, or refused with the reason. Opens a transaction of
    its own, so that it is taken once, whoever dies."""
    said = read_fact(fact.type, fact.data)
    assert isinstance(said, RosterFact)
    try:
        async with conn.transaction():
            if policy is None:
                raise MingdianError(
                    "unknown_profile", "The profile is not served any more. List it and replay."
                )
            await _note(conn, Change(policy, said.staff_id, now, fact), said)
            await finish(conn, source=fact.source, id=fact.id, n=fact.n, outcome="applied")
    except MingdianError as error:
        await finish(
            conn,
            source=fact.source,
            id=fact.id,
            n=fact.n,
            outcome="refused",
            code=error.code,
            sentence=error.sentence,
        )


async def _note(conn: Connection, change: Change, said: RosterFact) -> None:
    match said:
        case AbsenceReported():
            await roster.absent(conn, change, said.first, said.last, hand_over=said.hand_over)
        case ReturnReported():
            await roster.back(conn, change, said.on)
        case DepartureReported():
            if not await roster.leave(conn, change, said.on):
                raise MingdianError("staff_left", f"{change.staff_id} has left already.")
