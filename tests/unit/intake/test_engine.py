"""What is away is tried again; only what Temporal calls our own mistake is parked."""

import pytest
from temporalio.service import RPCError, RPCStatusCode

from workflows.intake.engine import EngineAwayError, UndeliverableError, sorted_out

OUR_OWN = RPCStatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("status", [status for status in RPCStatusCode if status is not OUR_OWN])
def test_what_may_pass_parks_nothing(status: RPCStatusCode) -> None:
    assert isinstance(sorted_out(RPCError("phone 13800138000", status, b"")), EngineAwayError)


def test_a_mistake_of_ours_is_parked_without_its_text() -> None:
    error = sorted_out(RPCError("phone 13800138000", OUR_OWN, b""))
    assert isinstance(error, UndeliverableError)
    assert "138" not in str(error)
