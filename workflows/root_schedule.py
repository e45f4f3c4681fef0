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
    """Seal a root, or join the sealing that is under way, and wait for it. Raises `WorkflowFailureError`,
    `RPCError`."""
    return await client.execute_workflow(
        SealRoot.run,
        id=SEALING_ID,
        task_queue=TASK_QUEUE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
