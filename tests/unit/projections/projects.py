"""Key projects as their streams would tell them: events sealed and numbered as a run does, without a run."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from events.catalogue import project_events as says
from events.catalogue.base import EventData, Text
from events.catalogue.connection_events import Officer
from events.catalogue.project_facts import IntentionRow
from events.envelope import Draft, Event, Head, seal

START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
"""Day 0: a Monday, nine in the morning in Haikou."""

MANAGER = Officer(
    staff_id="km01", name="王海", role=Text(zh="客户经理", en="Account manager"), phone="0898-1"
)
ENGINEER = Officer(staff_id="ke01", name="陈工", role=Text(zh="工程师", en="Engineer"), phone="0898-2")
SUPERVISOR = Officer(staff_id="ks01", name="李主任", role=Text(zh="监督人", en="Supervisor"), phone="0898-3")

ROW: dict[str, Any] = {
    "record": "P-1",
    "project_name": "海口综保区冷链物流中心",
    "organisation": "海南某某冷链有限公司",
    "org_code": "91460000MA5T000001",
    "industry": "冷链物流",
    "region": "460100",
    "site": "综保区 7 号地",
    "stage": "approved",
    "load": [{"year": 2027, "capacity_kva": "2000"}, {"year": 2028, "capacity_kva": "5000"}],
    "expected_energise_on": "2026-06-30",
    "investment_cny": "320000000",
    "place": {"longitude": 110.15, "latitude": 20.02},
}


def day(number: float) -> datetime:
    """A moment so many days after the start."""
    return START + timedelta(days=number)


class Project:
    """A project's stream in the making. Every event is told by a fact of its own, unless said otherwise."""

    def __init__(
        self, number: str = "HNK-2026-000001", *, feed: str = "prov", profile: str = "hainan"
    ) -> None:
        self.number = number
        self.source = f"/mingdian/{profile}"
        self.feed = feed
        self.drafts: list[Draft] = []

    def say(self, at: float, data: EventData, fact: str | None = None) -> "Project":
        """Add an event."""
        causation = fact or f"/upstream/{self.feed}|{self.number}:{len(self.drafts) + 1}"
        self.drafts.append(Draft(type=data.type, time=day(at), data=data.as_data(), causationid=causation))
        return self

    def opened(self, at: float = 0, **row: Any) -> "Project":
        """Begin, with the first row and the team."""
        first = IntentionRow.model_validate({**ROW, **row})
        self.say(at, says.ProjectOpened(feed=self.feed, record=first.record, region=first.region))
        self.row(at, **row)
        self.say(at, says.StageReached(stage=first.stage))
        return self.say(at, says.TeamAssigned(manager=MANAGER, engineers=(ENGINEER,), supervisor=SUPERVISOR))

    def row(
        self,
        row_at: float,
        *,
        feed: str | None = None,
        since: float | None = None,
        origin: str | None = None,
        **row: Any,
    ) -> "Project":
        """A row of a feed, as it was changed there on a day. A field given as None is left out."""
        said = {name: value for name, value in {**ROW, **row}.items() if value is not None}
        data = says.IntentionRecorded(
            feed=feed or self.feed, row=IntentionRow.model_validate(said), row_at=day(row_at), origin=origin
        )
        return self.say(row_at if since is None else since, data)

    def left(self, row_at: float, record: str = "P-1", feed: str | None = None) -> "Project":
        """A record that left its feed."""
        return self.say(
            row_at, says.IntentionLeftFeed(feed=feed or self.feed, record=record, row_at=day(row_at))
        )

    def works(self, stage: str, starts: float, ends: float, at: float = 1) -> "Project":
        """A stage of the works is scheduled."""
        return self.say(
            at,
            says.WorksScheduled.model_validate(
                {"stage": stage, "starts_on": day(starts).date(), "ends_on": day(ends).date()}
            ),
        )

    def turned(self, at: float, light: str | None, slack: int, *, left: int = 100) -> "Project":
        """The light turned, so many days before the expected energising; the rule as the table has it."""
        expected = (day(at) + timedelta(days=left)).date()
        reckoning = says.Reckoning(
            expected_on=expected, needed_days=left - slack, left_days=left, slack_days=slack
        )
        return self.say(
            at,
            says.LightTurned.model_validate(
                {
                    "light": light,
                    "on": day(at).date(),
                    "rule": light and f"light_{light}",
                    "reckoning": reckoning,
                }
            ),
        )

    def events(self, order: Sequence[int] | None = None) -> list[Event]:
        """The stream. `order` gives the places of the drafts, where another order is wanted."""
        drafts = self.drafts if order is None else [self.drafts[place] for place in order]
        return seal(
            Head(),
            drafts,
            source=self.source,
            subject=self.number,
            correlationid=self.number,
            policyversion="p" * 64,
        )
