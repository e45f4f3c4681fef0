"""Two feeds of key projects on a running platform: a province's table and a city's document."""

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import httpx

from events.producer import Outgoing
from events.topics import upstream_topic
from tests.integration.platforms import CITY, Platform, until

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests/data/feeds"
MAPPINGS = ROOT / "deploy/profiles/hainan/feeds"
PROV_SOURCE, CITY_SOURCE = "/gov/hainan/projects", "/gov/haikou/projects"

_COLUMNS = (
    "序号,项目编号,项目名称,建设单位,统一社会信用代码,行业,市县,建设地点,总投资（万元）,项目阶段,电压等级,"
    "是否重要负荷,计划用电时间,2026年用电需求（万千伏安）,更新日期"
)


class Feeds:
    """What a province and a city do, and what became of it."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform

    # ---- a list as a file, at the door, over Kafka

    def feed(self, file: Path, mapping: str, *more: str) -> dict[str, int]:
        """Feed a file by the command line; returns the totals."""
        command = ("feed", str(file), "-m", str(MAPPINGS / f"{mapping}.toml"), "--json", *more)
        printed = self.platform.command(*command)
        totals: dict[str, int] = json.loads(
            [line for line in printed.splitlines() if line.startswith("{")][-1]
        )
        return totals

    def post(self, feed: str, body: bytes, **asked: Any) -> httpx.Response:
        """Hand a list in at its door, again while the last one is under way."""
        answer = until(lambda: self._posted(feed, body, asked))
        assert isinstance(answer, httpx.Response)
        return answer

    def _posted(self, feed: str, body: bytes, asked: dict[str, Any]) -> httpx.Response | None:
        answer = self.platform.http.post(
            f"/feeds/{feed}", content=body, params=asked, headers=self.authority(feed)
        )
        return None if answer.status_code == 429 else answer

    def authority(self, feed: str) -> dict[str, str]:
        """The token of a feed."""
        source = {"prov": PROV_SOURCE, "haikou": CITY_SOURCE}[feed]
        return {"authorization": f"Bearer {self.platform.stack.secrets.token(source)}"}

    def last(self, feed: str) -> dict[str, Any]:
        """The last list of a feed, once each of its facts has its outcome."""

        def look() -> Any:
            told = self.platform.http.get(f"/feeds/{feed}", headers=self.authority(feed)).json()
            return told if told["open"] == 0 else None

        found: dict[str, Any] = until(look)
        return found

    def produce(self, rows: Iterable[tuple[str, Any]]) -> None:
        """Send rows as the city has them to its own topic; None: the record has left."""
        topic = upstream_topic(CITY).name
        records = [
            Outgoing(topic, key, b"" if row is None else json.dumps(row, ensure_ascii=False).encode())
            for key, row in rows
        ]
        self.platform.producer.publish_all(records)

    # ---- what became of it

    def number(self, source: str, record: str) -> str:
        """The project of a record, once there is one."""
        query = "SELECT number FROM intake.alias WHERE source = %s AND alias = %s"
        [(number,)] = until(lambda: self.platform.rows(query, source, record))
        return str(number)

    def known(self, source: str, record: str) -> dict[str, Any]:
        """What staff see of the project of a record."""
        return self.shown(self.number(source, record))

    def shown(self, number: str) -> dict[str, Any]:
        """What staff see of a project."""
        found: dict[str, Any] = json.loads(self.platform.command("projects", "show", number, "--json"))
        return found

    def public(self, number: str) -> dict[str, Any]:
        """What everybody may read of a project."""
        found: dict[str, Any] = (
            self.platform.http.get(f"/api/hainan/projects/{number}").raise_for_status().json()
        )
        return found

    def seen(self, number: str, look: Any) -> dict[str, Any]:
        """The project as everybody may read it, once it is as `look` wants it."""

        def read() -> Any:
            answer = self.platform.http.get(f"/api/hainan/projects/{number}")
            return answer.json() if answer.status_code == 200 and look(answer.json()) else None

        found: dict[str, Any] = until(read)
        return found


def table(*rows: str) -> bytes:
    """A province's list of these rows, as its office exports it."""
    return "\r\n".join(("重点项目清单", _COLUMNS, *rows, "合计,,,,,,,,,,,,,,")).encode("gb18030")


def chinese(day: date) -> str:
    """`2026年3月5日`."""
    return f"{day.year}年{day.month}月{day.day}日"


def city_rows() -> list[dict[str, Any]]:
    """The rows of the city's shipped document."""
    document = json.loads((DATA / "haikou-2026-03.json").read_text("utf-8-sig"))
    rows: list[dict[str, Any]] = document["data"]["projects"]
    return rows
