"""Facts that must be refused, one of each kind, with the reason that must be given."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from deploy.demo.facts import FedFact, cloud_event, fed
from events.catalogue import connection_facts as facts
from events.catalogue.base import Fact
from events.catalogue.traits import Traits

# What a case that has ended may answer, or one that never comes to the state: it depends on how far it is.
ENDED = frozenset({"case_ended", "case_closed", "never_possible"})
_LARGE = 300 * 1024
_FAR = timedelta(days=400)


def unfit_applications(
    profile: str, prefix: str, sound: dict[str, Any], household: Traits, at: datetime
) -> Iterator[FedFact]:
    """Yield applications with one fault each. `sound` is the data of a good one; each has a subject of
    its own.
    """

    def spoilt(name: str, code: str, change: dict[str, Any] | None = None, **attributes: Any) -> FedFact:
        event = {
            "specversion": "1.0",
            "id": f"{prefix}-{name}-01",
            "source": "/upstream/demo",
            "type": facts.ApplicationSubmitted.type,
            "subject": f"{prefix}-{name}",
            "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "profile": profile,
            "datacontenttype": "application/json",
            "data": {**sound, **(change or {})},
        }
        return fed({**event, **attributes}, "refused", frozenset({code}), f"wrong: {code}")

    yield spoilt("region", "unknown_region", {"region": "999999"})
    yield spoilt("type", "unknown_type", type="mingdian.fact.connection.application_guessed.v1")
    yield spoilt("capacity", "too_small", {"capacity_kva": "-400"})
    yield spoilt(
        "home", "household_at_high_voltage", {**_public(household), "voltage_kv": "10", "documents": []}
    )
    yield spoilt("naive", "naive_time", time=at.strftime("%Y-%m-%dT%H:%M:%S"))
    yield spoilt("future", "future_time", time=(at + _FAR).strftime("%Y-%m-%dT%H:%M:%SZ"))
    yield spoilt("profile", "unknown_profile", profile="atlantis")
    yield spoilt("large", "too_large", {"project_name": "x" * _LARGE})
    whole = fed({**spoilt("bytes", "not_json").event, "subject": f"{prefix}-bytes"}).body  # type: ignore[dict-item]
    cut_off = whole[:-40].decode(errors="ignore").encode()  # still text, no longer JSON
    yield FedFact(cut_off, "refused", frozenset({"not_json"}), "wrong: not_json")


def id_reused(good: FedFact) -> FedFact:
    """The id of a good fact with another content."""
    assert good.event is not None
    other = {**good.event, "data": {**good.event["data"], "meter_no": "M-other"}}
    return fed(other, "refused", frozenset({"id_reused"}), "wrong: id_reused")


def after_the_end(profile: str, last: FedFact, at: datetime) -> FedFact:
    """Energised, said of an application that was withdrawn before."""
    event = cloud_event(profile, last.subject, "after", at, facts.Energised())
    return fed(event, "refused", ENDED, "wrong: impossible in its state")


def stray(profile: str, good: FedFact, at: datetime, fact: Fact, codes: frozenset[str]) -> FedFact:
    """A fact that the process of a good case has no place for."""
    return fed(
        cloud_event(profile, good.subject, "stray", at, fact),
        "refused",
        codes,
        "wrong: impossible in its state",
    )


def _public(traits: Traits) -> dict[str, Any]:
    return traits.model_dump(mode="json", exclude_defaults=True)
