"""One row of a table becomes facts, or is refused with every reason at once. Pure; no value of a row is
repeated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.feed.mapping import FactRule
from deploy.feed.mapping import Mapping as Rules
from events.cloudevents import read_structured, write_structured
from events.envelope import write_time
from events.errors import Problem
from workflows.intake.checks import check
from workflows.policy.model import Policy
from workflows.policy.translating import fill, holes, moment

Cells = Mapping[str, str]


@dataclass(frozen=True)
class Fact:
    """A fact ready to send: `body` is its structured CloudEvent; `source` and `id` are None when it names
    none.
    """

    source: str | None
    id: str | None
    body: bytes


@dataclass(frozen=True)
class Item:
    """A line of the input. `ignored` lists what was seen and left aside. A row with problems has no facts."""

    line: int
    facts: tuple[Fact, ...] = ()
    problems: tuple[Problem, ...] = ()
    ignored: tuple[Problem, ...] = ()


class RowReader:
    """Reads rows by a mapping. `now` is the clock against which future dates are told."""

    def __init__(self, rules: Rules, policies: Mapping[str, Policy], now: datetime, max_bytes: int) -> None:
        self._rules = rules
        self._policies = policies
        self._now = now
        self._max_bytes = max_bytes

    def read(self, line: int, cells: Cells) -> Item:
        """Turn one row, its cells by column, into an item."""
        problems: list[Problem] = []
        ignored: list[Problem] = []
        facts = self._dated(cells, problems, ignored)
        values = self._values(cells, problems)
        if not fill(self._rules.subject, dict(cells)):
            problems.append(_problem("no_reference", ", ".join(holes(self._rules.subject)), "It is empty."))
        if problems:
            return Item(line, problems=tuple(problems), ignored=tuple(ignored))
        sent = tuple(self._event(rule, at, values, cells) for rule, at in facts)
        problems += self._policy_problems(sent)
        return Item(line, () if problems else sent, tuple(problems), tuple(ignored))

    # ---- dates and status

    def _dated(
        self, cells: Cells, problems: list[Problem], ignored: list[Problem]
    ) -> list[tuple[FactRule, datetime]]:
        """Return the facts of the row with their times, the opening one first."""
        rules = self._rules
        status = cells[rules.status.column].strip()
        leads_to = rules.status.leads_to.get(status)
        if leads_to is None:
            problems.append(
                _problem("unknown_status", rules.status.column, "The mapping lists no such status.")
            )
        opened = self._time(rules.opening, cells, problems)
        found = [] if opened is None else [(rules.opening, opened)]
        for rule in rules.later:
            if leads_to is not None and rule.name not in leads_to:
                if cells[rule.time].strip():
                    words = "The date contradicts the status, which decides. It is ignored."
                    ignored.append(_problem("date_ignored", rule.time, words))
                continue
            at = self._time(rule, cells, problems) if leads_to is not None or cells[rule.time] else None
            if at is not None and opened is not None and at < opened:
                code = rule.too_early or f"{rule.name}_too_early"
                problems.append(_problem(code, rule.time, "Dated before the date that begins the case."))
            elif at is not None:
                found.append((rule, at))
        return found

    def _time(self, rule: FactRule, cells: Cells, problems: list[Problem]) -> datetime | None:
        text = cells[rule.time].strip()
        if not text:
            if rule.undated == "refuse":
                code = rule.refusal or f"no_{rule.name}_date"
                problems.append(_problem(code, rule.time, "There is no date."))
            return None
        try:
            found = moment(text, None, self._rules.timezone)
        except ValueError:
            problems.append(_problem("bad_time", rule.time, "Not an ISO 8601 date or time."))
            return None
        if found is None:
            words = "The time has no zone. State a timezone in the mapping, or add the offset."
            problems.append(_problem("naive_time", rule.time, words))
        return found

    # ---- fields

    def _values(self, cells: Cells, problems: list[Problem]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for rule in self._rules.fields:
            if rule.column is None:
                values[rule.name] = rule.constant
                continue
            found = rule.value(cells[rule.column].strip())
            if found is None:
                words = (
                    "Nothing usable stands here."
                    if rule.pattern is None
                    else "The pattern finds nothing here."
                )
                problems.append(_problem(rule.refusal_code, rule.column, words))
            else:
                values[rule.name] = found
        return values

    # ---- facts

    def _event(self, rule: FactRule, at: datetime, values: dict[str, Any], cells: Cells) -> Fact:
        rules = self._rules
        subject = fill(rules.subject, dict(cells))
        fact_id = fill(rule.id, {**cells, "subject": subject})
        attributes = {
            "specversion": "1.0",
            "id": fact_id,
            "source": rules.source,
            "type": rule.type,
            "subject": subject,
            "time": write_time(at),
            "profile": rules.profile,
            "datacontenttype": "application/json",
        }
        data = {name: values[name] for name in rule.fields}
        return Fact(rules.source, fact_id, write_structured(attributes, data))

    def _policy_problems(self, facts: tuple[Fact, ...]) -> list[Problem]:
        """What intake would say: the same check, so that a row is refused here and not half sent."""
        columns = {rule.name: rule.column or rule.name for rule in self._rules.fields}
        told: dict[tuple[str, str], Problem] = {}
        for fact in facts:
            event = read_structured(fact.body)
            for problem in check(event, self._policies, self._now, self._max_bytes).problems:
                named = problem.model_copy(update={"field": columns.get(problem.field, problem.field)})
                told.setdefault((named.code, named.field), named)
        return list(told.values())


def _problem(code: str, column: str, sentence: str) -> Problem:
    return Problem(code=code, field=column, sentence=sentence)
