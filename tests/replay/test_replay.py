"""Runs that were recorded are replayed by today's code: they take the same path, and make the same bytes."""

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio import workflow
from temporalio.worker import UnsandboxedWorkflowRunner

from deploy.processes.worker import lifecycles
from events.catalogue import connection_events as says
from events.catalogue.registry import FACT_MODELS, PAST_FACT_MODELS
from events.personal import personal_fields
from tests.replay import remaking
from tests.replay.histories import FOLDER, WALKS, payloads, read, said, text
from tests.replay.remaking import broken, differences, remake
from tests.replay.stories import OPEN_TEXTS
from workflows.connection import LowVoltageConnection
from workflows.messages import CaseResult, CaseStart

MODELS = {**FACT_MODELS, **PAST_FACT_MODELS}
HISTORIES = sorted(FOLDER.glob("*/*.json"))
CLASSES = sorted(WALKS.iterdir()) if WALKS.exists() else []
OUT_OF_ORDER = FOLDER / "LowVoltageConnection/out_of_order.json"

AGAIN = "not released yet? python -m tests.replay.record, else workflow.patched"
WALK_AGAIN = "not released yet? pytest tests/integration/test_walks.py --record-walks, else workflow.patched"

each = pytest.mark.parametrize("path", HISTORIES, ids=lambda path: f"{path.parent.name}-{path.stem}")


@each
async def test_a_recorded_run_takes_the_same_path_and_makes_the_same_bytes(path: Path) -> None:
    history = read(path)
    try:
        remade = await remake(history, lifecycles())
    except workflow.NondeterminismError as error:
        pytest.fail(f"its path has changed ({AGAIN}): {error}")
    otherwise = list(differences(said(history), remade))
    assert not otherwise, AGAIN


@pytest.mark.parametrize("folder", CLASSES, ids=lambda folder: folder.name)
async def test_every_walk_takes_the_same_path_and_makes_the_same_bytes(folder: Path) -> None:
    """Every class of connection: its shortest way, each refusal, pause, overrun, withdrawal and dispute."""
    paths = sorted(folder.glob("*.json.gz"))
    names = {path.name.split(".")[0] for path in paths}
    assert {"shortest", "dispute_taken_further", "rated_and_corrected"} <= names
    for kind in ("withdrawn_after", "silence_after", "force_majeure_after"):
        assert any(name.startswith(kind) for name in names)
    for path in paths:
        history = read(path)
        try:
            remade = await remake(history, lifecycles())
        except workflow.NondeterminismError as error:
            pytest.fail(f"{path.name}: its path has changed ({WALK_AGAIN}): {error}")
        assert not list(differences(said(history), remade)), (path.name, WALK_AGAIN)
        assert not list(broken(said(history))), path.name
        assert "identity" not in text(path), "names the machine"


def test_every_class_of_connection_is_walked() -> None:
    assert len(CLASSES) >= 11


@each
def test_a_recorded_stream_is_a_chain(path: Path) -> None:
    recorded = said(read(path))
    assert not list(broken(recorded))
    assert recorded.activities or recorded.children


def test_every_lifecycle_that_a_worker_runs_is_recorded() -> None:
    names = {workflow._Definition.must_from_class(one).name for one in lifecycles()}
    assert {path.parent.name for path in HISTORIES} == names


@each
def test_nothing_personal_lies_open_in_a_history(path: Path) -> None:
    history = read(path)
    whole = path.read_text() + "".join(one.decode() for one in payloads(history))
    assert not [text for text in OPEN_TEXTS if text in whole]
    assert "identity" not in path.read_text(), "names the machine"
    kept = [value for data in payloads(history) for value in _personal(json.loads(data or b"null"))]
    assert all(value.keys() == {"kid", "nonce", "ct"} for value in kept)
    assert kept or path.parent.name in {"SealRoot", "DailyRoot"}


def _personal(value: Any) -> Iterator[Any]:
    """The personal fields of the facts that a payload holds: the opening one, or that of an update."""
    for fact in (value, value.get("fact")) if isinstance(value, dict) else ():
        if isinstance(fact, dict) and fact.get("type") in MODELS:
            names = personal_fields(MODELS[fact["type"]])
            yield from (fact["data"][name] for name in names if name in fact["data"])


@each
def test_no_run_does_anything_that_holds_up_its_updates(path: Path) -> None:
    # A local activity that fails keeps the workflow task busy, and every update waits with it.
    assert not [one for one in read(path).events if one.HasField("marker_recorded_event_attributes")]


# ---- the checks themselves: each is seen to fail


@workflow.defn(name="LowVoltageConnection")
class WithAPauseFirst(LowVoltageConnection):
    """The lifecycle after a deploy that put a timer on its path."""

    @workflow.run
    async def run(self, start: CaseStart) -> CaseResult:
        """Sleep, then go on as ever."""
        await asyncio.sleep(timedelta(seconds=1).total_seconds())
        return await self.carry()


async def test_a_timer_put_on_the_path_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remaking, "runner", UnsandboxedWorkflowRunner)
    history = read(OUT_OF_ORDER)
    assert not list(differences(said(history), await remake(history, [LowVoltageConnection])))
    with pytest.raises(workflow.NondeterminismError):
        await remake(history, [WithAPauseFirst])


class WithADefault(says.ApplicationAccepted):
    """The event after somebody gave its model one field more, harmlessly, with a default."""

    priority: str = "usual"


async def test_a_default_added_to_a_model_is_found_though_the_path_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    history = read(OUT_OF_ORDER)
    monkeypatch.setattr(says, "ApplicationAccepted", WithADefault)
    found = list(differences(said(history), await remake(history, lifecycles())))
    accepted = [one["id"] for one in said(history).published() if one["type"] == WithADefault.type]
    assert any(one.startswith(f"{accepted[0]}, ") for one in found), found
    # The head comes from what was recorded, so the stream of a running case would still be a chain.
    assert not [one for one in found if "ends otherwise" in one]
