"""What the measures save, as a page shows it: one simulated year under today's tables and under those of
before."""

from pydantic import BaseModel, ConfigDict

from events.catalogue.traits import Kind


class SavedClass(BaseModel):
    """One class of connection: the customer's steps, documents asked for on average, mean calendar days from
    acceptance to energisation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    cases: int
    steps_before: int
    steps_now: int
    documents_before: float
    documents_now: float
    days_before: float
    days_now: float


class Savings(BaseModel):
    """The comparison: how many applications, drawn from which seed, by which policy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cases: int
    seed: int
    policy_version: str
    classes: tuple[SavedClass, ...]
