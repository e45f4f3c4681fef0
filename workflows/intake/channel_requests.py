"""What a channel sends in one request: one message, or several at once as its table says. Pure."""

from dataclasses import dataclass
from typing import Any

from events.errors import Problem
from events.plainjson import BadJsonError, read_json
from workflows.policy.interface import Batch, Interface


@dataclass(frozen=True)
class Messages:
    """The messages of a request in their order, or the problem that the whole of it has. `several`: they came
    as a batch, and are answered as one, even if there is but one."""

    found: tuple[object, ...] = ()
    several: bool = False
    problem: Problem | None = None


def messages_in(interface: Interface, body: bytes) -> Messages:
    """Read a request of a channel."""
    try:
        whole = read_json(body)
    except BadJsonError as error:
        return Messages(problem=Problem(code=error.code, field="", sentence=error.sentence))
    batch = interface.batch
    if batch is None:
        return Messages((whole,))
    listed = _listed(batch, whole)
    if listed is None:
        return Messages((whole,))
    return _bounded(batch, listed, whole)


def _listed(batch: Batch, whole: Any) -> list[object] | None:
    """The list of messages; None where the body is a message by itself."""
    if batch.list is None:
        return whole if isinstance(whole, list) else None
    found = whole
    for name in batch.list.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, list) else None


def _bounded(batch: Batch, listed: list[object], whole: Any) -> Messages:
    if not listed:
        return _refused("empty_batch", batch, "There is no message in the list. Send at least one.")
    if len(listed) > batch.most:
        return _refused("batch_too_long", batch, f"Send at most {batch.most} messages at once.")
    if batch.list is not None:
        known = {batch.list.split(".", maxsplit=1)[0], *batch.ignores}
        if set(whole) - known:
            return _refused(
                "unknown_field", batch, "Beside the list stands what the table does not name. Leave it out."
            )
    return Messages(tuple(listed), several=True)


def _refused(code: str, batch: Batch, sentence: str) -> Messages:
    return Messages(problem=Problem(code=code, field=batch.list or "", sentence=sentence))
