"""Recorded histories, read back: what the run asked of activities, answered to updates and ended with."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowHistory

from events.envelope import Head

FOLDER = Path(__file__).resolve().parents[1] / "data/histories"
WALKS = FOLDER / "walks"
"""Those that the walks through every lifecycle leave, packed: there are hundreds."""


@dataclass
class Said:
    """All that a run said to the outside, as the JSON that crossed: activities by their number (from 1) with
    their input, answers by the id of the update, child workflows, the result. `head`: where the stream ended
    that it goes on with from a former run."""

    activities: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    answers: dict[str, bytes] = field(default_factory=dict)
    children: list[str] = field(default_factory=list)
    result: bytes | None = None
    head: Head = field(default_factory=Head)

    def published(self) -> Iterator[dict[str, Any]]:
        """The events that were handed to the bus, in order."""
        for number in sorted(self.activities):
            name, given = self.activities[number]
            if name == "publish_events":
                yield from json.loads(given)["events"]


def read(path: Path) -> WorkflowHistory:
    """A recorded history."""
    body = json.loads(text(path))
    return WorkflowHistory.from_json(body.pop("workflowId"), body)


def text(path: Path) -> str:
    """A recorded history as its file holds it, unpacked."""
    content = path.read_bytes()
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode()


def pack(number: str, history: WorkflowHistory) -> bytes:
    """A history as it is kept, packed, the same bytes whenever it is."""
    body = {"workflowId": number, **nameless(history.to_json_dict())}
    return gzip.compress(json.dumps(body, ensure_ascii=False).encode(), mtime=0)


def nameless(value: Any) -> Any:
    """Without which process on which machine did something, and without its own queue."""
    if isinstance(value, list):
        return [nameless(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {name: nameless(one) for name, one in value.items() if name != "identity"}
    if kept.get("kind") == "TASK_QUEUE_KIND_STICKY":
        kept["name"] = "sticky"
    return kept


def said(history: WorkflowHistory) -> Said:
    """What the history records."""
    found = Said()
    for event in history.events:
        if event.HasField("activity_task_scheduled_event_attributes"):
            asked = event.activity_task_scheduled_event_attributes
            given = asked.input.payloads
            found.activities[int(asked.activity_id)] = asked.activity_type.name, _data(given)
        elif event.HasField("workflow_execution_update_completed_event_attributes"):
            answered = event.workflow_execution_update_completed_event_attributes
            found.answers[answered.meta.update_id] = _data(answered.outcome.success.payloads)
        elif event.HasField("start_child_workflow_execution_initiated_event_attributes"):
            child = event.start_child_workflow_execution_initiated_event_attributes
            found.children.append(f"{child.workflow_type.name} {child.workflow_id}")
        elif event.HasField("workflow_execution_started_event_attributes"):
            given = event.workflow_execution_started_event_attributes.input.payloads
            state = json.loads(_data(given) or b"{}").get("state") or {}
            found.head = Head.model_validate(state.get("head", {}))
        elif event.HasField("workflow_execution_completed_event_attributes"):
            ended = event.workflow_execution_completed_event_attributes
            found.result = _data(ended.result.payloads)
    return found


def payloads(history: WorkflowHistory) -> Iterator[bytes]:
    """Every value that stands anywhere in the history, as the bytes that it is."""
    for event in history.events:
        yield from _within(event)


def _within(message: Any) -> Iterator[bytes]:
    if isinstance(message, Payload):
        yield message.data
        return
    for descriptor, value in message.ListFields():
        if descriptor.message_type is None:
            continue
        if descriptor.message_type.GetOptions().map_entry:
            parts: Any = [one for one in value.values() if hasattr(one, "ListFields")]
        else:
            parts = value if descriptor.is_repeated else [value]
        for part in parts:
            yield from _within(part)


def _data(found: Any) -> bytes:
    return b"".join(one.data for one in found)
