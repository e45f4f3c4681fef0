"""Replays a recorded history with today's code and notes all that it says, since Temporal's own replayer
compares the order of commands and nothing of what they carry."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import (
    ExecuteWorkflowInput,
    HandleUpdateInput,
    Interceptor,
    Replayer,
    StartActivityInput,
    StartChildWorkflowInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from events.envelope import recompute_hash
from tests.replay.histories import Said
from workflows.sandbox import runner
from workflows.temporal import data_converter

_NOTE = "note"
_CONVERTER = data_converter().payload_converter


class Remade(Interceptor):
    """What a replay says. One replay each."""

    def __init__(self) -> None:
        self.said = Said()

    def note(self, kind: str, name: str, values: Sequence[Any]) -> None:
        """Called from within the run."""
        data = b"".join(one.data for one in _CONVERTER.to_payloads(values))
        if kind == "activity":
            self.said.activities[len(self.said.activities) + 1] = name, data
        elif kind == "answer":
            self.said.answers[name] = data
        elif kind == "child":
            self.said.children.append(name)
        else:
            self.said.result = data

    def workflow_interceptor_class(
        self, given: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor]:
        """Reach out of the sandbox."""
        given.unsafe_extern_functions[_NOTE] = self.note
        return _Inbound


def _noted() -> Callable[[str, str, Sequence[Any]], None]:
    return workflow.extern_functions()[_NOTE]


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Outbound(outbound))

    async def execute_workflow(self, given: ExecuteWorkflowInput) -> Any:
        result = await super().execute_workflow(given)
        _noted()("result", "", [result])
        return result

    async def handle_update_handler(self, given: HandleUpdateInput) -> Any:
        answer = await super().handle_update_handler(given)
        _noted()("answer", given.id, [answer])
        return answer


class _Outbound(WorkflowOutboundInterceptor):
    def start_activity(self, given: StartActivityInput) -> workflow.ActivityHandle[Any]:
        _noted()("activity", given.activity, given.args)
        return super().start_activity(given)

    async def start_child_workflow(
        self, given: StartChildWorkflowInput
    ) -> workflow.ChildWorkflowHandle[Any, Any]:
        _noted()("child", f"{given.workflow} {given.id}", [])
        return await super().start_child_workflow(given)


async def remake(history: WorkflowHistory, workflows: Sequence[type]) -> Said:
    """Replay with these workflows. Raises `workflow.NondeterminismError` when the path is another."""
    remade = Remade()
    replayer = Replayer(
        workflows=workflows,
        workflow_runner=runner(),
        data_converter=data_converter(),
        interceptors=[remade],
    )
    await replayer.replay_workflow(history)
    return remade.said


def differences(recorded: Said, remade: Said) -> Iterator[str]:
    """Say what was made otherwise. What a replay of an open run says beyond its record is not looked at."""
    for number, (name, given) in recorded.activities.items():
        again = remade.activities.get(number)
        if again == (name, given):
            continue
        if again is None or again[0] != name or name != "publish_events":
            yield f"activity {number}, {name}, is asked otherwise"
        else:
            yield from _events_that_differ(given, again[1])
    for id_, answer in recorded.answers.items():
        if remade.answers.get(id_) != answer:
            yield f"the fact {id_} is answered otherwise"
    if remade.children[: len(recorded.children)] != recorded.children:
        yield "other child workflows are started"
    if recorded.result is not None and remade.result != recorded.result:
        yield "it ends otherwise"


def _events_that_differ(recorded: bytes, remade: bytes) -> Iterator[str]:
    before, after = json.loads(recorded)["events"], json.loads(remade)["events"]
    if len(before) != len(after):
        yield f"{len(after)} events where there were {len(before)}, from {before[0]['id']} on"
    for old, new in zip(before, after, strict=False):
        if old["hash"] != new["hash"] or old != new:
            yield f"{old['id']}, {old['type']}, has another content or place"


def broken(recorded: Said) -> Iterator[str]:
    """Say which recorded events do not carry their own hash or do not follow the one before."""
    sequence, head = recorded.head.sequence, recorded.head.hash
    for event in recorded.published():
        if event["hash"] != recompute_hash(event):
            yield f"{event['id']} does not carry its hash"
        if (int(event["sequence"]), event["prevhash"]) != (sequence + 1, head):
            yield f"{event['id']} does not follow"
        sequence, head = int(event["sequence"]), event["hash"]
