"""What an application's page shows at once, and what it folds: the older of whatever there is much of."""

from collections.abc import Collection, Sequence
from typing import Any

from projections.api.application_views import ApplicationView
from projections.api.beside_views import DutyView
from projections.site.case_papers import case_papers

NEWEST = 3
"""So many entries of the timeline stand open; the rest is one touch away, and on paper open."""


def folds(view: ApplicationView, timeline: Sequence[Any], there: Collection[str]) -> dict[str, Any]:
    """Return each long part in two: what waits for somebody or is newest, and the rest.

    `there`: the files that the document store holds.
    """
    papers = case_papers(view, there)
    duties = _beside(view)
    ended = [one for one in duties if one.status != "open"]
    return {
        "papers": {
            "waiting": [one for one in papers if one.standing == "missing"],
            "there": [one for one in papers if one.standing != "missing"],
        },
        "duties": {
            "open": [one for one in duties if one.status == "open"],
            "ended": ended,
            "ended_late": sum(one.late and one.ours for one in ended),
        },
        "pauses": {
            "running": [one for one in view.pauses if one.ended_at is None],
            "ended": [one for one in view.pauses if one.ended_at is not None],
        },
        "timeline": {"newest": timeline[:NEWEST], "earlier": timeline[NEWEST:]},
    }


def _beside(view: ApplicationView) -> list[DutyView]:
    """The duties that are told by themselves, not with a check or a dispute."""
    told = {check.code for check in view.checks}
    disputed = {dispute.ref for dispute in view.disputes}
    return [one for one in view.duties if one.code not in told and one.ref not in disputed]
