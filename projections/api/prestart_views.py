"""What may be public of a key project: an allow-list of its own. A field that is not named here is never
told; the whole record is for staff (`./mingdian projects show`)."""

from collections.abc import Mapping
from datetime import date, datetime

from events.catalogue.base import Text
from projections.api.case_parts import OfficerView
from projections.api.views import Freshness, View


class LoadView(View):
    """The capacity expected in a year, in kVA."""

    year: int
    capacity_kva: float


class PublicFields(View):
    """Of what the feeds say, these fields and no other, in records, conflicts and history alike.

    A project that stands in no public list yet is its owner's business: who is behind it (organisation and
    code), what it costs (investment), where exactly it lies (site, coordinates, red line) and whether its
    load is important stay inside. What it is called, how far it is, and by when it needs how much electricity
    are what a key project's progress can be judged by.
    """

    project_name: str
    region: str
    park: str | None = None
    industry: str | None = None
    stage: str
    load: tuple[LoadView, ...] = ()
    voltage_kv: float | None = None
    temporary_kva: float | None = None
    temporary_from: date | None = None
    expected_energise_on: date | None = None
    relocation_needed: bool | None = None


Value = tuple[LoadView, ...] | bool | float | date | str
"""A value of one of these fields."""


class SaidView(View):
    """A value with its source: the feed's code and name (absent: agreed with the customer), when it was
    changed there and told here, and until when it held. `gone`: the record has left its feed."""

    value: Value
    feed: str | None
    feed_name: Text | None
    row_at: datetime
    told_at: datetime
    until: datetime | None = None
    gone: bool = False


class FieldView(View):
    """A field with everything that was said of it, or is said by records that differ."""

    field: str
    said: tuple[SaidView, ...]


class FeedView(View):
    """A feed that tells of the project: when it last changed any of its records, and whether all of them have
    left it."""

    feed: str
    name: Text
    row_at: datetime
    gone: bool


class LightView(View):
    """The light of the day on which it is read, since when it shines, the row of the table and what it is
    read from: days that the unfinished works still need, days left until the expected energising, and their
    difference."""

    light: str | None
    since: date
    rule: str | None
    expected_on: date | None = None
    needed_days: int | None = None
    left_days: int | None = None
    slack_days: int | None = None


class WorksView(View):
    """A stage of the utility's supporting works: days planned and real, local."""

    stage: str
    planned_from: date | None = None
    planned_until: date | None = None
    started_on: date | None = None
    finished_on: date | None = None
    before_application: bool | None = None


class TeamView(View):
    """The team: who answers for a project can be rung up by whoever is concerned."""

    manager: OfficerView
    engineers: tuple[OfficerView, ...]
    supervisor: OfficerView


class SubstationView(View):
    """The candidate substation. How much is free there is not told here, only whether it is `enough`."""

    substation: str
    needed_kva: float | None
    enough: bool | None


class TemporaryView(View):
    """Temporary supply that was arranged."""

    capacity_kva: float
    from_on: date
    until_on: date | None


class StepView(View):
    """Something that was reached, on a local day: a stage of the project, a milestone, a relocation."""

    code: str
    on: date


class LinkView(View):
    """An application of the project: its number says nothing without the receipt code. `state`: accepted,
    energised or withdrawn, absent before; `days_saved` whole days by which the works were ahead."""

    number: str
    by: str | None
    linked_on: date
    state: str | None
    days_saved: int | None = None
    works_started_on: date | None = None
    accepted_on: date | None = None


class VisitView(View):
    """A visit of staff on a local day; `remote`: by photographs or video, nobody went there."""

    on: date
    purpose: str
    remote: bool


class EndView(View):
    """How the project ended, and what the utility had spent on it by then, in yuan. `under`: the project
    under which it went on and with which it ended."""

    ending: str
    on: date
    spent_cny: float
    under: str | None = None


class StoryView(View):
    """Something that happened; `detail` holds only what is listed in `prestart_story.DETAIL`."""

    sequence: int
    at: datetime
    event: str
    detail: Mapping[str, str]


class ListedProject(View):
    """One project of a list. `light` and `slack_days` are those of the day on which it is read; `told_at`:
    when a feed last changed anything of it; `conflicts`: public fields on which the feeds differ."""

    number: str
    name: str
    region: str
    region_name: Text
    stage: str
    light: str | None
    light_since: date | None
    slack_days: int | None
    expected_on: date | None
    largest_kva: float | None
    conflicts: int
    gone: bool
    ended: str | None
    told_at: datetime | None
    last_event_at: datetime


class RegionLights(View):
    """How many projects under way in a region have which light."""

    code: str
    name: Text
    inset: bool
    red: int = 0
    yellow: int = 0
    green: int = 0
    none: int = 0

    @property
    def worst(self) -> str | None:
        """The worst light in the region; `none` where no project has one, None without a project."""
        return next((light for light in ("red", "yellow", "green", "none") if getattr(self, light)), None)


class ProjectsView(View):
    """The projects of a profile that match what was asked for; the lights by region are of all."""

    profile: str
    name: Text
    fresh: Freshness
    region: str | None
    stage: str | None
    light: str | None
    matching: int
    lights: tuple[RegionLights, ...]
    projects: tuple[ListedProject, ...]


class ProjectView(View):
    """A project as everybody may see it. `joined`: the projects that go on under this one; what was done for
    them counts here. `visited`: each visit, the newest first."""

    number: str
    profile: str
    fresh: Freshness
    fields: PublicFields
    region_name: Text
    feeds: tuple[FeedView, ...]
    sources: tuple[FieldView, ...]
    conflicts: tuple[FieldView, ...]
    history: tuple[FieldView, ...]
    opened_on: date
    told_at: datetime | None
    gone: bool
    joined_into: str | None
    joined: tuple[str, ...]
    light: LightView | None
    stages: tuple[StepView, ...]
    works: tuple[WorksView, ...]
    team: TeamView | None
    substation: SubstationView | None
    temporary: TemporaryView | None
    relocations: tuple[StepView, ...]
    milestones: tuple[StepView, ...]
    visits: int
    last_visit_on: date | None
    visited: tuple[VisitView, ...]
    applications: tuple[LinkView, ...]
    ended: EndView | None
    closed_on: date | None
    story: tuple[StoryView, ...]
