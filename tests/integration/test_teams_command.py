"""`./mingdian teams`: who is there, who is away, whom the cases go to."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.integration.marked import Marks, wire
from tests.integration.platforms import Platform, an_application, until

DONGFANG = "469007"


def staff(platform: Platform) -> dict[str, dict[str, object]]:
    """The staff of Dongfang as the command lists it."""
    told = platform.command("teams", "list", "--region", DONGFANG, "--json")
    return {line["staff_id"]: line for line in map(json.loads, told.splitlines())}


def owner(platform: Platform, number: str) -> str:
    """Who owns a case, as the pages have it."""
    [(name,)] = platform.rows("SELECT manager_id FROM progress.application WHERE number = %s", number)
    return str(name)


def test_the_command_hands_over_and_says_so(platform: Platform) -> None:
    marks = Marks()
    number = an_application(platform, marks, "teams-1", region=DONGFANG)
    first = owner(platform, number)
    [other] = {"DF-M1", "DF-M2"} - {first}
    assert staff(platform)[first]["cases"] == 1

    told = platform.command("teams", "hand-over", first, "--to", other, "--case", number, "--json")
    *lines, summary = map(json.loads, told.splitlines())
    assert [(one["number"], one["goes_to"], one["outcome"]) for one in lines] == [(number, other, "applied")]
    assert (summary["ok"], summary["cases"], summary["unplaced"]) == (True, 1, 0)
    assert owner(platform, number) == other

    told = platform.command("teams", "leave", other)
    assert "1 case has a new officer" in told
    assert owner(platform, number) == first
    assert staff(platform)[other]["gone"]
    assert "answers for no open case" in platform.command("teams", "leave", other)
    until(lambda: gone(platform, other))
    platform.command("teams", "back", other)
    assert not staff(platform)[other]["gone"]
    assert owner(platform, number) == first


def gone(platform: Platform, staff_id: str) -> bool:
    """Whether the roster that pages read says that somebody has left."""
    rows = platform.rows("SELECT absences FROM roster.member WHERE staff_id = %s", staff_id)
    return any(one["gone"] for (absences,) in rows for one in absences)


def test_the_rota_passes_over_who_is_away(platform: Platform) -> None:
    def turns() -> list[dict[str, str]]:
        told = platform.command("teams", "rota", "--from", "2031-03-03", "--days", "9", "--json")
        return [json.loads(line) for line in told.splitlines()]

    before = turns()
    assert {one["since"][11:] for one in before} == {"00:00", "08:00", "20:00"}
    night = next(one for one in before if one["since"].endswith("03-05 20:00"))
    platform.command("teams", "absent", night["staff_id"], "--from", "2031-03-05", "--to", "2031-03-05")
    after = turns()
    assert night not in after
    assert all(one["staff_id"] for one in after)
    platform.command("teams", "back", night["staff_id"], "--on", "2031-03-05")
    assert turns() == before


def test_a_later_absence_waits_for_its_day(platform: Platform) -> None:
    begins = date.today() + timedelta(days=30)  # noqa: DTZ011 - far ahead in every zone
    days = ("--from", str(begins), "--to", str(begins + timedelta(days=4)))
    assert str(begins) in platform.command("teams", "absent", "DF-E1", *days)
    [line] = [one for name, one in staff(platform).items() if name == "DF-E1"]
    assert line["away"] == [{"first": days[1], "last": days[3]}]
    assert "is known to be away" in platform.command("teams", "absent", "DF-E1", *days, status=2)
    platform.command("teams", "back", "DF-E1")
    assert staff(platform)["DF-E1"]["away"] == []


def test_who_is_in_no_team_is_told_in_one_line(platform: Platform) -> None:
    for words in (["leave", "NOBODY"], ["hand-over", "NOBODY"], ["back", "NOBODY"]):
        assert "is in no team" in platform.command("teams", *words, status=2)
    assert "not away" in platform.command("teams", "back", "DF-M1", status=2)


def test_every_event_of_the_roster_reaches_the_log(platform: Platform) -> None:
    until(lambda: not platform.rows("SELECT FROM intake.outbox WHERE sent_at IS NULL"))
    assert json.loads(platform.command("audit", "--log-only", "--json").splitlines()[-1])["ok"]


def test_people_read_a_table_and_a_summary(platform: Platform) -> None:
    told = platform.command("teams", "list", "--region", DONGFANG)
    assert "DF-M1" in told
    assert "5 people, 0 away or gone" in told
    assert "from" in platform.command("teams", "rota", "--days", "2")


def test_personnel_say_at_the_door_and_by_file_what_the_commands_say(
    platform: Platform, tmp_path: Path
) -> None:
    first = str(date.today() + timedelta(days=60))  # noqa: DTZ011 - far ahead in every zone

    def said(name: str, kind: str, **data: Any) -> dict[str, Any]:
        return {
            "specversion": "1.0",
            "id": name,
            "source": "/hr/hainan",
            "type": f"mingdian.fact.roster.{kind}.v1",
            "subject": "DF-W1",
            "time": datetime.now(UTC).isoformat(),
            "profile": "hainan",
            "data": {"staff_id": "DF-W1", **data},
        }

    token = platform.stack.secrets.token("/hr/hainan")
    headers = {"authorization": f"Bearer {token}", "content-type": "application/cloudevents+json"}
    away = wire(said("hr-away", "absence_reported", first=first))
    assert platform.http.post("/events", content=away, headers=headers).status_code == 202
    until(lambda: staff(platform)["DF-W1"]["away"] == [{"first": first, "last": None}])

    file = tmp_path / "hr.jsonl"
    file.write_text(json.dumps(said("hr-back", "return_reported", on=first)) + "\n")
    assert json.loads(platform.command("feed", str(file), "--json").splitlines()[-1])
    assert staff(platform)["DF-W1"]["away"] == []
