"""A channel that does not hear is told in `status`."""

from pathlib import Path

from deploy.stack.processes import Identity
from deploy.stack.state import PartState, Phase, StackState
from deploy.stack.verdict import Standing, judge

STEADY = {"intake": {"facts": 7, "dead_letters": 0, "waiting_behind": 0, "retried": 0}}


def test_a_channel_that_does_not_hear_is_a_reason() -> None:
    parts = [PartState(name="notify", address="", state="ok", detail="")]
    state = StackState(supervisor=Identity(1, 0.0), phase=Phase.RUNNING, parts=parts)
    row = {"told": 4, "waiting": 2, "failing": 1, "codes": "http_500", "oldest_waiting_seconds": 9.0}
    standing, [reason] = judge(state, {**STEADY, "callbacks": row}, Path("/logs"))
    assert standing is Standing.DEGRADED
    assert (reason.code, reason.count, reason.look) == ("callbacks_failing", 1, "/logs/notify.log")
    assert "http_500" in reason.sentence
    well = {**row, "waiting": 0, "failing": 0, "codes": None}
    assert judge(state, {**STEADY, "callbacks": well}, Path("/logs")).standing is Standing.OK
