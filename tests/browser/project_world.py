"""Key projects to look at: one at each turn of its life, as their streams tell it."""

from collections.abc import Iterable
from typing import Any

import psycopg

from events.catalogue import project_events as says
from events.catalogue import project_sharing_events as sharing
from events.envelope import Event
from events.topics import PROJECT
from projections import books, builds, store
from projections.prestart.fold import Prestart
from projections.prestart_story.fold import PrestartStory
from projections.projection import Logged
from tests.browser import world
from tests.unit.projections.projects import START, SUPERVISOR, Project, day

TODAY = (world.NOW.date() - START.date()).days
"""The day on which the pages are looked at, counted as the projects count."""

RICH, RED, GREEN, DARK, CANCELLED, ENERGISED, JOINED, GONE, TWIN, OTHER_TWIN = (
    f"HNK-2026-{place:06d}" for place in range(1, 11)
)
APPLICATION = "HN-2026-000123"
SECRETS = (
    "91460000MA5T000001",
    "海南某某冷链",
    "320000000",
    "综保区 7 号地",
    "110.15",
    "P-1",
    "km01",
    "内部谈话",
)
"""What the first project's row and notes hold and the public never sees."""


def fill(db: psycopg.Connection[Any], events: Iterable[Event]) -> None:
    """Fold events into the read models of the projects, replacing what was there."""
    logged = [Logged(event, PROJECT, 0, offset, world.NOW) for offset, event in enumerate(events)]
    for projection in (Prestart(), PrestartStory()):
        (model,) = builds.kept_up(db, projection)
        db.execute(f"TRUNCATE {model.schema}.{projection.table.name}".encode())
        db.execute("DELETE FROM projections.partition_offset WHERE build = %s", (model.build,))
        with db.transaction():
            store.write(db, model, world._folded(projection, logged), set())
        books.start(db, model, {0: 0})
        if logged:
            newest = max(one.event.time for one in logged)
            books.advance(db, model, {0: books.Move(0, len(logged), newest)})


def projects() -> list[Event]:
    """Ten projects."""
    told = (
        rich(), _red(), _green(), _dark(), _cancelled(), _energised(), _joined(), _gone(),
        *(twin(number, feed) for number, feed in ((TWIN, "prov"), (OTHER_TWIN, "haikou"))),
    )  # fmt: skip
    return [event for project in told for event in project.events()]


def rich() -> Project:
    """A project that two feeds tell of, not alike: works begun, a yellow light, its application accepted."""
    expected = "2026-11-30"
    project = Project(RICH).opened(0, stage="lead", expected_energise_on=expected)
    project.row(60, stage="approved", expected_energise_on=expected)
    project.say(60, says.StageReached(stage="approved", before="lead"))
    project.row(
        90, feed="haikou", record="C-77", origin=JOINED, project_name="综保区冷链中心（一期）",
        voltage_kv="10", stage="land_granted", expected_energise_on="2026-10-31",
        load=[{"year": 2027, "capacity_kva": "6300"}],
    )  # fmt: skip
    project.say(90, says.StageReached(stage="land_granted", before="approved"))
    project.row(210, stage="construction", expected_energise_on=expected, temporary_kva="630")
    project.say(210, says.StageReached(stage="construction", before="land_granted"))
    for stage, starts, ends in (("design", 70, 85), ("permits", 90, 110), ("civil", 200, 270)):
        project.works(stage, starts, ends, at=65)
    project.works("electrical", 270, 310, at=65).works("commissioning", 310, 320, at=65)
    project.say(72, says.WorksStarted(stage="design", before_application=True))
    project.say(84, says.WorksFinished(stage="design"))
    project.say(95, says.WorksStarted(stage="permits", before_application=True))
    project.say(130, says.WorksFinished(stage="permits"))
    project.say(205, says.WorksStarted(stage="civil", before_application=True))
    project.turned(65, "green", 45)
    project.turned(TODAY - 9, "yellow", 18, left=85)
    project.say(TODAY - 9, says.LightEscalated(light="yellow", to=SUPERVISOR))
    _say(project, 66, says.SubstationProposed, substation="桂林洋变电站", needed_kva="6300", enough=True)
    _say(project, 70, says.TemporarySupplyArranged, capacity_kva="630", from_on="2026-03-20")
    _say(project, 71, says.RelocationReported, line="10 kV 桂林洋线", state="agreed")
    _say(
        project,
        80,
        says.ProjectVisited,
        by="km01",
        purpose="load",
        notes=world.sealed("内部谈话").model_dump(),
    )
    _say(project, 100, says.MilestoneReached, milestone="land_obtained")
    _lent(project, "visit:c|v1", visit={**SEEN, "by": "ke01", "purpose": "site", "remote": True})
    _lent(project, "spending:design", spending={"on": "design", "amount_cny": "30000"})
    _say(project, 206, says.SpendingRecorded, amount_cny="120000", on="design", total_cny="120000")
    _say(project, 215, says.ApplicationLinked, number=APPLICATION, by="organisation")
    _say(project, 218, says.ApplicationProgressed, number=APPLICATION, state="accepted")
    _say(
        project, 218, says.LeadTimeSaved, number=APPLICATION, days=146, works_started_on="2026-03-18",
        accepted_on="2026-08-11",
    )  # fmt: skip
    return project


SEEN = {"at": day(125).isoformat(), "fact": "/upstream/console|v1"}


def _lent(project: Project, name: str, **thing: Any) -> None:
    """Something that was done for the project that was joined to this one."""
    _say(project, 126, sharing.ProgressShared, origin=JOINED, owner=JOINED, name=name, thing=thing)


def _red() -> Project:
    project = _plain(RED, "三亚崖州湾深海装备试验场", "460200", "permitted", "2026-10-20", "2000")
    project.works("design", TODAY - 5, TODAY + 10).turned(TODAY - 2, "red", -35, left=35)
    return project.say(TODAY - 2, says.LightEscalated(light="red", to=SUPERVISOR))


def _green() -> Project:
    project = _plain(GREEN, "儋州洋浦石化新材料二期", "460400", "approved", "2027-06-30", "25000")
    agreed = [{"year": 2027, "capacity_kva": "16000"}, {"year": 2029, "capacity_kva": "40000"}]
    _say(project, 120, says.LoadPlanned, load=agreed, expected_energise_on="2027-08-31")
    return project.turned(120, "green", 210, left=280)


def _dark() -> Project:
    return _plain(DARK, "文昌航天超算中心", "469005", "lead", None, "8000")


def _cancelled() -> Project:
    project = _plain(CANCELLED, "东方临港仓储基地", "469007", "approved", "2027-03-31", "1250")
    _say(project, 100, says.SpendingRecorded, amount_cny="86500", on="design", total_cny="86500")
    project.row(150, **_row("东方临港仓储基地", "469007", "cancelled", "2027-03-31", "1250"))
    project.say(150, says.StageReached(stage="cancelled", before="approved"))
    return _say(project, 150, says.ProjectEnded, ending="cancelled", spent_cny="86500")


def _energised() -> Project:
    project = _plain(ENERGISED, "琼海博鳌国际医院", "469002", "in_service", "2026-06-30", "5000")
    _say(project, 100, says.ApplicationLinked, number="HN-2026-000045", by="number")
    _say(project, 170, says.ApplicationProgressed, number="HN-2026-000045", state="energised")
    _say(project, 170, says.ProjectEnded, ending="energised", spent_cny="930000")
    return _say(project, 200, says.ProjectClosed, ending="energised")


def _joined() -> Project:
    project = Project(JOINED, feed="haikou").opened(85, record="C-77", project_name="综保区冷链中心（一期）")
    return project.say(89, says.ProjectJoined(into=RICH, decided_by="km01"))


def ended_under() -> Project:
    """A project that ended with the one that it goes on under."""
    project = _joined().say(150, sharing.LeadEnded(lead=RICH, ending="cancelled"))
    return _say(project, 150, says.ProjectEnded, ending="cancelled", spent_cny="30000", under=RICH)


def _gone() -> Project:
    project = _plain(GONE, "万宁日月湾康养小镇", "469006", "lead", "2027-12-31", "3150")
    return project.turned(20, "green", 635, left=705).left(200)


def twin(number: str, feed: str) -> Project:
    row = {
        "project_name": f"陵水清水湾数据中心（{feed}）",
        "region": "469028",
        "org_code": "91460000MA5T0000T7",
        "organisation": "陵水数据有限公司",
        "site": "清水湾 3 号",
    }
    return Project(number, feed=feed).opened(30, record=f"{feed}-7", expected_energise_on=None, **row)


def _plain(number: str, *told: str | None) -> Project:
    """A project with one row."""
    return Project(number).opened(20, **_row(*told))


def _row(*told: str | None) -> dict[str, Any]:
    """A row by name, region, stage, expected day and load."""
    name, region, stage, expected, kva = told
    return {
        "project_name": name,
        "region": region,
        "stage": stage,
        "expected_energise_on": expected,
        "load": [{"year": 2027, "capacity_kva": kva}],
        "org_code": None,
        "site": None,
    }


def _say(project: Project, at: float, event: Any, **data: Any) -> Project:
    return project.say(at, event.model_validate(data))
