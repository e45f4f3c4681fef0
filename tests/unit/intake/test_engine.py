"""What is away is tried again; only what Temporal calls our own mistake is parked."""

from datetime import UTC, datetime

import pytest
from temporalio.service import RPCError, RPCStatusCode

from workflows.intake.engine import EngineAwayError, UndeliverableError, sorted_out, temporal_id
from workflows.messages import FactMessage

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
