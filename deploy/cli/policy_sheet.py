"""What a policy holds for one application, as an object for programs and as tables for people."""

from datetime import date
from typing import Any, NamedTuple

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from deploy.errors import UserError
from events.catalogue.base import Text
from events.catalogue.traits import CustomerType, Kind, Traits, Usage
from workflows.policy import boundary
from workflows.policy.force import as_of
from workflows.policy.model import CaseSlice, Condition, Policy
from workflows.policy.slices import slice_for

_UNITS = {"WD": "working day", "D": "calendar day", "h": "hour"}
_FLAGS = {
    "temporary": {"permanent": False},
    "no_duct": {"cable_duct": False},
    "handler": {"by_handler": True},
    "tenant": {"tenant": True},
    "new_build": {"new_build": True},
    "regulated": {"government_regulated": True},
    "important": {"important": True},
    "urban_land": {"urban_land": True},
}
_USUAL = {
    Kind.HIGH_VOLTAGE: ("10", CustomerType.ENTERPRISE, Usage.INDUSTRIAL),
    Kind.LOW_VOLTAGE: ("0.38", CustomerType.ENTERPRISE, Usage.COMMERCIAL),
    Kind.RESIDENTIAL: ("0.22", CustomerType.RESIDENT, Usage.RESIDENTIAL),
}


def flags(named: list[str]) -> dict[str, Any]:
    """Return the traits that `--is` names. Raises UserError for an unknown name."""
    found: dict[str, Any] = {}
    for name in named:
        if name not in _FLAGS:
            raise UserError("is", f"--is knows no {name}. There are: {', '.join(_FLAGS)}.")
        found |= _FLAGS[name]
    return found


def application(chosen: dict[str, Any], others: dict[str, Any]) -> Traits:
    """Return an application from what is chosen, the rest as is usual for its kind.

    Raises UserError for values that no application can have.
    """
    kind = chosen.pop("kind")
    stated = str(chosen["voltage_kv"] or "")
    low = stated.startswith(("0.", "."))
    voltage, customer, usage = _USUAL[kind or (Kind.LOW_VOLTAGE if low else Kind.HIGH_VOLTAGE)]
    given = {
        "voltage_kv": chosen["voltage_kv"] or voltage,
        "customer_type": chosen["customer_type"] or customer,
        "usage": chosen["usage"] or usage,
    }
    try:
        return Traits.model_validate(given | others)
    except ValidationError as error:
        wrong = ", ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise UserError("traits", f"Such an application can't be: {wrong}.") from None


class Sheet(NamedTuple):
    """An application, the day, the policy as it holds then, and what of it the application lives by."""

    policy: Policy
    day: date
    traits: Traits
    case: CaseSlice


def sheet(policy: Policy, traits: Traits, day: date) -> Sheet:
    """Return the sheet of an application that is submitted on a local day.

    Raises MingdianError where the policy of that day does not connect such an applicant.
    """
    return Sheet(as_of(policy, day), day, traits, slice_for(policy, traits, day))


def as_object(one: Sheet) -> dict[str, Any]:
    """Return the sheet for a program."""
    case = one.case.model_dump(mode="json", exclude={"team", "boundary_rules", "calendar"})
    return {
        "on": one.day.isoformat(),
        "application": one.traits.model_dump(mode="json", exclude_none=True),
        **case,
        "boundary": _boundary(one),
        "years_published": list(one.case.calendar.years_published),
    }


def show(one: Sheet, out: Console, language: str) -> None:
    """Print the sheet."""

    def say(text: Text) -> str:
        return text.zh if language == "zh" else text.en

    case = one.case
    out.print(
        f"[bold]{say(one.policy.name)}[/], {one.day}, policy {case.policy_version[:12]}; {_told(one.traits)}",
        soft_wrap=True,
    )
    _steps(one, out, say)
    _documents(one, out, say)
    _rules(one, out, say)
    _beside(one, out, say)
    known = ", ".join(map(str, case.calendar.years_published)) or "none"
    out.print(f"\nWorking days: years published {known}; due dates in other years are provisional.")


def _steps(one: Sheet, out: Console, say: Any) -> None:
    grid = _grid(out, f"Steps ({one.case.process})", "step", "", "at most", "when", "basis")
    for step in one.case.steps:
        note = "" if step.customer_step else "the company's own"
        choices = [(_limit(choice.limit), _condition(choice.when)) for choice in step.limits] or [("", "")]
        bases = [choice.limit.basis if choice.limit else "" for choice in step.limits] or [""]
        for place, ((limit, when), basis) in enumerate(zip(choices, bases, strict=True)):
            grid.add_row(say(step.name) if place == 0 else "", note if place == 0 else "", limit, when, basis)
    out.print(grid)
    for target in one.case.targets:
        out.print(
            f"Whole: {say(target.name)}: {target.days} calendar days ({target.statistic}) "
            f"[dim]{target.basis}[/]",
            soft_wrap=True,
        )


def _documents(one: Sheet, out: Console, say: Any) -> None:
    ways = {row.id: say(row.name) for row in one.policy.providers}
    bases = {row.id: row.basis for row in one.policy.documents}
    steps = {step.code: say(step.name) for step in one.case.steps}
    grid = _grid(out, "Documents", "id", "document", "at step", "provided by", "basis")
    for item in one.case.documents:
        provided = ", ".join(ways.get(way, way) for way in item.provided_by)
        grid.add_row(
            item.id,
            say(item.name),
            steps.get(item.step, item.step),
            provided,
            bases[item.id],
            style="dim" if item.waived else None,
        )
    out.print(grid)


def _rules(one: Sheet, out: Console, say: Any) -> None:
    found = _boundary(one)
    if found is None:
        return
    names = {rule.code: rule for rule in one.policy.boundary_rules}
    grid = _grid(
        out, f"Boundary: {found['boundary']} ({found['version']})", "rule", "", "who", "what", "basis"
    )
    for place, code in enumerate(found["rules_matched"]):
        rule = names[code]
        grid.add_row(code, "decides" if place == 0 else "matches too", "", say(rule.name), rule.basis)
        for item in rule.scope if place == 0 else ():
            grid.add_row("", "", f"{item.builder} ({item.part})", say(item.text), item.basis)
    out.print(grid)
    if found["needs_manual_review"]:
        out.print("A person confirms it before the plan goes out.")


def _beside(one: Sheet, out: Console, say: Any) -> None:
    grid = _grid(out, "Duties beside the steps", "duty", "", "whose", "at most", "basis")
    for task in one.case.tasks:
        basis = task.limit.basis if task.limit else ""
        grid.add_row(task.code, say(task.name), task.actor, _limit(task.limit), basis)
    out.print(grid)
    grid = _grid(out, "What stops a clock", "cause", "", "whose", "stops", "")
    for row in one.policy.pauses:
        stops = [name for name, does in (("step", row.pauses_step), ("whole", row.pauses_end_to_end)) if does]
        grid.add_row(row.code, say(row.name), row.actor, " and ".join(stops), row.basis)
    out.print(grid)


def _boundary(one: Sheet) -> dict[str, Any] | None:
    decision = boundary.decide(one.case.boundary_rules, one.traits)
    if decision is None:
        return None
    full = {rule.code: rule for rule in one.policy.boundary_rules}[decision.decided_by]
    scope = [item.model_dump(mode="json") for item in full.scope]
    return {"version": one.case.boundary_version, **decision.model_dump(mode="json"), "scope": scope}


def _grid(out: Console, title: str, *columns: str) -> Table:
    out.print(f"\n[bold]{title}[/]")
    grid = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        grid.add_column(column, overflow="fold")
    return grid


def _limit(limit: Any) -> str:
    if limit is None:
        return "no limit"
    return f"{limit.value} {_UNITS[limit.unit]}{'s' if limit.value != 1 else ''} ({limit.statistic})"


def _condition(when: Condition) -> str:
    """What is still open in a condition: all but the duct is settled by the application."""
    return {None: "", True: "with a cable duct", False: "without a cable duct"}[when.cable_duct]


def _told(traits: Traits) -> str:
    stated = traits.model_dump(mode="json", exclude_defaults=True)
    return ", ".join(f"{name} {value}" for name, value in stated.items())
