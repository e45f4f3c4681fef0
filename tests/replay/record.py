"""Records the histories anew, on real servers of its own: `python -m tests.replay.record [NAME ...]`.

Needed after every change of a lifecycle's path or of what it says, as long as that is not released. A history
of a release is never recorded anew: a change that breaks it needs `workflow.patched`.
"""

import asyncio
import json
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle

from deploy.profiles.loader import load_profiles
from deploy.settings import Settings
from deploy.stack.running import running_stack
from tests.integration.conftest import servers_in
from tests.integration.upstreams import SOURCE, Upstream, at_work, records_of, upstream_of
from tests.replay.histories import FOLDER, nameless
from tests.replay.projects import PROJECT_JOINED, PROJECT_PARTED, PROJECT_WHOLE
from tests.replay.stories import STORIES, Story, Told
from workflows.intake.engine import Engine
from workflows.messages import TASK_QUEUE, FactMessage
from workflows.opening import open_project
from workflows.roots import SEALING_ID, DailyRoot, SealRoot
from workflows.temporal import connect

OWN = "/mingdian/hainan"
"""As whom the platform speaks to its own cases."""

Handle = WorkflowHandle[Any, Any]

_UNDER_WAY = {EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED}


async def run_of(story: Story, settings: Settings, client: Client) -> Handle:
    """Let the story happen; return its run, closed or at rest."""
    began = datetime.now(UTC) - timedelta(days=story.ago)
    async with upstream_of(settings, secrets.token_hex(4)) as upstream:
        number = ""
        for place, wave in enumerate(story.waves):
            names = [f"{place}-{index}" for index in range(len(wave))]
            events = [
                _event(upstream, name, told, began, number) for name, told in zip(names, wave, strict=True)
            ]
            await upstream.send_events(*events)
            # What the platform tells its own case has no outcome here: the log says that it was heard.
            heard = [(name, one) for name, one in zip(names, wave, strict=True) if not one.kind.internal]
            lines = await upstream.outcomes(*(name for name, _ in heard))
            told = [(line.outcome, line.code) for line in lines]
            assert [outcome for outcome, _ in told] == [one.outcome for _, one in heard], told
            if lines:
                number = (number if not story.linked else "") or lines[0].number or ""
            if place < len(story.until):
                await _said(settings, number, story.until[place])
    handle: Handle = client.get_workflow_handle(number)
    if story.closes:
        await asyncio.wait_for(handle.result(), 60)
    return handle


def _event(upstream: Upstream, name: str, told: Told, began: datetime, number: str) -> dict[str, Any]:
    data = told.kind.model_validate(told.data).model_dump(mode="json", exclude_none=True)
    moment = (began + timedelta(days=told.at)).isoformat()
    event = upstream.event((name, "", "s", data), type=told.kind.type, time=moment, source=SOURCE)
    return {**event, "source": OWN, "subject": number} if told.kind.internal else event


async def _said(settings: Settings, number: str, name: str) -> None:
    async with asyncio.timeout(60):
        while not any(f".{name}.".encode() in one.value for one in await records_of(settings, number)):
            await asyncio.sleep(0.3)


async def sealing(client: Client) -> Handle:
    """A root that is sealed."""
    return await _ended(await client.start_workflow(SealRoot.run, id=SEALING_ID, task_queue=TASK_QUEUE))


async def daily(client: Client) -> Handle:
    """What the schedule starts, alone."""
    return await _ended(await client.start_workflow(DailyRoot.run, id="daily", task_queue=TASK_QUEUE))


async def daily_beside_another(client: Client) -> Handle:
    """What the schedule starts, while a root is being sealed already: one that begins in a while counts."""
    other = await client.start_workflow(
        SealRoot.run, id=SEALING_ID, task_queue=TASK_QUEUE, start_delay=timedelta(seconds=5)
    )
    handle = await daily(client)
    await _ended(other)
    return handle


async def project(
    client: Client, settings: Settings, number: str, told: list[FactMessage], per_run: int
) -> Handle:
    """A key project that hears these facts, and can't come back once it has ended."""
    policy = load_profiles(settings.profiles)["hainan"]
    wait = timedelta(seconds=1)
    name, start = open_project(policy, told[0], number, wait)
    start = start.model_copy(
        update={"facts_per_run": per_run, "policy": start.policy.model_copy(update={"reopen_days": 0})}
    )
    handle: Handle = await client.start_workflow(name, start, id=number, task_queue=TASK_QUEUE)
    engine = Engine(client, load_profiles(settings.profiles), wait, wait)
    for one in told[1:]:
        await engine.apply(number, one)
    return handle


async def project_closed(client: Client, settings: Settings) -> Handle:
    """From the first row to its end."""
    return await _ended(await project(client, settings, "HNK-2026-720001", PROJECT_WHOLE, 200))


async def project_goes_on(client: Client, settings: Settings, number: str = "HNK-2026-720002") -> Handle:
    """The run that a new one goes on from."""
    handle = await project(client, settings, number, PROJECT_JOINED, 4)
    first = (await handle.describe()).run_id
    async with asyncio.timeout(60):
        while (await handle.describe()).run_id == first:
            await asyncio.sleep(0.3)
    return client.get_workflow_handle(handle.id, run_id=handle.first_execution_run_id)


async def project_went_on(client: Client, settings: Settings) -> Handle:
    """The run that goes on from another, and hears more."""
    before = await project_goes_on(client, settings, "HNK-2026-720003")
    handle: Handle = client.get_workflow_handle(before.id)
    wait = timedelta(seconds=1)
    engine = Engine(client, load_profiles(settings.profiles), wait, wait)
    for one in PROJECT_PARTED:
        await engine.apply(handle.id, one)
    return handle


async def _ended(handle: Any) -> Handle:
    await asyncio.wait_for(handle.result(), 60)
    return handle  # type: ignore[no-any-return]


async def keep(handle: Handle, workflow: str, name: str) -> Path:
    """Write the run's history, once nothing of it is under way, without the names of this machine."""
    async with asyncio.timeout(30):
        while True:
            now = await handle.describe()
            history = await handle.fetch_history()
            at_rest = not now.raw_description.pending_activities
            if at_rest and history.events[-1].event_type not in _UNDER_WAY:
                break
            await asyncio.sleep(0.3)
    assert now.status in {
        WorkflowExecutionStatus.COMPLETED,
        WorkflowExecutionStatus.CONTINUED_AS_NEW,
        WorkflowExecutionStatus.RUNNING,
    }
    path = FOLDER / workflow / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    body = {"workflowId": handle.id, **nameless(history.to_json_dict())}
    path.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n")
    return path


@asynccontextmanager
async def _platform(folder: Path) -> AsyncIterator[tuple[Settings, Client]]:
    with running_stack(servers_in(folder)) as stack:
        async with at_work(stack.settings):
            yield stack.settings, await connect(stack.settings.temporal_address, stack.settings.namespace)


async def record(names: set[str]) -> None:
    """Record those of these names; all, given none."""
    with tempfile.TemporaryDirectory() as folder:
        async with _platform(Path(folder)) as (settings, client):
            work: list[tuple[str, str, Callable[[], Awaitable[Handle]]]] = [
                (one.workflow, one.name, lambda one=one: run_of(one, settings, client))  # type: ignore[misc]
                for one in STORIES
            ]
            work += [
                ("KeyProject", "closed", lambda: project_closed(client, settings)),
                ("KeyProject", "goes_on", lambda: project_goes_on(client, settings)),
                ("KeyProject", "went_on", lambda: project_went_on(client, settings)),
                ("SealRoot", "sealed", lambda: sealing(client)),
                ("DailyRoot", "sealed", lambda: daily(client)),
                ("DailyRoot", "beside_another", lambda: daily_beside_another(client)),
            ]
            for workflow, name, happen in work:
                if not names or name in names:
                    path = await keep(await happen(), workflow, name)
                    print(f"{path.relative_to(FOLDER)}  {path.stat().st_size // 1024} KiB")  # noqa: T201


if __name__ == "__main__":
    asyncio.run(record(set(sys.argv[1:])))
