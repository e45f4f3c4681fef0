"""The key projects whose runs are recorded: every way that a project's run goes in Temporal."""

from datetime import UTC, datetime, timedelta
from typing import Any

from events.catalogue import project_change_facts as changes
from events.catalogue import project_facts as facts
from events.catalogue.base import Fact
from tests.unit.workflows.projecting import CITY, PROV, ROW, STAFF
from workflows.messages import FactMessage

BEGAN = datetime.now(UTC) - timedelta(days=30)
OWN = "/mingdian/hainan"
SEALED = {"kid": "k", "nonce": "bm9uY2U=", "ct": "c2VhbGVk"}


def told(at: float, kind: type[Fact], source: str = STAFF, **data: Any) -> FactMessage:
    """A fact, so many days after the project was first heard of."""
    checked = kind.model_validate(data).model_dump(mode="json", exclude_none=True)
    name = f"{kind.__name__}-{at}"
    return FactMessage(source=source, id=name, type=kind.type, time=BEGAN + timedelta(days=at), data=checked)


_SOON = (BEGAN + timedelta(days=110)).date().isoformat()
_NEW = {
    "staff_id": "HN-KM9",
    "name": "某某",
    "role": {"zh": "重点客户经理", "en": "Account manager of key customers"},
    "phone": "0898-00000000",
}
_LOAD = [{"year": 2027, "capacity_kva": "20000"}]

PROJECT_WHOLE = [
    told(0, facts.IntentionReported, PROV, **ROW, stage="approved", expected_energise_on=_SOON),
    told(1, facts.LoadPlanned, load=_LOAD),
    told(2, facts.SubstationProposed, substation="洋浦变", available_kva="50000"),
    told(3, facts.WorksScheduled, stage="design", starts_on="2026-05-01", ends_on="2026-06-01"),
    told(4, facts.WorksStarted, stage="design"),
    told(5, facts.SpendingRecorded, amount_cny="1000.50", on="design"),
    told(6, facts.ProjectVisited, by="HK-M1", purpose="load", notes=SEALED),
    told(7, facts.ProjectParted, decided_by="HK-M1"),
    told(8, facts.WorksFinished, stage="design"),
    told(8.5, changes.ProjectHandedOver, OWN, role="account_manager", officer=_NEW, why="left"),
    told(9, facts.ApplicationLinked, number="HN-2026-720001", by="person"),
    told(10, facts.ApplicationProgressed, number="HN-2026-720001", state="accepted"),
    told(11, facts.ApplicationProgressed, number="HN-2026-720001", state="energised"),
]
"""A project from its first row to its electricity; one fact finds no place."""

PROJECT_JOINED = [
    told(0, facts.IntentionReported, CITY, **ROW, expected_energise_on=_SOON),
    told(1, facts.ProjectJoined, into="HNK-2026-720009", decided_by="HK-M1"),
    told(2, facts.IntentionReported, CITY, **ROW, stage="construction"),
    told(3, changes.ProjectHandedOver, OWN, role="engineer", officer=_NEW, why="absent"),
    told(4, facts.ProjectVisited, by="HK-M1", purpose="plan", notes=SEALED),
]
"""One that goes on under another, and hands its rows on."""

PROJECT_PARTED = [
    told(5, facts.ProjectParted, decided_by="HK-M1"),
    told(6, facts.IntentionGone, CITY, record=ROW["record"]),
    told(7, facts.ProjectVisited, by="HK-M1", purpose="site", notes=SEALED),
]
"""What it hears when it goes on by itself again."""
