"""A key project in words: values of its fields, its light with its reckoning, its story."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import NamedTuple

from projections.api.names import Names
from projections.api.prestart import WORKS, feed_name
from projections.api.prestart_views import LightView, LinkView, ProjectView, SaidView, StoryView, Value
from projections.site.words import Words
from workflows.policy.model import Policy

SHAPES = {"red": "▲", "yellow": "◆", "green": "●", "none": "○"}
"""A light is always also a shape."""


class Told(NamedTuple):
    """A value as a row of a table: what, who says so, when it was changed there, told here, and until when
    it held (empty where it holds)."""

    value: str
    source: str
    changed: datetime
    heard: datetime
    until: datetime | None


class Entry(NamedTuple):
    """A line of the story; `mark` gives it its colour."""

    at: datetime
    text: str
    mark: str


def value(field: str, said: Value, words: Words, policy: Policy) -> str:
    """Return the value of a field as people say it."""
    if isinstance(said, tuple):
        loads = [
            words("project.load.year", year=one.year, value=words.quantity(one.capacity_kva)) for one in said
        ]
        return words.joined(loads)
    if isinstance(said, bool):
        return words("project.yes" if said else "project.no")
    if isinstance(said, date):
        return words.day(said)
    if isinstance(said, float):
        unit = "unit.kv" if field == "voltage_kv" else "unit.kva"
        return words(unit, value=words.quantity(said))
    if field == "stage":
        return words(f"project_stage.{said}")
    return words.name(Names(policy).region(said)) if field == "region" else said


def told(field: str, said: SaidView, words: Words, policy: Policy) -> Told:
    """Return a value with its source."""
    source = words.name(said.feed_name) if said.feed_name else words("project.agreed")
    if said.gone:
        source = words("project.source.gone", feed=source)
    return Told(value(field, said.value, words, policy), source, said.row_at, said.told_at, said.until)


def light_sentence(light: LightView | None, words: Words) -> str:
    """Return a light with what it was read from; both are of the day on which it is read."""
    if light is None or light.light is None:
        return words("project.light.none")
    said = [words("project.light.since", light=words(f"light.{light.light}"), day=words.day(light.since))]
    if light.expected_on is not None and light.left_days is not None and light.slack_days is not None:
        past = light.left_days < 0
        reckoning = words(
            "project.light.past" if past else "project.light.reckoning",
            day=words.day(light.expected_on),
            left=abs(light.left_days),
            needed=light.needed_days,
        )
        short = light.slack_days < 0
        left = words("project.light.short" if short else "project.light.slack", n=abs(light.slack_days))
        said.append(reckoning + left)
    return words("sentence.gap").join(said)


def slack(days: int | None, words: Words) -> str:
    """Return what is to spare, or lacks; empty without a light."""
    if days is None:
        return ""
    return words("projects.short" if days < 0 else "projects.slack", n=abs(days))


def left(expected: date | None, today: date, words: Words) -> str:
    """Return how far off the expected energising is."""
    if expected is None:
        return ""
    days = (expected - today).days
    return words("projects.past" if days < 0 else "projects.left", n=abs(days))


def age(told_at: datetime | None, now: datetime, words: Words) -> str:
    """Return how old the newest thing is that a source told, in a sentence."""
    if told_at is None:
        return words("project.told.never")
    days = words.days_between(told_at, now)
    return words("project.told.today") if days <= 0 else words("project.told.days", n=days)


def ago(told_at: datetime | None, now: datetime, words: Words) -> str:
    """Return the same for a narrow place."""
    if told_at is None:
        return ""
    days = words.days_between(told_at, now)
    return words("projects.today") if days <= 0 else words("projects.ago", n=days)


def works_names(words: Words, policy: Policy) -> dict[str, str]:
    """Return what the stages of the works are called: by the table of the profile, where it has them."""
    named: dict[str, str] = {row.id: words.name(row.name) for row in policy.works_stages}
    return {stage: named.get(stage, words(f"works.{stage}")) for stage in WORKS}


def ended(project: ProjectView, words: Words) -> str:
    """Return how a project ended; empty for one under way."""
    end = project.ended
    if end is None:
        return ""
    if end.under is not None:
        how = words(f"project_ending.{end.ending}")
        return words("project.ended.under", day=words.day(end.on), number=end.under, ending=how)
    return words(f"project.ended.{end.ending}", day=words.day(end.on), spent=words.quantity(end.spent_cny))


def link_sentences(link: LinkView, words: Words) -> list[str]:
    """Return what there is to say of an application: its number alone says nothing of whose it is."""
    said = [words("project.application", number=link.number, day=words.short_day(link.linked_on))]
    if link.state:
        said[0] += words("project.comma") + words(f"project.application.{link.state}")
    if link.days_saved is not None and link.works_started_on and link.accepted_on:
        key = "saved" if link.days_saved > 0 else "late"
        start, accepted = words.short_day(link.works_started_on), words.short_day(link.accepted_on)
        said.append(words(f"project.application.{key}", n=link.days_saved, start=start, accepted=accepted))
    return said


def entry(one: StoryView, words: Words, policy: Policy) -> Entry:
    """Return a line of the story."""
    detail = {name: _detail(one.event, name, text, words, policy) for name, text in one.detail.items()}
    if one.event == "light_turned":
        detail = {"light": words(f"light.{one.detail.get('light', 'none')}")}
    return Entry(one.at, words(f"story.{one.event}", **detail), _mark(one))


def _mark(one: StoryView) -> str:
    """What is alight or done is live, a red light is late."""
    if one.detail.get("light") == "red":
        return "late"
    live = one.event in {"works_finished", "project_ended"} or one.detail.get("state") == "energised"
    return "live" if live else ""


def _detail(event: str, name: str, text: str, words: Words, policy: Policy) -> str:
    named = _NAMED.get((event, name)) or _NAMED.get(("", name))
    if named is not None:
        return words(f"{named}.{text}")
    return _MADE[name](text, words, policy) if name in _MADE else text


_NAMED: Mapping[tuple[str, str], str] = {
    ("stage_reached", "stage"): "project_stage",
    ("project_revived", "stage"): "project_stage",
    ("", "light"): "light",
    ("", "purpose"): "visit_purpose",
    ("project_visited", "remote"): "visit_way",
    ("", "milestone"): "project.milestone",
    ("progress_shared", "kind"): "project.kind",
    ("", "ending"): "project_ending",
    ("", "role"): "project.seat",
    ("", "why"): "handover",
    ("relocation_reported", "state"): "project.relocation",
    ("application_progressed", "state"): "project.application",
}
"""Codes in a line of the story: by event and detail, the table of their words."""

_MADE: Mapping[str, Callable[[str, Words, Policy], str]] = {
    "stage": lambda text, words, policy: works_names(words, policy)[text],
    "feed": lambda text, words, policy: words.name(feed_name(policy, text)),
    "capacity_kva": lambda text, words, _: words.quantity(float(text)),
    **dict.fromkeys(
        ("starts_on", "ends_on", "from_on"), lambda text, words, _: words.short_day(date.fromisoformat(text))
    ),
}
