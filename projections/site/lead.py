"""The first sentence of an application's page: what now, who has it, until when, what you do. Bad news
first and whole."""

from datetime import datetime
from typing import Literal, NamedTuple

from projections.api.application_views import ApplicationView, StepView
from projections.site.words import Words

Tone = Literal["live", "late", "wait", "done", "quiet"]


ENDED = frozenset({"energised", "withdrawn", "settled"})
"""Standings in which nobody works on the connection any more."""


class Lead(NamedTuple):
    """What the page says before anything else. `first` in large type, `then` below it."""

    tone: Tone
    standing: str
    first: str
    then: str


def lead(case: ApplicationView, words: Words) -> Lead:
    """Return the lead of an application, for every state that it can be in."""
    if case.withdrawn_at is not None:
        return _lead(
            "quiet",
            "withdrawn",
            words,
            [words("now.withdrawn", day=words.day(case.withdrawn_at))],
            [words("now.withdrawn.you")],
        )
    if case.energised_at is not None:
        return _energised(case, words)
    if case.links.linked_to is not None:
        return _linked(case, case.links.linked_to, words)
    step = current_step(case)
    if case.overdue and step is not None and step.due_at is not None:
        return _late(case, step, words)
    if case.documents_missing:
        return _missing(case, words)
    stopped = case.pause is not None and case.pause.stops_clock
    return _paused(case, words) if stopped else _at_work(case, step, words)


def current_step(case: ApplicationView) -> StepView | None:
    """Return the step that the application is in, or None before the first and after the last."""
    return next((step for step in case.steps if step.status == "now"), None)


def person_in_charge(case: ApplicationView, step: StepView | None) -> str:
    """Return the name of whoever has it: of the step, else the account manager; empty before one is named."""
    if step is not None and step.responsible is not None:
        return step.responsible.name
    return case.manager.name if case.manager else ""


def days_late(step: StepView) -> int:
    """Return by how many local days a step is late, 0 when it is in time."""
    return max(0, -(step.days_left or 0))


def _linked(case: ApplicationView, linked_to: str, words: Words) -> Lead:
    """A dispute that came late, as a case of its own."""
    why = [words("now.linked.why")]
    if case.standing == "settled":
        return _lead("done", "settled", words, [words("now.linked.settled", number=linked_to)], why)
    waiting = next((one.waiting for one in case.disputes if one.waiting), None)
    person = waiting.responsible if waiting and waiting.responsible else case.manager
    said = {"number": linked_to, "person": person.name if person else ""}
    if waiting is None or waiting.due_at is None:
        return _lead("live", "open", words, [words("now.linked.open", **said)], why)
    said["day"] = words.due_day(waiting.due_at, provisional=waiting.provisional)
    if waiting.actor == "customer":
        first = words("now.linked.yours", **said)
        return _lead("wait", "open", words, [first], [*why, words("now.you.turn")])
    late = waiting.late or (waiting.days_left is not None and waiting.days_left < 0)
    first = words("now.linked.open.due", **said)
    return _lead("late" if late else "live", "overdue" if late else "open", words, [first], why)


def _lead(tone: Tone, standing: str, words: Words, first: list[str], then: list[str]) -> Lead:
    gap = words("sentence.gap")
    return Lead(tone, standing, gap.join(first), gap.join(then))


def _energised(case: ApplicationView, words: Words) -> Lead:
    assert case.energised_at is not None
    then: list[str] = []
    if case.elapsed is not None:
        waiting = case.elapsed.gross_days - case.elapsed.net_days
        key = "now.energised.paused" if waiting else "now.energised.days"
        n = waiting or case.elapsed.gross_days
        then.append(words(key, n=n, gross=case.elapsed.gross_days, net=case.elapsed.net_days))
        if case.elapsed.promised_days is not None:
            then.append(
                words(f"now.energised.{case.elapsed.promised_statistic}", n=case.elapsed.promised_days)
            )
    if case.service is not None and case.service.is_open:
        then.append(words("now.service", day=words.day(case.service.until)))
    return _lead("done", "energised", words, [words("now.energised", day=words.day(case.energised_at))], then)


def _late(case: ApplicationView, step: StepView, words: Words) -> Lead:
    assert step.due_at is not None
    late = days_late(step)
    said = {
        "person": person_in_charge(case, step),
        "step": words.name(step.name),
        "day": words.day(step.due_at),
    }
    first = words("now.late", n=late, **said) if late else words("now.late.today", **said)
    then: list[str] = []
    if case.supervisor is not None:
        watch = {"supervisor": case.supervisor.name, "phone": case.supervisor.phone}
        told = step.escalated_at
        then.append(
            words("now.late.told", day=words.day(told), **watch) if told else words("now.late.watch", **watch)
        )
    return _lead("late", "overdue", words, [first], [*then, words("now.you.nothing")])


def _missing(case: ApplicationView, words: Words) -> Lead:
    names = [words.name(document.name) for document in case.documents_missing]
    first = words("now.missing", n=len(names), documents=words.joined(names))
    return _lead("wait", case.standing, words, [first], [words("now.missing.you")])


def _paused(case: ApplicationView, words: Words) -> Lead:
    assert case.pause is not None
    then = [words("now.paused.since", day=words.day(case.pause.started_at))]
    then.append(words("now.you.turn" if case.pause.actor == "customer" else "now.you.nothing"))
    return _lead("wait", "paused", words, [words("now.paused", plain=words.name(case.pause.plain))], then)


def _at_work(case: ApplicationView, step: StepView | None, words: Words) -> Lead:
    person = person_in_charge(case, step)
    then = [words("now.you.nothing")]
    if not person:
        return _lead("live", "checking", words, [words("now.unassigned")], then)
    if case.standing == "checking" or step is None:
        due = [words("now.checking.due", day=_due(step, step.due_at, words))] if step and step.due_at else []
        return _lead("live", "checking", words, [words("now.checking", person=person), *due], then)
    said = {"person": person, "step": words.name(step.name)}
    if step.due_at is None:
        return _lead("live", "open", words, [words("now.open.nodate", **said)], then)
    day = _due(step, step.due_at, words)
    return _lead("live", "open", words, [words("now.open", day=day, **said)], then)


def _due(step: StepView, due_at: datetime, words: Words) -> str:
    return words.due_day(due_at, provisional=step.provisional)
