"""A year of applications of every class, with time skipped: real intake, lifecycles, log and read models, and
their figures against a count of the input that knows nothing of them.

`pytest tests/integration/test_year.py --applications 300` takes some eight minutes.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from temporalio.testing import WorkflowEnvironment

from activities import inbox
from deploy.demo.told import Told
from deploy.demo.year import applicants, tell
from deploy.processes import intake as intake_process
from deploy.processes import projector as projector_process
from deploy.profiles.loader import load_profile
from deploy.settings import Settings
from events.catalogue import connection_facts as facts
from events.catalogue.traits import Kind
from tests.integration.skipping import skipping
from tests.integration.upstreams import Upstream, at_work, upstream_of
from workflows.intake import receive
from workflows.policy.model import Policy

SOURCE = "/upstream/demo"
SEED = 11
ZONE = ZoneInfo("Asia/Shanghai")


class Sent(NamedTuple):
    """A fact with the application it belongs to."""

    subject: str
    name: str
    told: Told


class Figures(NamedTuple):
    """What a set of cases came to."""

    received: int
    energised: int
    withdrawn: int
    gross: int
    net: int


@asynccontextmanager
async def skipped(settings: Settings, folder: Any) -> AsyncIterator[tuple[Settings, WorkflowEnvironment]]:
    """The stack, with a Temporal that skips time in place of its own."""
    async with skipping(settings, folder) as env:
        address = env.client.service_client.config.target_host
        yield settings.model_copy(update={"temporal": address, "namespace": env.client.namespace}), env


@dataclass
class Server:
    """The server's clock: it stands still but for the moves that the test makes."""

    env: WorkflowEnvironment
    now: datetime

    def clock(self) -> datetime:
        """The receiver's clock."""
        return self.now

    async def move_to(self, moment: datetime) -> None:
        """Skip to a moment; every timer up to it rings."""
        if moment > (now := await self.env.get_current_time()):
            await self.env.sleep(moment - now)
        await self._look()

    async def follow(self) -> None:
        """Look at the clock for ever."""
        while True:
            await self._look()
            await asyncio.sleep(0.05)

    async def _look(self) -> None:
        """An answer may be late, and another has told a later moment meanwhile: the clock never goes back."""
        self.now = max(self.now, await self.env.get_current_time())


async def test_the_figures_of_a_year_are_those_of_its_facts(
    settings: Settings,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    pytestconfig: pytest.Config,
) -> None:
    count = int(pytestconfig.getoption("--applications"))
    # A day passes in a moment here: what is looked at once a second would make the year an hour.
    monkeypatch.setattr(receive, "OBSERVE_SECONDS", 0.05)
    monkeypatch.setattr(inbox, "LOOK_SECONDS", 0.05)
    policy = load_profile(settings.profiles[0])
    async with (
        skipped(settings, tmp_path_factory.mktemp("year")) as (away, env),
        upstream_of(away, "year") as upstream,
    ):
        server = Server(env, await env.get_current_time())
        following = asyncio.create_task(server.follow())
        stories = _stories(policy, server.now, count)
        intake = partial(intake_process.run, clock=server.clock)
        async with at_work(away, intakes=0, others=[intake, projector_process.run]):
            for day, sent in groupby(_in_order(stories), key=lambda one: _day(one.told.at)):
                await server.move_to(_evening(day))
                await _feed(upstream, list(sent))
            rows = await _read_models(upstream, stories)
        following.cancel()
    for key, expected in _counted(stories).items():
        assert _figures(rows[key]) == expected, key
    assert set(rows) == set(_counted(stories))


def _stories(policy: Policy, now: datetime, count: int) -> dict[str, tuple[Kind, list[Told]]]:
    return {
        who.ref: (who.traits.connection_kind, tell(policy, who))
        for who in applicants(policy, SEED, now + timedelta(days=1), count)
    }


def _in_order(stories: dict[str, tuple[Kind, list[Told]]]) -> list[Sent]:
    sent = [
        Sent(ref, f"{ref}-{place:02d}", told)
        for ref, (_, story) in stories.items()
        for place, told in enumerate(story)
    ]
    return sorted(sent, key=lambda one: (one.told.at, one.name))


async def _feed(upstream: Upstream, sent: list[Sent]) -> None:
    """A day's facts, and then their outcomes: all of them are applied."""
    events = [
        {
            "specversion": "1.0",
            "id": f"year-{one.name}",
            "source": SOURCE,
            "type": one.told.fact.type,
            "subject": f"year-{one.subject}",
            "time": one.told.at.isoformat(),
            "profile": "hainan",
            "data": one.told.fact.model_dump(mode="json", exclude_none=True),
        }
        for one in sent
    ]
    await upstream.send_events(*events)
    lines = await upstream.outcomes(*(one.name for one in sent), seconds=120)
    refused = [(line.id, line.outcome, line.code) for line in lines if line.outcome != "applied"]
    assert not refused


# ---- the independent count: nothing here knows the lifecycles, the policy or the read models


def _counted(stories: dict[str, tuple[Kind, list[Told]]]) -> dict[Kind, Figures]:
    found: dict[Kind, list[Figures]] = defaultdict(list)
    for kind, story in stories.values():
        found[kind].append(_count(story))
    return {kind: Figures(*map(sum, zip(*each, strict=True))) for kind, each in found.items()}


def _count(story: list[Told]) -> Figures:
    ended = story[-1]
    if not isinstance(ended.fact, facts.Energised):
        return Figures(1, 0, 1, 0, 0)
    # Accepted once the documents were complete: at the application, or when the missing ones came.
    supplied = [told.at for told in story if isinstance(told.fact, facts.DocumentsSupplied)]
    accepted = _day(supplied[0] if supplied else story[0].at)
    days = {accepted + timedelta(days=n) for n in range(1, (_day(ended.at) - accepted).days + 1)}
    waited = {
        first + timedelta(days=n)
        for first, last in _waiting_for_the_customer(story)
        for n in range(1, (last - first).days + 1)
    }
    return Figures(1, 1, 0, len(days), len(days - waited))


def _waiting_for_the_customer(story: list[Told]) -> Iterator[tuple[date, date]]:
    """From a plan to its confirmation; from the end of the utility's works, or from the confirmation, to the
    request for the inspection; from defects to the next request."""
    since: datetime | None = None
    for told in story:
        match told.fact:
            case facts.PlanReplied() | facts.InspectionFailed() | facts.SupportingWorksCompleted():
                since = told.at
            case facts.PlanConfirmed():
                assert since is not None
                yield _day(since), _day(told.at)
                since = told.at
            case facts.SupportingWorksStarted():
                since = None
            case facts.InspectionRequested():
                assert since is not None
                yield _day(since), _day(told.at)
                since = None


# ---- the read models


async def _read_models(
    upstream: Upstream, stories: dict[str, tuple[Kind, list[Told]]]
) -> dict[Kind, list[dict[str, Any]]]:
    """The statistics' rows of these applications, by kind, once every end is folded."""
    names = [f"year-{ref}" for ref in stories]
    query = (
        "SELECT s.kind, to_jsonb(s) FROM intake.alias a JOIN statistics.application s ON s.number = a.number"
        " WHERE a.source = %s AND a.alias = ANY(%s)"
    )
    async with asyncio.timeout(120):
        while True:
            rows = await upstream.rows(query, SOURCE, names)
            ended = sum(row["gross_days"] is not None or row["withdrawn_at"] is not None for _, row in rows)
            if ended == len(stories):
                break
            await asyncio.sleep(0.3)
    found: dict[Kind, list[dict[str, Any]]] = defaultdict(list)
    for kind, row in rows:
        found[Kind(kind)].append(row)
    return found


def _figures(rows: list[dict[str, Any]]) -> Figures:
    counts = Counter(
        "energised" if row["energised_at"] else "withdrawn" if row["withdrawn_at"] else "open" for row in rows
    )
    assert not counts["open"], json.dumps(rows[0])
    return Figures(
        len(rows),
        counts["energised"],
        counts["withdrawn"],
        sum(row["gross_days"] or 0 for row in rows),
        sum(row["net_days"] or 0 for row in rows),
    )


def _day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


def _evening(day: date) -> datetime:
    """Just before the end of a local day: what was due on it is not late yet."""
    return datetime.combine(day, time(23, 58), ZONE).astimezone(UTC)
