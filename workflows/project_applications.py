"""A project and its applications (报装申请): which are its own, whether it ends with them, the time saved.

Pure, and of the same result in whatever order links and progress were told.
"""

from datetime import date

from workflows.policy import intentions, works
from workflows.policy.clock import local_day
from workflows.policy.project_slice import ProjectSlice
from workflows.project_state import Ending, ProjectState, Saved


def linked(state: ProjectState) -> list[str]:
    """Return the numbers of the project's applications, sorted."""
    return sorted(number for number, one in state.applications.items() if one.linked)


def is_cancelled(state: ProjectState) -> bool:
    """Whether the newest word on the project's stage is that it is cancelled: a feed's, or a person's."""
    newest = intentions.newest(state.records)
    by_person = state.cancelled
    if by_person is not None and (newest is None or by_person.at >= newest.row_at):
        return True
    return newest is not None and newest.row.stage == "cancelled"


def ending(state: ProjectState) -> Ending | None:
    """Return how the project has ended; None while it goes on.

    It has electricity when all its applications have, but for those that were withdrawn.
    """
    open_ = [state.applications[number] for number in linked(state)]
    open_ = [one for one in open_ if "withdrawn" not in one.reached]
    if open_ and all("energised" in one.reached for one in open_):
        return "energised"
    return "cancelled" if is_cancelled(state) else None


def saved(policy: ProjectSlice, state: ProjectState, number: str) -> Saved | None:
    """Return the time that the works were ahead of an application's acceptance; None while either is not
    known. Works that began after it were not ahead."""
    application = state.applications.get(number)
    accepted = application.reached.get("accepted") if application and application.linked else None
    started = works.first_start(policy, state.works)
    if accepted is None or started is None:
        return None
    accepted_on = local_day(accepted, policy.timezone)
    ended: date | None = works.last_end(policy, state.works)
    until = accepted_on if ended is None else min(accepted_on, ended)
    return Saved(days=max(0, (until - started).days), works_started_on=started, accepted_on=accepted_on)
