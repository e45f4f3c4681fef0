"""The rows of a profile's tables for key projects (重点项目): feeds, works, traffic lights."""

from typing import Literal

from pydantic import Field

from events.catalogue.base import Text
from events.catalogue.project_facts import WorksStage as Stage
from workflows.policy.table import Days, Row

PROJECT_REOPEN = "project_reopen"
"""The period for which a project that ended can still come back; every profile with feeds must state it."""


class Feed(Row):
    """A list of projects that a public body keeps: `upstream` is the CloudEvents source of its rows, its id
    what a record is named with."""

    name: Text
    upstream: str = Field(pattern=r"^/[A-Za-z0-9._~/-]{1,200}$")


class WorksStage(Row):
    """A stage of the utility's supporting works (配套工程) and the calendar days that it takes as a rule."""

    id: Stage
    order: int
    name: Text
    plain: Text
    days: Days
    unit: Literal["D"] = "D"


class LightRule(Row):
    """When a project's light has a colour. Of the rows by `order`, the first counts whose `below` is more
    than the days of slack; the last has none and always counts."""

    order: int
    light: Literal["green", "yellow", "red"]
    name: Text
    plain: Text
    below: int | None = None
    unit: Literal["D"] = "D"
