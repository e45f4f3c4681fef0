"""Facts whose every personal field holds a text of its own, which nothing else in the world contains."""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from events.catalogue.registry import FACT_MODELS, short_name, stream_of
from events.personal import finding_fields, personal_fields
from events.upcasting import newest_fact

SOURCE = "/upstream/demo"
FACTORY = {
    "region": "460100",
    "customer_type": "enterprise",
    "usage": "industrial",
    "voltage_kv": "10",
    "capacity_kva": "3150",
    "channel": "app",
    "documents": ["A1", "A2", "A3", "A5", "A7"],
}
"""What the fact that opens a case needs beside its personal fields."""

OFFICIAL: dict[str, dict[str, Any]] = {
    "application_submitted": FACTORY,
    "plan_objected": {"plan_no": "P1"},
    "inspection_failed": {"defect_count": 1},
    "withdrawn": {},
    "boundary_confirmed": {"boundary": "red_line", "confirmed_by": "staff-1"},
    "further_documents_requested": {"documents": ["A6"]},
    "design_reviewed": {"passed": False},
    "mid_inspected": {"passed": False},
    "service_rated": {"score": 3},
    "dispute_raised": {"dispute": "Q-1", "about": "duration"},
    "dispute_answered": {"dispute": "Q-1", "upheld": False},
    "record_corrected": {"field": "feeder", "value": "F-2"},
    "project_visited": {"by": "staff-1", "purpose": "site"},
    "project_cancelled": {},
}
"""What each fact with personal fields needs beside them."""

_STREAMS = {short_name(one): stream_of(one) for one in FACT_MODELS}


def type_of(kind: str) -> str:
    """The first version of a fact's type; what the catalogue does not know would be one of a connection."""
    return f"mingdian.fact.{_STREAMS.get(kind, 'connection')}.{kind}.v1"


@dataclass
class Marks:
    """Makes marks and remembers them: `places` says where each was put."""

    places: dict[str, str] = field(default_factory=dict)
    stem: str = field(default_factory=lambda: secrets.token_hex(4))
    begin: str = field(default_factory=lambda: f"7{secrets.randbelow(10**8):08}")

    def text(self, place: str) -> str:
        """A new mark, in Latin letters among Chinese, as names and notes are."""
        return f"某{self._new(place, f'zq{self.stem}{secrets.token_hex(3)}')}人"

    def number(self, place: str) -> str:
        """A new mark of digits only: a telephone or identity number."""
        return self._new(place, f"{self.begin}{secrets.randbelow(10**8):08}")

    def personal(self, kind: str, place: str) -> dict[str, str]:
        """A value for every personal field of a fact."""
        model = newest_fact(type_of(kind))
        assert model is not None
        numbers = finding_fields(model)
        return {
            name: (self.number if name in numbers else self.text)(f"{place}: {kind}.{name}")
            for name in personal_fields(model)
        }

    def data(self, kind: str, place: str) -> dict[str, Any]:
        """The data of a good fact with a mark in every personal field."""
        return {**OFFICIAL[kind], **self.personal(kind, place)}

    def _new(self, place: str, mark: str) -> str:
        self.places[mark] = place
        return mark


def fact(name: str, kind: str, subject: str, data: Any, minute: int = 0) -> dict[str, Any]:
    """An inbound event; `minute` orders the facts of a case."""
    return {
        "specversion": "1.0",
        "id": name,
        "source": SOURCE,
        "type": type_of(kind),
        "subject": subject,
        "time": f"2026-06-01T10:{minute:02}:00+08:00",
        "profile": "hainan",
        "data": data,
    }


def wire(event: dict[str, Any]) -> bytes:
    """The event in structured mode."""
    return json.dumps(event, ensure_ascii=False).encode()
