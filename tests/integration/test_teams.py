"""Officers on real servers: cases are spread by load, and nobody who is away gets one."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from deploy.processes.intake import wall_clock
from deploy.settings import Settings
from tests.integration.upstreams import SHOP, Upstream, at_work, upstream_of
from tests.unit.workflows.telling import SHOP_PAPERS
from workflows.messages import POLICY
from workflows.policy.model import CaseSlice
from workflows.policy.staffing import MANAGER, SUPERVISOR
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
