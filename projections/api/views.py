"""What leaves the platform: allow-listed, frozen answers. A field that is not named here is never told.

Names come in every language of the platform; whoever asks chooses. Times are aware, days are calendar days
unless a `unit` says otherwise, shares lie between 0 and 1.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from events.catalogue.base import Text


class View(BaseModel):
    """Base of every answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Freshness(View):
    """How new the read models are: a place in the log that only rises, when its newest event happened, and
    when the projector last wrote."""

    position: int
    newest_event_at: datetime | None
    applied_at: datetime | None = None
    read_at: datetime


class Days(View):
    """Days of `count` finished applications from acceptance to energisation; net: without pauses."""

    count: int
    mean_gross: float | None = None
    mean_net: float | None = None
    p05_net: float | None = None
    p95_gross: float | None = None
    p95_net: float | None = None


class GroupFigure(View):
    """The figures of one region or one kind of connection. `on_time` counts among the energised."""

    code: str
    name: Text
    received: int
    open: int
    energised: int
    withdrawn: int
    overdue: int
    on_time: int
    on_time_share: float | None
    days: Days


class RegionFigure(GroupFigure):
    """One city, county or state."""

    inset: bool


class KindFigure(GroupFigure):
    """One kind of connection, with the customer's steps and the catalogue's documents before and now."""

    steps_before: tuple[Text, ...]
    steps_now: tuple[Text, ...]
    documents_before: int
    documents_now: int


class MonthFigure(View):
    """What was energised in one local month, `YYYY-MM`."""

    month: str
    days: Days


class PeriodFigure(View):
    """What was energised in one local month, of one kind, or of all where `kind` is absent."""

    month: str
    kind: str | None
    energised: int
    on_time: int
    on_time_share: float
    days: Days


class MeanWatch(View):
    """How a mean stands in a quarter, of one region or of all (`region` absent): net days, gross ones beside.

    `kept`: whether what is energised keeps it, None without a case; of the present quarter, so far.
    `remaining`: how many net days more an open case may take on average for the mean to hold; negative when
    it can't any more, None without an open case.
    """

    region: Text | None
    region_code: str | None = None
    closed: int
    mean: float | None
    mean_gross: float | None
    kept: bool | None
    open: int
    open_mean: float | None
    open_mean_gross: float | None
    remaining: float | None


class MeanFigure(View):
    """A mean over all cases of a quarter, on net days; `kept` is that of the whole. Of a quarter that is over
    nothing is open."""

    code: str
    name: Text
    promised_days: int
    whole: MeanWatch
    by_region: tuple[MeanWatch, ...]
    kept: bool | None


class LimitFigure(View):
    """A limit that each case of a quarter keeps on its net days, of one region or of all (`region` absent);
    `worst_net` and `worst_gross` are the longest."""

    code: str
    name: Text
    region: Text | None = None
    region_code: str | None = None
    promised_days: int
    count: int
    within: int
    kept: bool | None
    share: float | None = None
    mean_net: float | None = None
    mean_gross: float | None = None
    worst_net: int | None = None
    worst_gross: int | None = None
    by_region: tuple["LimitFigure", ...] = ()


class TargetFigure(View):
    """A promise beside what is measured.

    `statistic` says what is promised: a `mean` over all cases together, or a `limit` that each case keeps.
    `days` and `months` are of all cases since the beginning; how it stands in the quarter of the overview is
    told by `mean` or `limit`, whose verdict `kept` is.
    """

    code: str
    name: Text
    promised_days: int
    statistic: Literal["mean", "limit"]
    basis: str
    source: str
    days: Days
    months: tuple[MonthFigure, ...]
    kept: bool | None
    mean: MeanFigure | None
    limit: LimitFigure | None


class OverviewView(View):
    """The figures of one profile. They never mix with another's."""

    profile: str
    name: Text
    fresh: Freshness
    received: int
    received_today: int
    energised: int
    energised_today: int
    open: int
    overdue: int
    withdrawn: int
    measures_time: bool
    quarter: str
    targets: tuple[TargetFigure, ...]
    kinds: tuple[KindFigure, ...]
    regions: tuple[RegionFigure, ...]
    months: tuple[PeriodFigure, ...]


class ListedApplication(View):
    """One row of a list for staff and programs; nothing personal. `provisional`: holidays of the year of the
    due date are not published yet."""

    number: str
    region: str
    kind: str
    status: str
    step: str | None
    due_at: datetime | None
    provisional: bool
    overdue: bool
    manager: str | None
    voltage_kv: float | None
    capacity_kva: float | None
    submitted_at: datetime
    last_event_at: datetime


class Listing(View):
    """A list and its age; `matching` may be more than it shows."""

    fresh: Freshness
    matching: int
    applications: tuple[ListedApplication, ...]
