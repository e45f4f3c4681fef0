"""What each fact does to a project, and the event that says so. Pure: a fact and the state, nothing else.

Nothing waits for another fact, and of two that speak of the same thing the later one counts: so every order
of arrival ends in the same state. A fact that has no place is refused by a code.
"""

from collections.abc import Callable, Mapping
from typing import Any

from events.catalogue import project_change_facts as changes
from events.catalogue import project_events as says
from events.catalogue import project_facts as facts
from events.catalogue import project_sharing_events as shared
from events.catalogue.base import Fact
from events.catalogue.project_progress import Dated
from events.catalogue.project_sharing_facts import LeadEnded, LeadWentOn
from workflows import project_doing, project_people
from workflows.policy import intentions, links
from workflows.policy.intentions import Told
from workflows.policy.links import Link
from workflows.policy.progress import later
from workflows.project_applications import ending
from workflows.project_heard import Answer, Heard, repeat
from workflows.project_state import (
    Application,
    Cancelled,
    Decision,
    Lead,
    Plan,
    ProjectState,
    Substation,
    Verdict,
    values_of,
)


def hear(heard: Heard, data: Fact) -> Answer:
    """Take a fact into the state."""
    take = _TAKES.get(type(data))
    return "not_in_this_process" if take is None else take(heard, data)


def _report(heard: Heard, data: facts.IntentionReported) -> Answer:
    feed = heard.policy.feeds.get(heard.source)
    if feed is None:
        return "unknown_feed"
    row = _row(heard, data)
    _tell(
        heard, Told(feed=feed, record=row.record, row_at=heard.at, since=heard.at, fact=heard.fact, row=row)
    )
    return (says.IntentionRecorded(feed=feed, row=row, row_at=heard.at),)


def _leave(heard: Heard, data: facts.IntentionGone) -> Answer:
    feed = heard.policy.feeds.get(heard.source)
    if feed is None:
        return "unknown_feed"
    _tell(heard, Told(feed=feed, record=data.record, row_at=heard.at, since=heard.at, fact=heard.fact))
    return (says.IntentionLeftFeed(feed=feed, record=data.record, row_at=heard.at),)


def _share(heard: Heard, data: facts.RowShared) -> Answer:
    """A row that has come through this project before is not taken back in: joins go in a circle."""
    if heard.number in (data.origin, *data.path):
        return "joined_in_a_circle"
    told = Told(
        feed=data.feed,
        record=data.row.record,
        origin=data.origin,
        row_at=data.row_at,
        since=heard.at,
        fact=heard.fact,
        row=data.row,
        path=data.path,
    )
    _tell(heard, told)
    recorded = says.IntentionRecorded(feed=data.feed, row=data.row, row_at=data.row_at, origin=data.origin)
    if data.gone_at is None:
        return (recorded,)
    _tell(heard, told.model_copy(update={"row": None, "row_at": data.gone_at}))
    left = says.IntentionLeftFeed(feed=data.feed, record=told.record, row_at=data.gone_at, origin=data.origin)
    return (recorded, left)


def _take_back(heard: Heard, data: facts.RowsParted) -> Answer:
    name = data.origin
    if data.feed is not None and data.record is not None:
        name = intentions.one_row(data.origin, data.feed, data.record)
    parted = heard.state.parted
    parted[name] = max(heard.at, parted.get(name, heard.at))
    return (says.RowsParted(**data.model_dump()),)


def _plan(heard: Heard, data: facts.LoadPlanned) -> Answer:
    heard.state.plan = later(heard.state.plan, Plan(**heard.dated, **dict(data)))
    return (says.LoadPlanned(**data.model_dump()),)


def _propose(heard: Heard, data: facts.SubstationProposed) -> Answer:
    """Said with the verdict on it; which counts when another was proposed later is seen by its time."""
    state, proposed = heard.state, Substation(**heard.dated, **dict(data))
    state.substation = later(state.substation, proposed)
    said, last = verdict_on(state, proposed), state.spoken.verdict
    if state.substation is proposed and (last is None or last.at < heard.at):
        state.spoken.verdict = Verdict(at=heard.at, **dict(said))
    return (said,)


def verdict_on(state: ProjectState, proposed: Substation) -> says.SubstationProposed:
    """Return what is to be said of a substation: whether its free capacity carries the largest load."""
    load: facts.LoadPlan = values_of(state, state.records).get("load", ())
    needed = max((one.capacity_kva for one in load), default=None)
    free = proposed.available_kva
    return says.SubstationProposed(
        substation=proposed.substation,
        needed_kva=needed,
        available_kva=free,
        enough=None if needed is None or free is None else free >= needed,
    )


def _end_with(heard: Heard, data: LeadEnded) -> Answer:
    _hear_lead(heard, data.lead, Lead(**heard.dated, ending=data.ending, path=data.path))
    return (shared.LeadEnded(lead=data.lead, ending=data.ending),)


def _go_on_with(heard: Heard, data: LeadWentOn) -> Answer:
    _hear_lead(heard, data.lead, Lead(**heard.dated, ending=None))
    return (shared.LeadWentOn(lead=data.lead),)


def _hear_lead(heard: Heard, lead: str, word: Lead) -> None:
    """What goes on under another stays open as long as that one: it may be closed only from now on."""
    heard.state.leads[lead] = later(heard.state.leads.get(lead), word)
    if lead == heard.state.into:
        heard.state.ended_at = None


def _link(heard: Heard, data: facts.ApplicationLinked) -> Answer:
    _note_link(heard, data.number, Link(**heard.dated, linked=True, by=data.by))
    return (says.ApplicationLinked(**data.model_dump()),)


def _unlink(heard: Heard, data: facts.ApplicationUnlinked) -> Answer:
    _note_link(heard, data.number, Link(**heard.dated, linked=False))
    return (says.ApplicationUnlinked(**data.model_dump()),)


def _note_link(heard: Heard, number: str, link: Link) -> None:
    application = heard.state.applications.setdefault(number, Application())
    origin = links.teller(heard.fact, heard.policy.source)
    if origin is None:
        application.link = later(application.link, link)
    else:
        application.lent[origin] = later(application.lent.get(origin), link)


def _progress(heard: Heard, data: facts.ApplicationProgressed) -> Answer:
    reached = heard.state.applications.setdefault(data.number, Application()).reached
    reached[data.state] = max(heard.at, reached.get(data.state, heard.at))
    return (says.ApplicationProgressed(**data.model_dump()),)


def _join(heard: Heard, data: facts.ProjectJoined) -> Answer:
    if data.into == heard.number:
        return "joined_to_itself"
    _decide(heard, data.into, data.decided_by)
    return (says.ProjectJoined(**data.model_dump()),)


def _part(heard: Heard, data: facts.ProjectParted) -> Answer:
    """Parted from what it was joined to when the person decided; without that, from what it is joined to."""
    joins = sorted((moment, into) for moment, into in heard.state.joined.items())
    if not joins:
        return "not_joined"
    before = [into for moment, into in joins if moment <= _moment(heard)]
    _decide(heard, None, data.decided_by)
    return (says.ProjectParted(parted_from=(before or [joins[-1][1]])[-1], decided_by=data.decided_by),)


def _decide(heard: Heard, into: str | None, by: str) -> None:
    state = heard.state
    state.decision = later(state.decision, Decision(**heard.dated, into=into, decided_by=by))
    if into is not None:
        state.joined[_moment(heard)] = into


def _moment(heard: Heard) -> str:
    return f"{heard.at.isoformat(timespec='microseconds')}|{heard.fact}"


def _cancel(heard: Heard, data: facts.ProjectCancelled) -> Answer:
    """Only while it goes on, and unless a feed has said since that it does."""
    state, newest = heard.state, intentions.newest(heard.state.records)
    if "energised" in (ending(state), state.spoken.ending):
        return "has_electricity"
    if newest is not None and newest.row_at > heard.at and newest.row.stage != "cancelled":
        return "goes_on"
    state.cancelled = later(state.cancelled, Cancelled(**heard.dated))
    state.spoken.ending = "cancelled"
    return (says.ProjectEnded(ending="cancelled", spent_cny=state.spent, reason=data.reason),)


def _hand_over(heard: Heard, data: changes.ProjectHandedOver) -> Answer:
    return project_people.hand_over(heard.policy, heard.state, Dated(**heard.dated), data)


def _amend(heard: Heard, data: changes.PolicyAmended) -> Answer:
    return project_people.amend(heard.policy, heard.state, Dated(**heard.dated), data)


def _tell(heard: Heard, told: Told) -> None:
    heard.state.told = intentions.put(heard.state.told, told)


def _row(heard: Heard, data: facts.IntentionRow) -> facts.IntentionRow:
    """The row alone, with today's code of its region: an old one is never stored."""
    given = {name: getattr(data, name) for name in facts.IntentionRow.model_fields}
    return facts.IntentionRow(**{**given, "region": heard.policy.aliases.get(data.region, data.region)})


_TAKES: Mapping[type[Fact], Callable[[Heard, Any], Answer]] = {
    **project_doing.TAKES,
    facts.IntentionReported: _report,
    facts.IntentionGone: _leave,
    facts.LoadPlanned: _plan,
    facts.SubstationProposed: _propose,
    facts.ApplicationLinked: _link,
    facts.ApplicationUnlinked: _unlink,
    facts.ApplicationProgressed: _progress,
    facts.ProjectJoined: _join,
    facts.ProjectParted: _part,
    facts.MatchDismissed: repeat(says.MatchDismissed),
    facts.RowShared: _share,
    facts.RowsParted: _take_back,
    LeadEnded: _end_with,
    LeadWentOn: _go_on_with,
    facts.ProjectCancelled: _cancel,
    changes.ProjectHandedOver: _hand_over,
    changes.PolicyAmended: _amend,
}
