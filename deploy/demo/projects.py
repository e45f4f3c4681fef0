"""Twenty key projects (重点项目) at different stages, as their feeds tell of them. Pure, as the day is."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any, NamedTuple, get_args

from deploy.demo.facts import FedFact, cloud_event, fed
from deploy.demo.office import Office
from events.catalogue import project_facts as facts
from events.catalogue.base import Fact
from workflows.policy.clock import local_day
from workflows.policy.model import Policy

STAGES = get_args(facts.Stage)
SECOND = "80"
"""Marks the row of a second feed."""

_NAMES = (
    "跨境数据中心", "离岛免税城二期", "深海装备基地", "热带果蔬冷链园", "国际医疗城", "南繁种业实验楼",
    "智能汽车试验场", "邮轮母港改造", "滨海会展中心", "航天配套产业园", "新能源汽车城", "国际学校",
    "游艇制造基地", "生物医药中试楼", "再生水厂", "海洋牧场加工厂", "会员制仓储超市", "影视产业园",
    "港口岸电与堆场", "环岛驿站综合体",
)  # fmt: skip
_INDUSTRIES = ("数据服务", "商业", "装备制造", "冷链物流", "医疗", "科研", "公共设施", "旅游")


class Ref(NamedTuple):
    """A record of a feed: who sends it, and under which name."""

    source: str
    record: str


class Scene(NamedTuple):
    """Where and when: `now` is the moment up to which things have happened."""

    policy: Policy
    now: datetime

    @property
    def today(self) -> date:
        """The local day."""
        return local_day(self.now, self.policy.timezone)


class Plot(NamedTuple):
    """How one project goes: its stages so far, how many stages of the works are finished and begun, and in
    how many days from now power is expected."""

    stages: int
    finished: int = 0
    begun: int = 0
    expected: int | None = None
    more: frozenset[str] = frozenset()


def _plot(stages: int, finished: int = 0, begun: int = 0, expected: int | None = None, *more: str) -> Plot:
    return Plot(stages, finished, begun, expected, frozenset(more))


_PLOTS = (
    _plot(5, 5, 5, 12, "joined", "linked", "temporary", "visit"),
    _plot(5, 5, 5, 25, "linked", "relocation"),
    _plot(5, 3, 4, 21, "temporary", "substation"),
    _plot(5, 2, 3, 34, "joined", "relocation", "schedule"),
    _plot(5, 3, 4, 70, "substation", "visit"),
    _plot(4, 2, 3, 150, "schedule", "spending"),
    _plot(4, 1, 2, 75, "substation", "moved"),
    _plot(4, 1, 2, 40, "visit"),
    _plot(4, 0, 1, 120, "load"),
    _plot(3, 1, 1, 160, "load", "substation"),
    _plot(3, 0, 1, 210, "schedule"),
    _plot(3, 0, 0, 90, "load"),
    _plot(3, 0, 1, 260, "wrong_link"),
    _plot(2, 0, 0, 300, "visit"),
    _plot(2, 0, 0, 340, "twin"),
    _plot(2, 0, 0, None, "load"),
    _plot(2, 0, 1, 180, "cancelled", "spending"),
    _plot(1, 0, 0, None, "gone"),
    _plot(1, 0, 0, 400, "parted"),
    _plot(1),
)


class Project(NamedTuple):
    """A project of the demo. `second`: where a second feed tells of it too."""

    ref: Ref
    second: Ref | None
    region: str
    name: str
    plot: Plot
    moments: tuple[datetime, ...]

    def expected(self, scene: Scene) -> date | None:
        """The day on which the first feed expects power."""
        days = self.plot.expected
        return None if days is None else scene.today + timedelta(days=days)


def feed_facts(scene: Scene, projects: Sequence[Project]) -> list[FedFact]:
    """Return what the feeds tell, in the order of their telling."""
    told = [one for project in projects for one in _rows(scene, project)]
    return sorted(told, key=lambda one: (one.time, one.id))


def records(projects: Sequence[Project]) -> list[Ref]:
    """Return every record that the feeds tell of."""
    return [ref for one in projects for ref in (one.ref, one.second) if ref is not None]


def projects_of(scene: Scene, seed: int, run: int) -> list[Project]:
    """Return the projects of a run; none in a profile without feeds."""
    policy, now = scene
    if not policy.feeds:
        return []
    rng = Random(f"{seed}/{run}/projects")  # noqa: S311 - drawn, not secret
    office, found = Office(policy, rng), []
    first, *others = policy.feeds
    names = rng.sample(_NAMES, len(_PLOTS))
    for place, (plot, name) in enumerate(zip(_PLOTS, names, strict=True), start=1):
        twice = bool(plot.more & {"joined", "twin", "parted"})
        other = others[place % len(others)] if twice and others else None
        # The works of one that meets its application were well ahead of it.
        span = range(160, 400) if "linked" in plot.more else range(3, 300)
        days = sorted(rng.sample(span, plot.stages), reverse=True)
        moments = tuple(office.staff(now - timedelta(days=day), 0) for day in days)
        found.append(
            Project(
                Ref(first.upstream, f"D{seed}-{run}-P{place:02d}"),
                None if other is None else Ref(other.upstream, f"D{seed}-{run}-C{place:02d}"),
                rng.choice(policy.regions).code,
                f"{name}（示例）",
                plot,
                tuple(min(moment, now - timedelta(days=2)) for moment in moments),
            )
        )
    return found


# ---- the feeds


def _rows(scene: Scene, project: Project) -> Iterator[FedFact]:
    """A row at each stage; the second feed tells of it a day later, and expects power a week later."""
    for place, at in enumerate(project.moments):
        yield _row(scene, project, f"{place:02d}", at, STAGES[place])
    last = project.moments[-1] + timedelta(days=1)
    if project.second is not None:
        yield _row(scene, project, SECOND, last, STAGES[len(project.moments) - 1])
    if "cancelled" in project.plot.more:
        yield _row(scene, project, "90", scene.now - timedelta(hours=20), "cancelled")
    if "gone" in project.plot.more:
        gone = facts.IntentionGone(record=project.ref.record)
        yield _fed(scene, project.ref, "91-intention_gone", last, gone)


def _row(scene: Scene, project: Project, place: str, at: datetime, stage: str) -> FedFact:
    ref = project.second if place == SECOND and project.second else project.ref
    rng = Random(f"{project.ref.record}/row")  # noqa: S311 - drawn, not secret
    capacity = rng.choice((1600, 3150, 6300, 8000, 12500))
    expected, year = project.expected(scene), scene.today.year
    late = timedelta(days=7 if place == SECOND else 0)
    row: dict[str, Any] = {
        "record": ref.record,
        "project_name": project.name,
        "organisation": f"示例{project.name[:2]}有限公司",
        "org_code": f"91460000DEMO{rng.randint(0, 99999):05d}X",
        "industry": rng.choice(_INDUSTRIES),
        "region": project.region,
        "site": f"示例地块{rng.randint(1, 99)}号",
        "investment_cny": Decimal(rng.randint(80, 4000)) * 1_000_000,
        "stage": stage,
        "load": [
            {"year": year + ahead, "capacity_kva": capacity * share // 10}
            for ahead, share in ((0, 3), (1, 7), (2, 10))
        ],
        "voltage_kv": 10 if capacity <= 8000 else 35,
        "important_load": rng.random() < 0.2,
        "relocation_needed": "relocation" in project.plot.more,
        "expected_energise_on": None if expected is None else expected + late,
    }
    if place == "00":  # what is not known at first
        row |= {"voltage_kv": None, "load": row["load"][:1]}
    return _fed(scene, ref, f"{place}-intention_reported", at, facts.IntentionReported(**row))


def _fed(scene: Scene, ref: Ref, name: str, at: datetime, fact: Fact) -> FedFact:
    return fed(cloud_event(scene.policy.profile, ref.record, name, at, fact, source=ref.source))
