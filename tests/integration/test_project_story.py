"""A key project from two feeds in two formats to its electricity; its record tells the story."""

import json
import secrets
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.integration.feeds import CITY_SOURCE, PROV_SOURCE, Feeds, chinese, city_rows, table
from tests.integration.marked import SOURCE
from tests.integration.platforms import Platform
from tests.integration.upstreams import SHOP
from tests.unit.workflows.telling import SHOP_PAPERS


class Story:
    """One project, told by a province and a city; days count from 60 days ago."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        self.platform, self.feeds, self.folder = platform, Feeds(platform), folder
        self.run = secrets.token_hex(4)
        self.org = f"ORG{self.run}"
        today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
        self.began = today - timedelta(days=60)

    def day(self, number: int) -> date:
        """The local day of this number."""
        return self.began + timedelta(days=number)

    def province_tells(self, changed: int, wanted: int) -> str:
        """The province's list as a file; returns the project's number."""
        cells = (
            f'1,HN-{self.run},"海口江东数据中心（一期）",海口云数据有限公司,{self.org},信息,海口市,江东新区,'
            f"２.３亿元,核准,10kV,否,{chinese(self.day(wanted))},0.008,{chinese(self.day(changed))}"
        )
        file = self.folder / "province.csv"
        file.write_bytes(table(cells))
        told = self.feeds.feed(file, "prov")
        assert (told["accepted"], told["refused"]) == (1, 0)
        return self.feeds.number(PROV_SOURCE, f"HN-{self.run}")

    def city_tells(self, changed: int, wanted: int, phase: str) -> str:
        """The city's document at the door; returns the project's number."""
        row = {
            **city_rows()[0],
            "id": f"HK-{self.run}",
            "phase": phase,
            "owner": {"name": "海口云数据有限公司", "uscc": self.org},
            "power": {"demand": [{"year": 2026, "mw": "0.076"}], "wantedBy": self.day(wanted).isoformat()},
            "meta": {"updatedAt": self.day(changed).isoformat()},
        }
        body = json.dumps({"data": {"projects": [row]}}, ensure_ascii=False).encode()
        taken = self.feeds.post("haikou", body)
        assert (taken.status_code, taken.json()["refused"]) == (202, [])
        assert self.feeds.last("haikou")["refused_after_all"] == []
        return self.feeds.number(CITY_SOURCE, f"HK-{self.run}")

    def tell(self, kind: str, subject: str, at: int, data: dict[str, Any]) -> dict[str, Any]:
        """A fact of the grid company's systems; returns its outcome."""
        name = f"{self.run}-{kind}-{at}"
        moment = datetime(2026, 1, 1, 2, tzinfo=UTC).replace(
            year=self.day(at).year, month=self.day(at).month, day=self.day(at).day
        )
        event = {
            "specversion": "1.0",
            "id": name,
            "source": SOURCE,
            "type": f"mingdian.fact.{kind}",
            "subject": subject,
            "time": moment.isoformat(),
            "profile": "hainan",
            "data": data,
        }
        self.platform.send(event)
        outcome = self.platform.outcome(name)
        assert outcome["outcome"] == "applied", outcome
        return outcome


def test_a_project_from_two_feeds_in_two_formats_to_its_electricity(
    platform: Platform, tmp_path: Path
) -> None:
    story = Story(platform, tmp_path)
    feeds = story.feeds
    first = story.province_tells(changed=0, wanted=190)
    second = story.city_tells(changed=1, wanted=190, phase="planning")
    assert first != second

    found = platform.command("projects", "candidates", first)
    assert second in found, "the same organisation in the same place"
    platform.command("projects", "join", second, first, "--by", "HK-M1")
    joined = feeds.seen(first, lambda one: _feeds(one) == {"prov", "haikou"})
    assert joined["light"]["light"] == "green"
    assert {one["field"] for one in joined["conflicts"]} >= {"stage"}, "where the two differ is shown"
    assert feeds.public(second)["joined_into"] == first

    story.tell("project.works_started.v1", first, 20, {"stage": "design"})
    feeds.seen(first, lambda one: any(works["started_on"] for works in one["works"]))
    story.city_tells(changed=30, wanted=140, phase="permit")
    yellow = feeds.seen(first, lambda one: one["light"] and one["light"]["light"] == "yellow")
    assert 0 <= yellow["light"]["slack_days"] < 30

    shop = {**SHOP, "documents": SHOP_PAPERS, "org_code": story.org}
    number = story.tell("connection.application_submitted.v3", f"{story.run}-shop", 40, shop)["number"]
    met = feeds.seen(first, lambda one: any(link["state"] == "accepted" for link in one["applications"]))
    [link] = met["applications"]
    assert (link["number"], link["by"], link["days_saved"]) == (number, "organisation", 20)

    story.tell("connection.survey_completed.v1", number, 41, {"supporting_works": False})
    story.tell("connection.meter_fitted.v1", number, 42, {"meter_no": "M1"})
    story.tell("connection.energised.v1", number, 43, {})
    ended = feeds.seen(first, lambda one: one["ended"] is not None)
    assert ended["ended"]["ending"] == "energised"
    assert ended["ended"]["on"] == story.day(43).isoformat()
    assert ended["fields"]["stage"] == "permitted", "as the newest row of any feed says"
    told = [one["event"] for one in sorted(ended["story"], key=lambda one: one["sequence"])]
    chapters = (
        "project_opened",
        "team_assigned",
        "works_started",
        "light_escalated",
        "application_linked",
        "application_progressed",
        "lead_time_saved",
        "project_ended",
    )
    places = [told.index(chapter) for chapter in chapters]
    assert places == sorted(places), told
    assert {one["detail"].get("light") for one in ended["story"]} >= {"green", "yellow"}
    stages = next(one for one in ended["history"] if one["field"] == "stage")["said"]
    assert (stages[0]["feed"], stages[0]["value"]) == ("haikou", "permitted")
    assert {"prov", "haikou"} == {one["feed"] for one in stages}

    read = platform.command("history", first, "--language", "en", "--only", "log")
    assert "List of key projects of the province tells of" in read
    assert f"(by way of {second})" in read
    assert "The project ended: energised" in read
    for one in (first, second, number):
        platform.command("audit", "--subject", one)


def _feeds(project: dict[str, Any]) -> set[str]:
    return {said["feed"] for field in project["history"] for said in field["said"] if said["feed"]}
