"""What a customer may want of a channel, and which of it the platform carries."""

from collections.abc import Mapping
from typing import Literal, get_args

from events.catalogue.base import Fact
from events.catalogue.connection_facts import (
    ApplicationSubmitted,
    CustomerVisited,
    DocumentsSupplied,
    InspectionRequested,
    PlanConfirmed,
    PlanObjected,
    Withdrawn,
)
from events.catalogue.duty_facts import DesignSubmitted, MidInspectionRequested
from events.catalogue.registry import family_of
from events.catalogue.service_facts import DisputeRaised, DisputeSettled, ServiceRated
from events.catalogue.traits import Kind

Service = Literal[
    "new_connection", "lv_res", "lv_nonres", "hv", "ev",
    "documents", "files", "plan", "other_plan", "design", "mid_inspection", "inspection",
    "rating", "complaint", "complaint_reply", "withdrawal", "visit", "progress", "receipt",
    "increase", "reduction", "pause", "move", "transfer", "split", "merge", "close",
    "payment", "outage", "fault", "dg",
]  # fmt: skip
"""What a customer may want of a channel (domain 8). The last two lines are carried by no lifecycle of the
platform: of those a channel is told at once that they are not taken here."""

BY_FACT: Mapping[type[Fact], Service] = {
    ApplicationSubmitted: "new_connection",
    DocumentsSupplied: "documents",
    PlanConfirmed: "plan",
    PlanObjected: "other_plan",
    DesignSubmitted: "design",
    MidInspectionRequested: "mid_inspection",
    InspectionRequested: "inspection",
    ServiceRated: "rating",
    DisputeRaised: "complaint",
    DisputeSettled: "complaint_reply",
    Withdrawn: "withdrawal",
    CustomerVisited: "visit",
}
"""The facts of which a channel may tell: what customers do. What the grid company did, it says itself."""

_BY_FAMILY = {family_of(fact.type): service for fact, service in BY_FACT.items()}

BY_KIND: Mapping[Kind, Service] = {
    Kind.RESIDENTIAL: "lv_res",
    Kind.LOW_VOLTAGE: "lv_nonres",
    Kind.HIGH_VOLTAGE: "hv",
}

CARRIED: tuple[Service, ...] = get_args(Service)[: get_args(Service).index("increase")]
"""What the platform carries. A channel takes each of these, or its table says why not."""


def service_of(type_name: str) -> Service | None:
    """Return what a fact of this type, in whichever version, is to a customer; None for what the grid company
    says."""
    return _BY_FAMILY.get(family_of(type_name))
