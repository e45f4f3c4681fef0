"""How an application stands, for the channel that it came by and that asks."""

from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from projections.notify.wording import Standing
from projections.progress.fold import ENDED
from projections.progress.state import ApplicationState

_APPLICATION = "SELECT status, overdue, due_at, state FROM progress.application WHERE number = %s"


async def standing_of(
    connection: AsyncConnection[Any], number: str, reference: str, code: str
) -> Standing | None:
    """Return how an application stands; `code` opens its page. None while no event of it was folded yet."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_APPLICATION, (number,))
        row = await cursor.fetchone()
    if row is None:
        return None
    state = ApplicationState.model_validate(row["state"])
    return standing(state, row["status"], row["due_at"], reference, code, overdue=row["overdue"])


def standing(
    state: ApplicationState, status: str, due_at: datetime | None, reference: str, code: str, *, overdue: bool
) -> Standing:
    """Return the same from the state of the progress: pure."""
    step = state.steps[-1] if state.steps and status not in ENDED else None
    receipt = state.receipts[-1] if state.receipts else None
    name = receipt.step_name if receipt is not None and step is not None else None
    responsible = receipt.responsible if receipt else state.manager
    supervisor = receipt.supervisor if receipt else state.supervisor
    return Standing(
        number=state.number,
        sequence=state.sequence,
        reference=reference,
        at=state.last_event_at,
        occasion="",
        status=status,
        step=step.code if step else None,
        step_name=name.model_dump() if name else None,
        due_at=due_at,
        missing=tuple(state.documents_missing) if step else (),
        overdue=overdue,
        responsible=responsible.name if responsible else None,
        responsible_phone=responsible.phone if responsible else None,
        supervisor=supervisor.name if supervisor else None,
        supervisor_phone=supervisor.phone if supervisor else None,
        receipt_no=receipt.receipt_no if receipt else None,
        receipt_code=code,
    )
