"""When roots are sealed: every midnight UTC by a Temporal schedule, and at once when somebody asks."""

from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from activities.root_messages import RootEvent
from events.roots import SEAL_HOUR
from workflows.messages import TASK_QUEUE
from workflows.roots import SEALING_ID, DailyRoot, SealRoot

SCHEDULE_ID = "roots-daily"
_CATCH_UP = timedelta(days=1)  # after a longer absence one root covers all that was missed


async def ensure(client: Client) -> None:
    """Make the schedule, unless it is there: one that a person has paused stays paused. Raises `RPCError`."""
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(DailyRoot.run, id=SCHEDULE_ID, task_queue=TASK_QUEUE),
        spec=ScheduleSpec(calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(SEAL_HOUR)])]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=_CATCH_UP),
    )
    try:
        await client.create_schedule(SCHEDULE_ID, schedule)
    except ScheduleAlreadyRunningError:
        return


async def seal_now(client: Client) -> RootEvent:
    """Seal a root that stands for everything in the log by now, and wait for it. Raises
    `WorkflowFailureError`, `RPCError`."""
    try:
        return await _seal(client, WorkflowIDConflictPolicy.FAIL)
    except WorkflowAlreadyStartedError:
        # The one under way may have looked at the log before now: whoever asked meanwhile shares the next.
        await client.get_workflow_handle(SEALING_ID).result()
        return await _seal(client, WorkflowIDConflictPolicy.USE_EXISTING)


async def _seal(client: Client, under_way: WorkflowIDConflictPolicy) -> RootEvent:
    return await client.execute_workflow(
        SealRoot.run, id=SEALING_ID, task_queue=TASK_QUEUE, id_conflict_policy=under_way
    )
