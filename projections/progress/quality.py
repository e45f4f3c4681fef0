"""What of an application counts in the figures of the service: when, and with which verdict. No words."""

from typing import Any

from projections.progress.beside import DisputeState
from projections.progress.state import ApplicationState, PauseState


def quality(state: ApplicationState) -> dict[str, Any]:
    """Return pauses, further requests, the utility's duties that have a due date, disputes, the rating and
    corrections; what there is none of is left out. Times are ISO 8601."""
    found: dict[str, Any] = {
        "pauses": [_pause(one) for one in state.pauses],
        "asked": [{"at": one.at.isoformat(), "avoidable": bool(one.avoidable)} for one in state.requests],
        "duties": [
            {"due_at": one.due_at.isoformat(), "late": one.late}
            for one in state.duties
            if one.actor == "utility" and one.due_at is not None
        ],
        "disputes": [_dispute(one) for one in state.disputes if one.steps],
        "corrections": [{"at": one.at.isoformat()} for one in state.corrections],
    }
    if state.rating is not None:
        found["ratings"] = [{"at": state.rating.at.isoformat(), "score": state.rating.score}]
    return {name: records for name, records in found.items() if records}


def _pause(pause: PauseState) -> dict[str, Any]:
    found = {"cause": pause.cause, "from": pause.started_at.isoformat()}
    return found | {"until": pause.ended_at.isoformat()} if pause.ended_at else found


def _dispute(dispute: DisputeState) -> dict[str, Any]:
    """The last answer counts: the second level may see it otherwise than the first."""
    answers = [step.upheld for step in dispute.steps if step.step == "answered"]
    return {
        "at": dispute.steps[0].at.isoformat(),
        "upheld": bool(answers and answers[-1]),
        "settled": dispute.steps[-1].step == "settled",
    }
