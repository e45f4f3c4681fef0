"""Reads every version ever written as the newest one: `v1 → v2 → …`, one pure step each.

Hashes are over what was written, so they are checked before anything here is called.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from events.catalogue.base import EventData
from events.catalogue.registry import EVENT_MODELS, PAST_EVENT_MODELS, family_of, version_of
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


def _receipt_v2(data: Data) -> Data:
    """The first version knew neither channel, days so far, boundary nor documents in hand: they stay absent,
    since a guess would be an event that nobody wrote."""
    return data


STEPS = (
    Upcaster("mingdian.connection.receipt_issued.v1", "mingdian.connection.receipt_issued.v2", _receipt_v2),
)

_UPCASTERS = Upcasters(STEPS, current=EVENT_MODELS, past=PAST_EVENT_MODELS)


def upcast(type_name: str, data: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return the type and data of the newest version of what the log holds. An unknown type comes back as it
    is."""
    return _UPCASTERS.upcast(type_name, data)


def read_data(type_name: str, data: Mapping[str, Any]) -> EventData | None:
    """Return the data of a logged event as its newest model; None for a type that this release does not know.

    Raises `pydantic.ValidationError` for data that its type does not allow.
    """
    newest, changed = upcast(type_name, data)
    model = EVENT_MODELS.get(newest)
    return None if model is None else model.model_validate(changed)
