"""What is away is tried again; only what Temporal calls our own mistake is parked."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from events.catalogue.connection_facts import ApplicationSubmitted
from tests.unit.policy.examples import hainan
from tests.unit.workflows.telling import SHOP, START
from workflows.intake.engine import Engine, EngineAwayError, UndeliverableError, sorted_out, temporal_id
from workflows.messages import CaseStart, FactMessage

OUR_OWN = RPCStatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("status", [status for status in RPCStatusCode if status is not OUR_OWN])
def test_what_may_pass_parks_nothing(status: RPCStatusCode) -> None:
    assert isinstance(sorted_out(RPCError("phone 13800138000", status, b"")), EngineAwayError)


def test_a_mistake_of_ours_is_parked_without_its_text() -> None:
    error = sorted_out(RPCError("phone 13800138000", OUR_OWN, b""))
    assert isinstance(error, UndeliverableError)
    assert "138" not in str(error)


def test_a_long_id_is_shortened_and_still_tells_facts_and_their_versions_apart() -> None:
    def fact(name: str, n: int = 1) -> FactMessage:
        return FactMessage(source="/a", id=name, n=n, type="t", time=datetime.now(UTC), data={})

    long = [fact("号" * 400), fact("号" * 400 + "2"), fact("号" * 400, 2)]
    ids = {temporal_id(one) for one in long}
    assert len(ids) == 3
    assert max(len(one.encode()) for one in ids) <= 1000
    assert temporal_id(fact("7", 2)) == "/a|7|2"


class Starts:
    """A Temporal that only takes runs, and keeps what they begin with."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, Any, str]] = []

    async def start_workflow(self, workflow: str, start: Any, *, id: str, **_: Any) -> None:  # noqa: A002 - the SDK's
        self.taken.append((workflow, start, id))


async def test_a_case_begins_with_its_fact_as_argument_or_does_not_begin() -> None:
    # A start with an update, of which the update is refused, would leave an empty run behind.
    starts, wait = Starts(), timedelta(seconds=5)
    engine = Engine(cast(Client, starts), {"hainan": hainan()}, wait, wait)

    def application(**given: Any) -> FactMessage:
        kind, data = ApplicationSubmitted.type, {**SHOP, **given}
        return FactMessage(source="/a", id="1", type=kind, time=START, data=data)

    with pytest.raises(UndeliverableError, match="unknown_region"):
        await engine.begin("HN-2026-000001", "hainan", application(region="0"))
    with pytest.raises(UndeliverableError, match="unknown_profile"):
        await engine.begin("HN-2026-000001", "elsewhere", application())
    assert starts.taken == []
    await engine.begin("HN-2026-000001", "hainan", application())
    [(workflow, start, number)] = starts.taken
    assert (workflow, number) == ("LowVoltageConnection", "HN-2026-000001")
    assert isinstance(start, CaseStart)
    assert start.fact == application()
