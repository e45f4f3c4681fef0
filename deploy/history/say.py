"""Says a moment of a history as a sentence, in the language that was asked for."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from deploy.history.moment import Moment
from deploy.history.texts import TEXTS
from events.catalogue import project_events as says
from events.catalogue import project_sharing_events as sharing
from events.catalogue import team_events as team
from events.catalogue.base import EventData, Fact
from events.catalogue.project_facts import IntentionRow
from events.catalogue.registry import EVENT_MODELS, family_of, short_name
from events.upcasting import newest_fact, read_data
from projections.api.prestart import feed_name
from projections.api.prestart_story import story
from projections.site import project_words
from projections.site.texts.tables import TABLES
from projections.site.words import Words
from workflows.policy.intentions import said
from workflows.policy.model import Policy


class Sentences:
    """Speaks of one history, in its order: of a row of a feed it says what is new in it."""

    def __init__(self, policy: Policy, language: str, now: datetime) -> None:
        self._policy, self._texts = policy, TEXTS[language]
        self.words = Words(language, TABLES[language], policy.timezone, now)
        self.zone = policy.timezone
        self._rows: dict[tuple[str, str], tuple[datetime, IntentionRow]] = {}

    def __call__(self, key: str, **values: object) -> str:
        """Return a text of a history."""
        return self._texts[key].format(**values)

    def of(self, one: Moment) -> str:
        """Return the sentence of a moment."""
        if one.lane == "fact":
            return self._fact(one)
        return self._run(one) if one.lane == "run" else self._event(one)

    def source(self, source: str) -> str:
        """Return what a source of facts is called."""
        for feed in self._policy.feeds:
            if feed.upstream == source:
                return self.words.name(feed.name)
        own = self._policy.source
        return self("platform") if source == own or source.startswith(f"{own}/") else source

    def _fact(self, one: Moment) -> str:
        told = one.details
        outcome = self(f"outcome.{told['outcome']}", code=told["code"])
        if told["duplicates"]:
            outcome += self("again", n=told["duplicates"])
        name = self._named(newest_fact(one.type or ""), one.what)
        return self("told", source=self.source(told["source"]), name=name, outcome=outcome)

    def _run(self, one: Moment) -> str:
        head, colon, rest = one.what.partition(": ")
        word, _, name = one.what.partition(" ")
        if colon and f"run.{head}" in self._texts:
            text = self(f"run.{head}", name=rest)
        elif word == "took":
            text = self("run.took", name=self._named(newest_fact(one.type or ""), name))
        elif one.what.startswith("published up to "):
            text = self("run.published", name=one.what.rsplit(" ", 1)[-1])
        else:
            text = self._texts.get(f"run.{one.what}", one.what)
        until = one.details.get("until")
        return text + (self("run.until", moment=self._moment(until)) if until else "")

    def _event(self, one: Moment) -> str:
        data = _read(one)
        if data is None:
            return self._named(_model(one.type or ""), one.what)
        if isinstance(data, says.IntentionRecorded):
            return self.row(data, one.happened_at)
        speak = _SPEAKS.get(type(data))
        if speak is not None:
            return speak(self, data)
        entry = {"type": one.type, "data": one.data, "sequence": 0, "at": one.happened_at}
        for told in story([entry]):
            return project_words.entry(told, self.words, self._policy).text
        return self._named(type(data), one.what)

    def _named(self, model: type[EventData] | type[Fact] | None, name: str) -> str:
        """The field's own word, which stands first in what is said of a model; in English its name."""
        if self.words.language != "zh" or model is None:
            return name.replace("_", " ")
        return (model.__doc__ or name).split(".", 1)[0].split(",", 1)[0].strip()

    def _moment(self, iso: str) -> str:
        return self.words.moment(datetime.fromisoformat(iso))

    # ---- what only staff are told

    def row(self, data: says.IntentionRecorded, heard: datetime | None) -> str:
        """What a row of a feed says: all of the first, then what changed; and when, if not as it came."""
        key, feed = (data.feed, data.row.record), self._feed(data.feed)
        before = self._rows.get(key)
        values = dict(said(data.row))
        if before is None:
            form, shown = "first_row", values
        else:
            former = dict(said(before[1]))
            shown = {name: value for name, value in values.items() if former.get(name) != value}
            shown |= dict.fromkeys(former.keys() - values.keys())
            form = "older_row" if data.row_at < before[0] else "changed_row" if shown else "same_row"
        if before is None or data.row_at >= before[0]:
            self._rows[key] = data.row_at, data.row
        parts = self.words.joined([self._value(name, value) for name, value in shown.items()])
        text = self(form, feed=feed, record=data.row.record, said=parts)
        if data.row_at != heard:
            text += self("of_row", day=self.words.short_day(data.row_at))
        return text + (self("shared", origin=data.origin) if data.origin else "")

    def left(self, data: says.IntentionLeftFeed) -> str:
        """That a record left its feed."""
        text = self("left_feed", feed=self._feed(data.feed), record=data.record)
        return text + (self("shared", origin=data.origin) if data.origin else "")

    def assigned(self, data: says.TeamAssigned) -> str:
        """Who serves a project."""
        engineers = self.words.joined([one.name for one in data.engineers]) or "-"
        manager, supervisor = data.manager.name, data.supervisor.name
        return self("team_assigned", manager=manager, engineers=engineers, supervisor=supervisor)

    def escalated(self, data: says.LightEscalated) -> str:
        """Whom a light was told to."""
        return self("light_escalated", light=self.words(f"light.{data.light}"), to=data.to.name)

    def spent(self, data: says.SpendingRecorded) -> str:
        """What was spent on what."""
        amount, total = self.words.count(float(data.amount_cny)), self.words.count(float(data.total_cny))
        return self("spending_recorded", amount_cny=amount, on=self._on(data.on), total_cny=total)

    def lent(self, data: sharing.ProgressShared) -> str:
        """What was done for a joined project, as it stands, or that it counts there no longer."""
        thing = data.thing
        if thing.spending is not None:
            spent = self.words.count(float(thing.spending.amount_cny))
            return self("spending_shared", origin=data.origin, amount=spent, on=self._on(thing.spending.on))
        if thing.kind is None:
            return self("thing_taken_back", origin=data.origin)
        kind = self.words(f"project.kind.{thing.kind}")
        if thing.stage is not None:
            kind += self("of_stage", stage=self._on(thing.stage))
        return self.words("story.progress_shared", origin=data.origin, kind=kind)

    def plainly(self, data: EventData) -> str:
        """A sentence that takes the values as they stand."""
        return self(short_name(data.type), **data.model_dump())

    def away(self, data: team.StaffAbsent) -> str:
        """From when to when somebody is away."""
        return self("staff_absent" if data.last else "staff_absent.open", **data.model_dump())

    def handed_over(self, data: team.CasesHandedOver) -> str:
        """To whom the cases of somebody went."""
        to = self.words.joined([f"{one.staff_id} {one.cases}" for one in data.to])
        why = self.words(f"handover.{data.why}") if self.words.has(f"handover.{data.why}") else data.why
        return self("cases_handed_over", staff_id=data.staff_id, cases=data.cases, to=to, why=why)

    def _on(self, on: str) -> str:
        """What money was spent on: a stage of the works, or something else."""
        stages = project_words.works_names(self.words, self._policy)
        return stages.get(on) or self._texts.get(f"on.{on}", on)

    def _feed(self, feed: str) -> str:
        return self.words.name(feed_name(self._policy, feed))

    def _value(self, name: str, value: Any) -> str:
        key = f"project.field.{name}"
        label = self.words(key) if self.words.has(key) else self._texts.get(f"field.{name}", name)
        if value is None:
            return f"{label} —"
        known = float(value) if isinstance(value, Decimal) and name != "investment_cny" else value
        if isinstance(value, Decimal) and name == "investment_cny":
            return f"{label} {self.words.count(float(value))}"
        if not isinstance(known, str | bool | float | tuple | date):
            return f"{label} {' '.join(str(part) for part in dict(value).values())}"
        if name == "red_line":
            return f"{label} ({len(value)})"
        return f"{label} {project_words.value(name, known, self.words, self._policy)}"


def _model(type_name: str) -> type[EventData] | None:
    family = family_of(type_name)
    return next((model for name, model in EVENT_MODELS.items() if family_of(name) == family), None)


def _read(one: Moment) -> EventData | None:
    if one.type is None or one.data is None:
        return None
    try:
        return read_data(one.type, one.data)
    except ValidationError:
        return None


_SPEAKS: Mapping[type[EventData], Callable[[Sentences, Any], str]] = {
    says.IntentionLeftFeed: Sentences.left,
    says.TeamAssigned: Sentences.assigned,
    says.LightEscalated: Sentences.escalated,
    says.SpendingRecorded: Sentences.spent,
    sharing.ProgressShared: Sentences.lent,
    says.RowsParted: Sentences.plainly,
    says.MatchDismissed: Sentences.plainly,
    says.ProjectJoined: Sentences.plainly,
    says.ProjectParted: Sentences.plainly,
    team.StaffAbsent: Sentences.away,
    team.StaffReturned: Sentences.plainly,
    team.StaffLeft: Sentences.plainly,
    team.CasesHandedOver: Sentences.handed_over,
}
