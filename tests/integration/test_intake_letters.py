"""Dead letters at work: what waits behind one, what does not, and what a replay or a correction does."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator

import pytest

from deploy.settings import Settings
from events.errors import MingdianError
from events.topics import INBOUND
from tests.integration.office import PAPERS, SURVEY, Office, begun
from tests.integration.upstreams import SHOP, at_work, records_of, upstream_of
from workflows.intake import letters
from workflows.intake.dismissing import dismiss
from workflows.intake.letters import Filter
from workflows.intake.replay import NotReplayableError


@pytest.fixture
async def office(settings: Settings) -> AsyncIterator[Office]:
    async with at_work(settings), upstream_of(settings, secrets.token_hex(4)) as one:
        office = Office(one.producer, one.pool, one.run)
        office.settings = settings
        yield office


async def test_what_is_ordered_waits_behind_a_dead_letter_until_it_is_corrected_and_nothing_else_does(
    office: Office,
) -> None:
    number = await begun(office)
    await office.send(
        ("survey", "survey_completed", "s", {**SURVEY, "colour": "red"}),
        ("meter", "meter_fitted", "s", {"meter_no": "M1"}),
        ("energised", "energised", "s", {}),
        start=2,
    )
    # It came last, and would not be possible after the end of the case: dated before it.
    await office.send(("visit", "customer_visited", "s", {"office": "Haikou"}), start=1)
    await begun(office, "other")
    waiting = ["refused", "waiting", "waiting", "applied"]
    await office.until(waiting, "survey", "meter", "energised", "visit")
    _, told = await office.command("list", "--blocking", "--number", number)
    assert [(one["code"], one["behind"]) for one in told] == [("unknown_field", 2)]
    assert (await office.replay(told[0]["letter"])).problems  # as it was it is no better
    bad, again = await office.letters("survey")
    assert (again.n, again.version_of, again.blocks) == (2, bad.letter, False)
    mended = office.settings.data_dir / "mended.json"
    mended.write_text(json.dumps(SURVEY))
    status, [done] = await office.command("correct", str(again.letter), str(mended))
    assert (status, done["status"], done["n"]) == (0, "on_its_way", 3)
    await office.until(["applied"] * 4, "survey", "meter", "energised", "visit")
    finished = [(await office.line(name)).finished_at for name in ("survey", "meter", "energised")]  # type: ignore[union-attr]
    assert finished == sorted(finished)  # type: ignore[type-var]
    assert all(letter.cleared_at for letter in await office.letters("survey"))
    kinds = [
        json.loads(record.value)["type"].split(".")[-2]
        for record in await records_of(office.settings, number)
    ]
    assert kinds.index("meter_fitted") < kinds.index("energised")


async def test_the_corrected_fact_answers_to_both_contents_and_to_no_third(office: Office) -> None:
    await begun(office)
    bad = office.event(("survey", "survey_completed", "s", {**SURVEY, "colour": "red"}), 1)
    await office.send_events(bad)
    await office.outcomes("survey")
    [letter] = await office.letters("survey")
    await office.replay(letter.letter, SURVEY)
    await office.until(["applied"], "survey")
    await office.send_events(bad, {**bad, "data": SURVEY}, {**bad, "data": {"supporting_works": True}})
    async with asyncio.timeout(20):
        while not any(one.code == "id_reused" for one in await office.letters("survey")):
            await asyncio.sleep(0.1)
    line = await office.line("survey")
    assert line is not None
    assert (line.n, line.outcome, line.duplicates) == (2, "applied", 2)
    reused = (await office.letters("survey"))[-1]
    assert not reused.blocks
    with pytest.raises(NotReplayableError, match="id_reused"):
        await office.replay(reused.letter, SURVEY)
    with pytest.raises(NotReplayableError, match="already_applied"):
        await office.replay(letter.letter)


async def test_another_fact_of_its_type_in_its_place_clears_a_dead_letter(office: Office) -> None:
    await begun(office)
    await office.send(
        ("bad", "survey_completed", "s", {"supporting_works": "perhaps"}),
        ("meter", "meter_fitted", "s", {"meter_no": "M1"}),
        start=1,
    )
    await office.until(["refused", "waiting"], "bad", "meter")
    await office.send_events(office.event(("good", "survey_completed", "s", SURVEY), 1))
    await office.until(["applied", "applied"], "good", "meter")
    [letter] = await office.letters("bad")
    assert letter.cleared_at is not None


async def test_a_fact_that_its_case_refused_goes_to_it_again_as_it_was_sealed(office: Office) -> None:
    await begun(office)
    await office.send(("plan", "plan_objected", "s", {"plan_no": "P1", "reason": "秘密"}), start=1)
    await office.outcomes("plan")
    query = "SELECT fact -> 'data' FROM intake.inbox WHERE id = %s"
    before = await office.rows(query, f"{office.run}-plan")
    [letter] = await office.letters("plan")
    assert not letter.blocks
    assert (await office.replay(letter.letter)).n == 2
    async with asyncio.timeout(30):
        while len(await office.letters("plan")) < 2:
            await asyncio.sleep(0.1)
    assert await office.rows(query, f"{office.run}-plan") == before
    first, second = await office.letters("plan")
    assert (second.n, second.version_of, second.code) == (2, first.letter, first.code)
    with pytest.raises(NotReplayableError, match="older_version"):
        await office.replay(first.letter)


async def test_facts_that_came_without_their_application_are_replayed_by_a_filter(office: Office) -> None:
    await office.send(
        ("v1", "customer_visited", "s", {"office": "Haikou"}), ("survey", "survey_completed", "s", SURVEY)
    )
    lines = await office.outcomes("v1", "survey")
    assert {(line.outcome, line.code) for line in lines} == {("dead", "no_case")}
    number = await begun(office)
    status, done = await office.command("replay", "--code", "no_case", "--number", number, "--yes")
    assert (status, len(done)) == (0, 2)
    await office.until(["applied", "applied"], "v1", "survey")


async def test_bytes_without_a_name_become_a_fact_once_a_person_says_what_they_mean(office: Office) -> None:
    await asyncio.to_thread(office.producer.publish, INBOUND, office.run, b"\xff" + office.run.encode())
    async with asyncio.timeout(20):
        while True:
            async with office.pool.connection() as conn:
                found = await letters.listed(conn, Filter(code="not_json"), 1)
            if found and found[0].offset is not None:
                break
            await asyncio.sleep(0.1)
    with pytest.raises(NotReplayableError, match="no_envelope"):
        await office.replay(found[0].letter, SURVEY)
    event = office.event(("a", "application_submitted", "s", {**SHOP, **PAPERS}))
    assert not (await office.replay(found[0].letter, event)).problems
    await office.until(["applied"], "a")


async def test_a_letter_is_dismissed_with_a_reason_and_what_waited_behind_it_goes_on(office: Office) -> None:
    number = await begun(office)
    await office.send(
        ("survey", "survey_completed", "s", {**SURVEY, "colour": "red"}),
        ("meter", "meter_fitted", "s", {"meter_no": "M1"}),
        ("survey2", "survey_completed", "s", SURVEY),
        start=2,
    )
    await office.until(["refused", "applied"], "survey", "survey2")
    [letter] = await office.letters("survey")
    await begun(office, "other")
    await office.send(
        ("bad", "survey_completed", "other", {**SURVEY, "colour": "red"}),
        ("waits", "withdrawn", "other", {}),
        start=2,
    )
    await office.until(["refused", "waiting"], "bad", "waits")
    [bad] = await office.letters("bad")
    async with office.pool.connection() as conn:
        for reason, code in (("  ", "no_reason"), ("x" * 501, "no_reason")):
            with pytest.raises(MingdianError) as told:
                await dismiss(conn, bad.letter, reason)
            assert told.value.code == code
        status, told_of = await office.command("dismiss", str(bad.letter), "--reason", "sent again")
        assert (status, told_of) == (0, [{"letter": bad.letter, "status": "dismissed"}])
        for one, code in ((bad.letter, "cleared"), (letter.letter, "cleared"), (10**9, "no_letter")):
            with pytest.raises(MingdianError) as told:
                await dismiss(conn, one, "again")
            assert told.value.code == code
    await office.until(["refused", "applied"], "bad", "waits")
    [bad] = await office.letters("bad")
    assert (bad.dismissed, bad.blocks, bad.behind) == ("sent again", False, 0)
    assert number
    assert not (await office.replay(bad.letter, SURVEY)).problems  # a person may think again
