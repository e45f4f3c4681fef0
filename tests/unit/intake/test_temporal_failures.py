"""What Temporal keeps of a failure is a code: no text, no stack, no cause."""

import pytest
from temporalio.api.failure.v1 import Failure
from temporalio.exceptions import ApplicationError

from events.errors import MingdianError
from workflows.temporal import data_converter


def _raised(error: Exception) -> Exception:
    try:
        try:
            raise ValueError("phone 13800138000")
        except ValueError as cause:
            raise error from cause
    except Exception as caught:
        return caught


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MingdianError("bus_away", "phone 13800138000"), "bus_away"),
        (ApplicationError("phone 13800138000", "phone 13800138000", type="not_now"), "not_now"),
        (RuntimeError("phone 13800138000"), "RuntimeError"),
    ],
)
async def test_a_failure_goes_in_as_a_code(error: Exception, code: str) -> None:
    failure = Failure()
    await data_converter().encode_failure(_raised(error), failure)
    assert failure.message == failure.application_failure_info.type == code
    assert "13800138000" not in str(failure)
    assert not failure.stack_trace
    assert not failure.HasField("cause")
