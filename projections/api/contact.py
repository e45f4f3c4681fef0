"""How customers and the grid company met in a quarter: trips, surveys, first replies; how work was shared."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from events.catalogue.base import Text
from events.catalogue.traits import Kind
from projections.api.views import View
from workflows.policy.model import Policy
from workflows.policy.staffing import KEY_REPLY

Row = Mapping[str, Any]


class VisitFigure(View):
    """Trips to a counter of the customers of a kind who were energised in the quarter.

    `allowed` is the rule (None: there is none); shares are of `energised`; `wrong` counts trips that a wrong
    notice caused: they count as any other. `kept`: nobody came more often than the rule has it.
    """

    kind: Kind
    rule: Text | None
    allowed: int | None
    energised: int
    none: int
    one: int
    more: int
    share_none: float | None
    share_one: float | None
    share_more: float | None
    wrong: int
    beyond: int
    kept: bool | None


class SurveyFigure(View):
    """Surveys of the quarter, and those made by photographs or video instead of a visit."""

    surveys: int
    remote: int
    share: float | None


class ReplyFigure(View):
    """Questions of key customers asked in the quarter: `late` those without a reply in time, answered later
    or not at all; `median_seconds` of those answered."""

    minutes: int | None
    asked: int
    answered: int
    in_time: int
    late: int
    share: float | None
    median_seconds: float | None


class TeamFigure(View):
    """The work of a region's managers now, and in the quarter: `most` is what one of them has."""

    region: str
    name: Text
    managers: int
    open: int
    most: int
    energised: int
    handed_over: int


class ContactFigures(View):
    """All of it."""

    visits: tuple[VisitFigure, ...]
    surveys: SurveyFigure
    replies: ReplyFigure
    teams: tuple[TeamFigure, ...]


def contact(policy: Policy, visits: Iterable[Row], whole: Row, teams: Iterable[Row]) -> ContactFigures:
    """Return the figures; kinds in their order, those without a case too."""
    told = list(visits)
    return ContactFigures(
        visits=tuple(
            _visits(policy, kind, [row for row in told if row["kind"] == kind.value])
            for kind in Kind
            if _is_served(policy, kind)
        ),
        surveys=SurveyFigure(
            surveys=whole["surveys"],
            remote=whole["remote"],
            share=_share(whole["remote"], whole["surveys"]),
        ),
        replies=_replies(policy, whole),
        teams=_teams(policy, list(teams)),
    )


def _is_served(policy: Policy, kind: Kind) -> bool:
    return any(row.now and kind in row.kinds for row in policy.processes)


def _visits(policy: Policy, kind: Kind, rows: Sequence[Row]) -> VisitFigure:
    rules = [rule for rule in policy.visits if rule.when.kinds is None or kind in rule.when.kinds]
    allowed = max((rule.allowed for rule in rules), default=None)
    cases: Counter[int] = Counter()
    for row in rows:
        cases[min(row["trips"], 2)] += row["cases"]
    whole = cases.total()
    beyond = sum(row["cases"] for row in rows if allowed is not None and row["trips"] > allowed)
    return VisitFigure(
        kind=kind,
        rule=rules[0].name if rules else None,
        allowed=allowed,
        energised=whole,
        none=cases[0],
        one=cases[1],
        more=cases[2],
        share_none=_share(cases[0], whole),
        share_one=_share(cases[1], whole),
        share_more=_share(cases[2], whole),
        wrong=sum(row["wrong"] for row in rows),
        beyond=beyond,
        kept=beyond == 0 if allowed is not None and whole else None,
    )


def _replies(policy: Policy, whole: Row) -> ReplyFigure:
    minutes = next((row.minutes for row in policy.tasks if row.duty == KEY_REPLY), None)
    return ReplyFigure(
        minutes=minutes,
        asked=whole["asked"],
        answered=whole["answered"],
        in_time=whole["in_time"],
        late=whole["late"],
        share=_share(whole["in_time"], whole["in_time"] + whole["late"]),
        median_seconds=whole["median_seconds"],
    )


def _teams(policy: Policy, rows: Sequence[Row]) -> tuple[TeamFigure, ...]:
    by_region = {row["region"]: row for row in rows}
    return tuple(
        TeamFigure(
            region=region.code,
            name=region.name,
            **{name: by_region[region.code][name] for name in TeamFigure.model_fields if name not in _NAMED},
        )
        for region in policy.regions
        if region.code in by_region
    )


_NAMED = frozenset({"region", "name"})


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
