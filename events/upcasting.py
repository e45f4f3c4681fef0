"""Reads every version ever written as the newest one: `v1 → v2 → …`, one pure step each.

Hashes are over what was written, so they are checked before anything here is called.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from events.catalogue.base import EventData, Fact
from events.catalogue.registry import (
    EVENT_MODELS,
    FACT_MODELS,
    PAST_EVENT_MODELS,
    PAST_FACT_MODELS,
    family_of,
    version_of,
)
from events.errors import MingdianError

Data = dict[str, Any]
Change = Callable[[Data], Data]


class CatalogueError(MingdianError):
    """The catalogue contradicts itself; the process must not start."""

    def __init__(self, sentence: str) -> None:
        super().__init__("catalogue", sentence)


class Upcaster(NamedTuple):
    """One step from a version to the next. `change` gets a copy of the data and returns the new data."""

    source: str
    target: str
    change: Change


class Upcasters:
    """The steps from all past versions to the present ones, checked when it is made.

    `current` are the types written today, `past` those that only the log still holds. Raises `CatalogueError`
    for a step from or to an unknown type, a second step from one type, a cycle, a past version that leads
    nowhere, and a version that is missing between the first and the newest.
    """

    def __init__(self, steps: Iterable[Upcaster], *, current: Collection[str], past: Collection[str]) -> None:
        listed = tuple(steps)
        self._steps = {step.source: step for step in listed}
        _check_names(listed, set(current), set(past))
        for source in past:
            self._check_chain(source, set(current))
        _check_versions([*current, *past])

    def newest(self, type_name: str) -> str:
        """Return the newest version of a type. No data is touched."""
        while (step := self._steps.get(type_name)) is not None:
            type_name = step.target
        return type_name

    def upcast(self, type_name: str, data: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """Return the newest version's type and data; a type that needs no step comes back as it is."""
        while (step := self._steps.get(type_name)) is not None:
            type_name, data = step.target, step.change(dict(data))
        return type_name, data

    def _check_chain(self, source: str, current: set[str]) -> None:
        seen = [source]
        while seen[-1] not in current:
            step = self._steps.get(seen[-1])
            if step is None:
                raise CatalogueError(f"No upcaster leads on from {seen[-1]}. Add the step.")
            if step.target in seen:
                raise CatalogueError(f"The upcasters turn in a circle at {step.target}. Break it.")
            seen.append(step.target)


def _check_names(steps: Collection[Upcaster], current: set[str], past: set[str]) -> None:
    if both := current & past:
        raise CatalogueError(f"Both current and past: {', '.join(sorted(both))}. A type is one of the two.")
    twice = [source for source, count in Counter(step.source for step in steps).items() if count > 1]
    if twice:
        raise CatalogueError(f"Two upcasters start from {twice[0]}. Keep one.")
    for step in steps:
        if step.source not in past:
            raise CatalogueError(f"An upcaster starts from {step.source}, which is no past version.")
        if step.target not in current | past:
            raise CatalogueError(f"An upcaster leads to {step.target}, which the catalogue does not know.")


def _check_versions(types: Iterable[str]) -> None:
    versions: defaultdict[str, set[int]] = defaultdict(set)
    for name in types:
        versions[family_of(name)].add(version_of(name))
    for family, found in versions.items():
        missing = set(range(1, max(found) + 1)) - found
        if missing:
            raise CatalogueError(
                f"{family}.v{min(missing)} is missing. What was once written stays readable."
            )


def _more_can_be_said(data: Data) -> Data:
    """The next version only knows more: what an earlier one could not say stays absent, since a guess
    would be something that nobody said."""
    return data


def _next(family: str, version: int = 1) -> Upcaster:
    return Upcaster(f"{family}.v{version}", f"{family}.v{version + 1}", _more_can_be_said)


EVENT_STEPS = (
    _next("mingdian.connection.application_received"),
    _next("mingdian.connection.documents_received"),
    _next("mingdian.connection.inspection_requested"),
    _next("mingdian.connection.receipt_issued"),
    _next("mingdian.connection.case_closed"),
    _next("mingdian.connection.policy_amended"),
    _next("mingdian.project.project_ended"),
    _next("mingdian.project.project_visited"),
)
FACT_STEPS = (
    _next("mingdian.fact.connection.application_submitted"),
    _next("mingdian.fact.connection.application_submitted", 2),
    _next("mingdian.fact.connection.documents_supplied"),
    _next("mingdian.fact.connection.inspection_requested"),
    _next("mingdian.fact.project.project_visited"),
)

_EVENTS = Upcasters(EVENT_STEPS, current=EVENT_MODELS, past=PAST_EVENT_MODELS)
_FACTS = Upcasters(FACT_STEPS, current=FACT_MODELS, past=PAST_FACT_MODELS)


def upcast(type_name: str, data: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the type and data of the newest version of what the log holds. An unknown type comes back as it
    is."""
    return _EVENTS.upcast(type_name, data)


def read_data(type_name: str, data: Mapping[str, Any]) -> EventData | None:
    """Return the data of a logged event as its newest model; None for a type that this release does not know.

    Raises `pydantic.ValidationError` for data that its type does not allow.
    """
    newest, changed = upcast(type_name, data)
    model = EVENT_MODELS.get(newest)
    return None if model is None else model.model_validate(changed)


def newest_fact(type_name: str) -> type[Fact] | None:
    """Return the model that reads a fact of this type and version today; None for an unknown type."""
    return FACT_MODELS.get(_FACTS.newest(type_name))


def fact_as_sent(type_name: str) -> type[Fact] | None:
    """Return the model of a fact of this very version; None for an unknown type. What a stranger sends is
    held against it before any step touches it: a step may rely on what its version has promised."""
    return FACT_MODELS.get(type_name) or PAST_FACT_MODELS.get(type_name)


def upcast_fact(type_name: str, data: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the type and data of the newest version of a fact that upstream sent. An unknown type comes back
    as it is."""
    return _FACTS.upcast(type_name, data)


def read_fact(type_name: str, data: Mapping[str, Any]) -> Fact:
    """Return a fact as its newest model. Raises KeyError for an unknown type, `pydantic.ValidationError`."""
    newest, changed = upcast_fact(type_name, data)
    return FACT_MODELS[newest].model_validate(changed)
