"""每日封印. Once a day, or when asked, one signed hash that stands for the whole log, itself in the log."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.messages import PUBLISH_EVENTS, Published, PublishRequest
    from activities.root_messages import (
        COMPUTE_ROOT,
        FIND_SPANS,
        KEEP_ROOT,
        NextRoot,
        RootData,
        RootEvent,
        RootOrder,
    )
    from events.catalogue.roots_events import RootSealed
    from events.envelope import Draft, Event, seal
    from events.roots import POLICY_VERSION, SOURCE, SUBJECT
    from events.topics import ROOTS

SEALING_ID = "roots"
"""The one workflow id under which roots are sealed. Temporal runs an id once at a time: the stream of roots
has one writer, whoever asks."""

_READ_SECONDS = timedelta(seconds=60)
_COMPUTE_HOURS = timedelta(hours=6)
_SILENCE = timedelta(seconds=60)

# A log that is shorter than what an earlier root stands for is nothing that waiting mends.
_FOR_EVER = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    maximum_interval=timedelta(seconds=30),
    non_retryable_error_types=["position_lost"],
)


@workflow.defn(name="SealRoot")
class SealRoot:
    """Reads what is new, computes and signs its root, publishes it, and keeps it outside the log too."""

    @workflow.run
    async def run(self) -> RootEvent:
        """Return the root as it was published."""
        # What it stands for and when it was sealed are recorded here, so every attempt makes the same root.
        since = await workflow.execute_activity(
            FIND_SPANS, result_type=NextRoot, start_to_close_timeout=_READ_SECONDS, retry_policy=_FOR_EVER
        )
        sealed_at = workflow.now()
        signed = await workflow.execute_activity(
            COMPUTE_ROOT,
            RootOrder(next=since, sealed_at=sealed_at),
            result_type=RootData,
            start_to_close_timeout=_COMPUTE_HOURS,
            heartbeat_timeout=_SILENCE,
            retry_policy=_FOR_EVER,
        )
        (event,) = seal(
            since.head,
            [Draft(type=RootSealed.type, time=sealed_at, data=signed.data)],
            source=SOURCE,
            subject=SUBJECT,
            correlationid=SUBJECT,
            policyversion=POLICY_VERSION,
        )
        await _publish(event)
        return await _keep(event)


@workflow.defn(name="DailyRoot")
class DailyRoot:
    """What the schedule starts: a sealing, unless one is under way."""

    @workflow.run
    async def run(self) -> None:
        """Wait for the sealing to end."""
        try:
            await workflow.execute_child_workflow(
                SealRoot.run, id=SEALING_ID, id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE
            )
        except WorkflowAlreadyStartedError:
            workflow.logger.info("a root is being sealed already")


async def _publish(event: Event) -> None:
    await workflow.execute_activity(
        PUBLISH_EVENTS,
        PublishRequest(topic=ROOTS, events=(event.as_json(),)),
        result_type=Published,
        start_to_close_timeout=timedelta(seconds=15),
        retry_policy=_FOR_EVER,
    )


async def _keep(event: Event) -> RootEvent:
    kept = RootEvent(event=event.as_json())
    await workflow.execute_activity(
        KEEP_ROOT, kept, result_type=str, start_to_close_timeout=_READ_SECONDS, retry_policy=_FOR_EVER
    )
    return kept
