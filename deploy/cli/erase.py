"""`erase`: crypto-shredding. The keys of a person's streams are destroyed; what was done stays provable."""

import json
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import psycopg
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from activities.documents.refusals import StoreAwayError
from activities.documents.store import FileStore
from activities.outcomes import Connection
from deploy.cli.database import asked
from deploy.documents import store_of
from deploy.errors import UserError
from deploy.profiles.loader import load_profiles
from deploy.secrets import load_secrets, quarantine
from deploy.settings import load_settings
from deploy.stack import control
from events.personal import identifiers
from events.sealing import blind_index
from workflows.intake import erase as erasing
from workflows.intake.erase import Target
from workflows.intake.erase_search import Sought, letters_naming
from workflows.policy.model import Policy

_ATTEMPTS = 5
_NO_POLICY = "none"
"""Stands for the policy's version where a stream's profile is not served any more."""


@dataclass(frozen=True)
class Plan:
    """What an erasure would take: streams, and dead letters that belong to none."""

    targets: Sequence[Target]
    letters: Sequence[int]

    @property
    def whole(self) -> list[Target]:
        """The streams that are not erased yet."""
        return [target for target in self.targets if target.erased_at is None]


def erase(
    numbers: Annotated[
        list[str] | None, typer.Argument(metavar="[NUMBER]…", help="Application numbers.")
    ] = None,
    person: Annotated[
        bool, typer.Option("--person", help="Ask for a telephone or identity number; erase all of it.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be erased.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Erase the personal data of applications for ever: of these numbers, or of one person.

    Keys are destroyed, so that names, telephones, addresses, notes and files open nowhere any more, in the
    log and its copies as well. The files themselves, index rows and the bytes of dead letters go too. What
    was done, when and by which office stays, and its chain still verifies. A case about an application, as a
    late dispute is, goes with it. The person's number is asked for, or read from standard input: as an
    argument it would stand in the shell's history.

        ./mingdian erase HN-2026-000012
        ./mingdian erase --person
    """
    if bool(numbers) == person:
        raise UserError("erase_whom", "Give application numbers, or --person and then the number asked for.")
    settings = control.running_settings(load_settings())
    policies, secrets = load_profiles(settings.profiles), load_secrets(settings)
    identity = _ask_person() if person else None
    sought = _sought(policies.values(), identity)
    out = Console(stderr=as_json)

    async def look(conn: Connection) -> Plan:
        found = list(numbers or ())
        if sought.person:
            digests = [blind_index(secrets.index_secret, number) for number in sorted(sought.person)]
            found = await erasing.numbers_of_person(conn, digests)
        found = await erasing.with_linked(conn, found)
        targets = await erasing.targets(conn, found)
        _require_known(found, targets)
        named = frozenset([*found, *await erasing.aliases_of(conn, found)])
        wanted = Sought(named, sought.person, sought.calling_codes)
        with Progress(console=out, transient=True) as bars:
            bar = bars.add_task("reading dead letters", total=None)
            letters = await letters_naming(
                conn,
                quarantine(settings),
                wanted,
                lambda read, total: bars.update(bar, completed=read, total=total),
            )
        return Plan(targets, letters)

    async def carry_out(conn: Connection) -> int:
        return await _erase(conn, plan, policies)

    async def look_again(conn: Connection) -> Plan:
        """A late dispute may have opened a case before the key of the one that it is about was gone."""
        named = [target.number for target in plan.targets]
        return Plan(await erasing.targets(conn, await erasing.with_linked(conn, named)), ())

    plan = asked(settings, look)
    _show(plan, out)
    erased = 0
    if not dry_run and (plan.targets or plan.letters):
        _confirm(plan, yes=yes)
        store = store_of(settings)
        erased = asked(settings, carry_out)
        plan = Plan(asked(settings, look_again).targets, plan.letters)
        if plan.whole:
            erased += asked(settings, carry_out)
        _close(erased, out)
        _remove_files(store, plan)
    if as_json:
        told = {"applications": [t.number for t in plan.targets], "letters": list(plan.letters)}
        typer.echo(json.dumps({**told, "erased": erased, "dry_run": dry_run}))


def _ask_person() -> str:
    """The number, unseen where it is typed; standard input where nobody types."""
    text = (
        typer.prompt("Telephone or identity number", hide_input=True)
        if sys.stdin.isatty()
        else sys.stdin.readline()
    )
    if not text.strip():
        raise UserError(
            "no_person", "No number was given. Write it to standard input, or type it when asked."
        )
    return str(text)


def _sought(policies: Collection[Policy], identity: str | None) -> Sought:
    codes = tuple(sorted({policy.calling_code for policy in policies}))
    if identity is None:
        return Sought(calling_codes=codes)
    forms = {*identifiers("identity", identity)}
    forms.update(*(identifiers("telephone", identity, code) for code in codes))
    return Sought(person=frozenset(forms), calling_codes=codes)


def _require_known(numbers: Sequence[str], targets: Sequence[Target]) -> None:
    if unknown := sorted(set(numbers) - {target.number for target in targets}):
        raise UserError(
            "unknown_number", f"No such application: {', '.join(unknown)}. ./mingdian find lists them."
        )


def _show(plan: Plan, out: Console) -> None:
    if not plan.targets and not plan.letters:
        out.print("Nothing is kept under this number.")
        return
    if plan.targets:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for title in ("application", "since (UTC)", "facts", "dead letters", "state"):
            table.add_column(title)
        for one in plan.targets:
            state = "still under way" if one.open_facts else "whole"
            if one.erased_at is not None:
                state = f"erased {one.erased_at:%Y-%m-%d}"
            cells = (f"{one.created_at:%Y-%m-%d}", str(one.facts), str(one.letters), state)
            table.add_row(one.number, *cells)
        out.print(table)
    if plan.letters:
        out.print(f"Dead letters whose bytes name it: {len(plan.letters)}.")
    if plan.whole:
        out.print(
            "To be destroyed: the key of each application, its index rows, its files, the bytes of its dead "
            "letters. "
            "An application that is under way takes no more facts afterwards.",
            soft_wrap=True,
        )


def _confirm(plan: Plan, *, yes: bool) -> None:
    if yes or not (plan.whole or plan.letters or any(target.letters for target in plan.targets)):
        return
    if not sys.stdin.isatty():
        raise UserError("not_confirmed", "Nothing was erased: nobody is there to confirm. Add --yes.")
    if not typer.confirm("Erase for ever? No backup of this platform brings it back"):
        raise UserError("not_confirmed", "Nothing was erased. Say yes, or add --yes.")


async def _erase(conn: Connection, plan: Plan, policies: dict[str, Policy]) -> int:
    """Each stream in a transaction of its own: broken off, what is left is done by the next call."""
    erased = 0
    letters = list(plan.letters)
    for target in plan.targets:
        policy = policies.get(target.profile)
        erased += await _one(conn, target, letters, policy.version if policy else _NO_POLICY)
        letters = []
    first = next(iter(policies.values()))
    if letters:
        async with conn.transaction():
            await erasing.erase_letters(
                conn, letters, profile=first.profile, policyversion=first.version, now=datetime.now(UTC)
            )
    return erased


async def _one(conn: Connection, target: Target, letters: Sequence[int], version: str) -> bool:
    """An intake at work may hold what is wanted in another order; then one of the two begins again."""
    for attempt in range(_ATTEMPTS):
        try:
            async with conn.transaction():
                return await erasing.erase_stream(
                    conn, target, letters, policyversion=version, now=datetime.now(UTC)
                )
        except (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure):
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _remove_files(store: FileStore, plan: Plan) -> None:
    """Remove what opens nowhere any more; an erasure before this one may have left some."""
    try:
        for target in plan.targets:
            store.remove_all(target.number)
    except StoreAwayError:
        raise UserError(
            "files_left",
            "The keys are destroyed, but the document store does not answer: the sealed files still lie "
            "there, and open nowhere. Run this again to remove them.",
        ) from None


def _close(erased: int, out: Console) -> None:
    out.print(f"Erased: {erased} application{'' if erased == 1 else 's'}. Every page says so from now on.")
    out.print(
        "What the database's own files and backups still hold of the keys opens with the master key alone: "
        "./mingdian keys rotate makes that worthless too.",
        style="dim",
        soft_wrap=True,
    )
