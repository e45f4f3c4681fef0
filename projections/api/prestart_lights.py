"""The traffic light of a project on the day on which it is read: reckoned as its run reckons it.

A run says a light when it turns; of what lies between, and before its midnight has come to the page, the day
itself says more than the last event.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from events.catalogue.project_events import Reckoning
from events.catalogue.project_facts import WorksStage
from events.catalogue.project_progress import StageWorks
from projections.api.prestart_views import LightView
from projections.prestart import rows
from projections.prestart.state import ProjectState
from workflows.policy import works as reckoned
from workflows.policy.clock import local_day
from workflows.policy.model import Policy
from workflows.policy.works import Shines, WorksTables

_DAY = timedelta(days=1)


class Turned(NamedTuple):
    """A light as its run said it last, and since when; what it was read from where that is known."""

    light: str | None
    since: date | None
    rule: str | None = None
    reckoning: Reckoning | None = None


class Lit(NamedTuple):
    """All that a light hangs on: since when the tables hold, what is done, what is expected, what the run
    said. `dark`: it has ended or goes on under another; `tables_on`: the local day whose tables count since a
    change of policy."""

    tables_at: datetime
    works: Mapping[WorksStage, StageWorks]
    expected: date | None
    said: Turned
    dark: bool
    tables_on: date | None = None


def of_state(state: ProjectState) -> Lit:
    """Return what the light of a record hangs on."""
    expected, light = rows.values(state).get("expected_energise_on"), state.light
    said = Turned(light.light, light.since, light.rule, light.reckoning) if light else Turned(None, None)
    return Lit(
        tables_at=state.opened_at,
        works=state.works,
        expected=expected.value if expected else None,
        said=said,
        dark=state.ended is not None or state.joined_into is not None,
        tables_on=state.amended.day if state.amended else None,
    )


def light_now(policy: Policy, lit: Lit, today: date) -> Turned:
    """Return the light of a local day, since when it shines, and what that day makes of it."""
    if lit.dark:
        return Turned(None, None)
    by = reckoned.tables(policy, lit.tables_on or local_day(lit.tables_at, policy.timezone))
    if not by.lights:  # the profile keeps no projects any more: what was said is all there is
        return lit.said
    shines = reckoned.light_on(by, lit.works, lit.expected, today)
    if shines is None:
        return Turned(None, lit.said.since if lit.said.light is None else today)
    return Turned(shines.light, _since(by, lit, shines, today), shines.rule, shines.reckoning)


def light_view(turned: Turned) -> LightView | None:
    """Return a light as it is told; None for a project that never had one."""
    if turned.since is None:
        return None
    reckoned = turned.reckoning.model_dump() if turned.reckoning else {}
    return LightView(light=turned.light, since=turned.since, rule=turned.rule, **reckoned)


def _since(by: WorksTables, lit: Lit, shines: Shines, today: date) -> date:
    """The day on which it turned: as its run said, or the first of the days since on which it is this one."""
    if lit.said.since is None or lit.said.light == shines.light:
        return lit.said.since or today
    day = today
    while day - _DAY > lit.said.since:
        before = reckoned.light_on(by, lit.works, lit.expected, day - _DAY)
        if before is None or before.light != shines.light:
            break
        day -= _DAY
    return day
