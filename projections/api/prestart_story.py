"""The story of a project as everybody may read it: which events it tells, and what of each."""

from collections.abc import Iterable, Mapping
from typing import Any

from events.catalogue import project_change_events as changes
from events.catalogue import project_events as says
from events.catalogue import project_sharing_events as sharing
from events.catalogue.base import EventData
from events.catalogue.connection_events import Officer
from events.catalogue.registry import short_name
from events.upcasting import read_data
from projections.api.prestart_views import StoryView

DETAIL: Mapping[type[EventData], tuple[str, ...]] = {
    says.ProjectOpened: (),
    says.StageReached: ("stage",),
    says.TeamAssigned: (),
    changes.ProjectHandedOver: ("role", "before", "after", "why"),
    changes.PolicyAmended: ("note",),
    says.IntentionLeftFeed: ("feed",),
    says.LoadPlanned: (),
    says.SubstationProposed: ("substation",),
    says.WorksScheduled: ("stage", "starts_on", "ends_on"),
    says.WorksStarted: ("stage",),
    says.WorksFinished: ("stage",),
    says.TemporarySupplyArranged: ("capacity_kva", "from_on"),
    says.RelocationReported: ("state",),
    says.ProjectVisited: ("remote", "purpose"),
    sharing.ProgressShared: ("origin", "kind"),
    sharing.LeadEnded: ("lead", "ending"),
    sharing.LeadWentOn: ("lead",),
    says.MilestoneReached: ("milestone",),
    says.LightTurned: ("light",),
    says.LightEscalated: ("light",),
    says.ApplicationLinked: ("number",),
    says.ApplicationUnlinked: ("number",),
    says.ApplicationProgressed: ("number", "state"),
    says.LeadTimeSaved: ("number", "days"),
    says.ProjectJoined: ("into",),
    says.ProjectParted: ("parted_from",),
    says.ProjectEnded: ("ending",),
    says.ProjectRevived: ("stage",),
    says.ProjectClosed: (),
}
"""Rows of feeds are told field by field in the history; what is spent, and which matches a person ruled out,
stays inside."""


def story(entries: Iterable[Mapping[str, Any]]) -> tuple[StoryView, ...]:
    """Return what happened, the newest first. A type that this release does not know is left out."""
    told = []
    for entry in entries:
        data = read_data(entry["type"], entry["data"])
        if data is None or type(data) not in DETAIL or _inside(data):
            continue
        detail = {name: getattr(data, name) for name in DETAIL[type(data)]}
        told.append(
            StoryView(
                sequence=entry["sequence"],
                at=entry["at"],
                event=short_name(type(data).type),
                detail={name: _text(value) for name, value in detail.items() if value is not None},
            )
        )
    return tuple(sorted(told, key=lambda one: (one.at, one.sequence), reverse=True))


def _text(value: Any) -> str:
    return value.name if isinstance(value, Officer) else str(value)


def _inside(data: EventData) -> bool:
    """What a joined project hands on is told like its own: not what was spent; nor that it was taken back."""
    return isinstance(data, sharing.ProgressShared) and data.kind in {None, "spending"}
