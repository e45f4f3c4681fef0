"""Officers on real servers: cases are spread by load, and nobody who is away gets one."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from deploy.processes.intake import wall_clock
from deploy.profiles.loader import load_profile
from deploy.settings import Settings
from tests.integration.upstreams import SHOP, Upstream, at_work, upstream_of
from tests.unit.workflows.telling import FACTORY, SHOP_PAPERS
from workflows.messages import POLICY
from workflows.policy.model import CaseSlice
from workflows.policy.rota import on_duty
from workflows.policy.staffing import ENGINEER, MANAGER, SUPERVISOR
from workflows.temporal import connect

WANNING = "469006"


async def applications(upstream: Upstream, names: Sequence[str], region: str) -> list[str]:
    """Shops of a region apply; returns their numbers once their cases have begun."""
    now = wall_clock().isoformat()
    data = {**SHOP, "region": region, "documents": SHOP_PAPERS}
    told = [(name, "application_submitted", name, data) for name in names]
    await upstream.send_events(*(upstream.event(one, time=now) for one in told))
    lines = await upstream.outcomes(*names)
    assert all(line.outcome == "applied" for line in lines)
    return [line.number or "" for line in lines]


async def seats(upstream: Upstream, numbers: Sequence[str], role: str) -> Counter[str]:
    """How many of these cases each officer has in a role."""
    query = "SELECT staff_id FROM intake.seat WHERE number = ANY(%s) AND role = %s"
    return Counter([name for (name,) in await upstream.rows(query, list(numbers), role)])


async def test_cases_are_spread_evenly_over_those_who_are_there(settings: Settings) -> None:
    client = await connect(settings.temporal_address, settings.namespace)
    async with at_work(settings, intakes=2), upstream_of(settings, "spread") as upstream:
        first = await applications(upstream, [f"a{n}" for n in range(8)], WANNING)
        assert await seats(upstream, first, MANAGER) == {"WN-M1": 4, "WN-M2": 4}
        assert sum((await seats(upstream, first, SUPERVISOR)).values()) == 8
        for number in first:
            handle = client.get_workflow_handle(number)
            held: CaseSlice = await handle.query(POLICY, result_type=CaseSlice)
            (manager,), (supervisor,) = held.team[MANAGER], held.team[SUPERVISOR]
            assert manager.staff_id != supervisor.staff_id
            query = "SELECT staff_id FROM intake.seat WHERE number = %s AND role = %s"
            assert await upstream.rows(query, number, MANAGER) == [(manager.staff_id,)]

        await upstream.rows(
            "INSERT INTO intake.absence (profile, staff_id, first) VALUES ('hainan', 'WN-M1', '2020-01-01') "
            "RETURNING 1"
        )
        second = await applications(upstream, [f"b{n}" for n in range(4)], WANNING)
        await upstream.rows("DELETE FROM intake.absence WHERE staff_id = 'WN-M1' RETURNING 1")
        assert await seats(upstream, second, MANAGER) == {"WN-M2": 4}

        # Who was away has fewer now, and gets what comes next.
        third = await applications(upstream, [f"c{n}" for n in range(4)], WANNING)
        assert await seats(upstream, third, MANAGER) == {"WN-M1": 4}


async def test_a_case_that_is_over_is_nobodys_work(settings: Settings) -> None:
    async with at_work(settings), upstream_of(settings, "over") as upstream:
        (number,) = await applications(upstream, ["a"], WANNING)
        await upstream.send_events(upstream.event(("w", "withdrawn", "a", {}), time=wall_clock().isoformat()))
        await upstream.outcomes("w")
        async with asyncio.timeout(10):
            query = "SELECT count(*) FROM intake.seat WHERE number = %s AND ended_at IS NULL"
            while await upstream.rows(query, number) != [(0,)]:
                await asyncio.sleep(0.1)


async def test_a_question_in_the_night_is_owed_by_who_is_on_duty_then(settings: Settings) -> None:
    park = {**FACTORY, "customer_type": "park", "channel": "hall"}
    times = {"asked": "2026-03-10T02:30:00+08:00", "again": "2026-03-11T02:30:00+08:00"}
    liar = {"staff_id": "X", "name": "某某", "role": {"zh": "某", "en": "some"}, "phone": "1"}
    async with at_work(settings), upstream_of(settings, "night") as upstream:
        opening = ("open", "application_submitted", "A", park)
        await upstream.send_events(upstream.event(opening, time="2026-03-09T09:00:00+08:00"))
        (line,) = await upstream.outcomes("open")
        insert = "INSERT INTO intake.absence VALUES ('hainan', %s, '2026-03-11', '2026-03-11') RETURNING 1"
        policy = load_profile(settings.profiles[0])
        turns = [on_duty(policy.rota, datetime.fromisoformat(at), policy.timezone) for at in times.values()]
        await upstream.rows(insert, turns[1])
        for name, at in times.items():
            told = (name, "key_customer_asked", "A", {"question": name, "on_duty": liar})
            await upstream.send_events(upstream.event(told, time=at))
        lines = await upstream.outcomes(*times)
        assert {one.outcome for one in lines} == {"applied"}
        await upstream.rows("DELETE FROM intake.absence WHERE staff_id = %s RETURNING 1", turns[1])
        query = (
            "SELECT fact->'data'->'on_duty'->>'staff_id' FROM intake.inbox WHERE subject = %s AND id LIKE %s"
        )
        (first,), (second,) = [(await upstream.rows(query, line.number, f"%-{name}"))[0] for name in times]
        assert first == turns[0]
        assert second not in {turns[1], "X", None}
        client = await connect(settings.temporal_address, settings.namespace)
        handle = client.get_workflow_handle(line.number or "")
        held: CaseSlice = await handle.query(POLICY, result_type=CaseSlice)
        assert held.team[MANAGER][0].staff_id.startswith("HN-KM")
        assert held.team[ENGINEER][0].staff_id.startswith("HN-KE")
