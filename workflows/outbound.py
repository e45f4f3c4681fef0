"""What leaves a run: its events, in order and in batches, and the final outcomes of facts that had been
held."""

from datetime import timedelta
from typing import Protocol

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from activities.messages import (
        FORWARD_FACTS,
        PUBLISH_EVENTS,
        RECORD_OUTCOME,
        ForwardRequest,
        InternalFact,
        Published,
        PublishRequest,
    )
    from events.envelope import Event, Head, seal
    from events.topics import CONNECTION
    from workflows.case import Said
    from workflows.state import CaseState, Spoken

BATCH = 50
_FOR_EVER = RetryPolicy(initial_interval=timedelta(seconds=0.2), maximum_interval=timedelta(seconds=5))


class Speaker(Protocol):
    """What speaks: its queue, where its stream ends, and what it said under which key."""

    queue: list[Said]
    in_flight: int
    head: Head
    spoken: dict[str, Spoken]
    policy_version: str
    done: bool


class Named(Protocol):
    """Whose stream it is: its number, and the source that it speaks under."""

    @property
    def number(self) -> str: ...

    @property
    def source(self) -> str: ...

    @property
    def profile(self) -> str: ...


class Sender(Protocol):
    """What sends facts to other cases and projects."""

    letters: list[InternalFact]
    done: bool


async def publish(state: Speaker, start: Named, topic: str = CONNECTION) -> None:
    """Drain the queue until the run is done. The head of the chain is the *recorded* result of the last
    publish, so a replay never depends on bytes that it computed itself."""
    while True:
        await workflow.wait_condition(lambda: bool(state.queue) or state.done)
        if not state.queue:
            return
        batch = state.queue[:BATCH]
        del state.queue[: len(batch)]
        state.in_flight = len(batch)
        events = seal(
            state.head,
            [one.draft for one in batch],
            source=start.source,
            subject=start.number,
            correlationid=start.number,
            policyversion=state.policy_version,
        )
        for one, event in zip(batch, events, strict=True):
            if one.key in state.spoken:
                state.spoken[one.key].sequence = event.number
        published = await _send(events, topic)
        state.head = Head(sequence=published.sequence, hash=published.hash)
        state.in_flight = 0


async def _send(events: list[Event], topic: str) -> Published:
    """A regular activity, never a local one: the request is in the history before anything is sent, so every
    attempt sends these bytes, whichever worker makes it and whatever the case has heard meanwhile. And no
    update ever waits for the broker."""
    request = PublishRequest(topic=topic, events=tuple(event.as_json() for event in events))
    published: Published = await workflow.execute_activity(
        PUBLISH_EVENTS,
        request,
        result_type=Published,
        start_to_close_timeout=timedelta(seconds=8),
        retry_policy=_FOR_EVER,
    )
    return published


async def report(state: CaseState) -> None:
    """Tell the inbox the final outcome of every fact that had been held, until the run is done."""
    while True:
        await workflow.wait_condition(lambda: bool(state.reports) or state.done)
        if not state.reports:
            return
        await workflow.execute_activity(
            RECORD_OUTCOME,
            state.reports[0],
            start_to_close_timeout=timedelta(seconds=15),
            retry_policy=_FOR_EVER,
        )
        state.reports.pop(0)


async def forward(state: Sender, start: Named) -> None:
    """Send what others must be told, in order, until the run is done. Sent twice it is one fact: its id is
    that of the first time."""
    while True:
        await workflow.wait_condition(lambda: bool(state.letters) or state.done)
        if not state.letters:
            return
        batch = tuple(state.letters[:BATCH])
        await workflow.execute_activity(
            FORWARD_FACTS,
            ForwardRequest(profile=start.profile, source=start.source, facts=batch),
            start_to_close_timeout=timedelta(seconds=15),
            retry_policy=_FOR_EVER,
        )
        del state.letters[: len(batch)]
