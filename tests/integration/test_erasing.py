"""What is erased opens nowhere, and says so; log, workflows and pages agree all the same."""

import json
import secrets

from deploy.read_models import all_projections
from events.topics import ERASURE
from tests.integration.marked import FACTORY, Marks, fact
from tests.integration.platforms import Platform, an_application, erased_numbers, settled, until


def test_an_erased_application_says_so_and_opens_nowhere(platform: Platform) -> None:
    marks, run = Marks(), secrets.token_hex(4)
    number = an_application(platform, marks, f"{run}-a")
    project = platform.application(number)["project"]
    assert project in platform.page(number)
    platform.send(fact(f"{run}-w", "withdrawn", f"{run}-a", marks.data("withdrawn", "note"), 1))
    assert platform.outcome(f"{run}-w")["outcome"] == "applied"
    bad = {**marks.data("plan_objected", "a letter"), "plan_no": "?"}
    platform.send(fact(f"{run}-o", "plan_objected", f"{run}-a", bad, 2))
    assert platform.outcome(f"{run}-o")["outcome"] == "refused"
    until(lambda: [one for one in platform.application(number)["timeline"] if one["note"]])
    assert platform.command("erase", number, status=2).count("nobody is there to confirm") == 1
    assert number in platform.command("erase", number, "--dry-run")
    assert platform.application(number)["project"] == project

    assert "Erased: 1 application." in platform.command("erase", number, "--yes")
    shown = platform.application(number)
    assert (shown["erased"], shown["project"], shown["applicant"]) == (True, None, None)
    assert [one["note"] for one in shown["timeline"] if one["erased"]] == [None]
    page = platform.page(number)
    assert "已删除" in page
    assert not any(mark in page for mark in marks.places)
    [(wrapped, index, raw)] = platform.rows(
        """
        SELECT (SELECT wrapped FROM intake.stream_key WHERE subject = s.number),
               (SELECT count(*) FROM intake.blind_index WHERE subject = s.number),
               (SELECT count(*) FROM intake.dead_letter WHERE subject = s.number AND raw IS NOT NULL)
        FROM intake.subject s WHERE number = %s
        """,
        number,
    )
    assert (wrapped, index, raw) == (None, 0, 0)
    until(lambda: number in erased_numbers(platform.settings))

    # Again changes nothing; a later fact is refused, and nothing of it is kept.
    assert "Erased: 0 applications." in platform.command("erase", number, "--yes")
    platform.send(fact(f"{run}-p", "plan_objected", number, marks.data("plan_objected", "after"), 3))
    assert platform.outcome(f"{run}-p")["code"] == "subject_erased"
    [(raw,)] = platform.rows("SELECT raw FROM intake.dead_letter WHERE id = %s", f"{run}-p")
    assert raw is None
    assert erased_numbers(platform.settings).count(number) == 1


def test_a_person_is_found_however_the_number_is_written(platform: Platform) -> None:
    marks, run = Marks(), secrets.token_hex(4)
    mobile = f"139{secrets.randbelow(10**8):08}"
    first = an_application(platform, marks, f"{run}-a", applicant_phone=f"+86 {mobile[:3]}-{mobile[3:]}")
    second = an_application(platform, marks, f"{run}-b", applicant_phone=f"0898-66123456 / {mobile}")
    other = an_application(platform, marks, f"{run}-c", applicant_phone=f"139{secrets.randbelow(10**8):08}")
    unread = f'{{"data": {{"applicant_phone": "{mobile[:3]} {mobile[3:7]} {mobile[7:]}"'.encode()
    assert platform.post(unread).status_code == 400
    told = platform.command("erase", "--person", "--yes", "--json", said=f"{mobile}\n")
    answer = json.loads(told[told.index("{") : told.rindex("}") + 1])
    assert answer["applications"] == sorted([first, second])
    assert (len(answer["letters"]), answer["erased"]) == (1, 2)
    assert mobile not in told
    assert [platform.application(one)["erased"] for one in (first, second, other)] == [True, True, False]
    letters = platform.rows("SELECT raw FROM intake.dead_letter WHERE letter = ANY(%s)", answer["letters"])
    assert letters == [(None,)]
    assert "Nothing is kept" in platform.command("erase", "--person", "--yes", said=f"{mobile}\n")
    assert platform.command("erase", status=2).startswith("mingdian: Give application numbers")
    assert "No such application" in platform.command("erase", "HN-1999-000001", status=2)


def test_an_application_that_shows_no_name_says_that_it_is_erased(platform: Platform) -> None:
    run = secrets.token_hex(4)
    platform.send(
        fact(f"{run}-a", "application_submitted", f"{run}-a", {**FACTORY, "site_address": "海府路1号"})
    )
    number = platform.outcome(f"{run}-a")["number"]
    assert platform.application(number)["erased"] is False
    platform.command("erase", number, "--yes")
    assert platform.application(number)["erased"] is True


def test_a_restored_database_is_brought_to_forget_again(platform: Platform) -> None:
    marks, run = Marks(), secrets.token_hex(4)
    number = an_application(platform, marks, f"{run}-a")
    backup = platform.rows("SELECT kid, wrapped FROM intake.stream_key WHERE subject = %s", number)[0]
    index = platform.rows("SELECT digest, subject, field FROM intake.blind_index WHERE subject = %s", number)
    head = platform.rows(
        "SELECT subject, topic, sequence, hash FROM intake.stream_head WHERE topic = %s", ERASURE
    )
    platform.command("erase", number, "--yes")
    until(lambda: number in erased_numbers(platform.settings))
    end = platform.rows("SELECT sequence, hash FROM intake.stream_head WHERE topic = %s", ERASURE)

    # What a restored backup holds: the key, the index, no mark, and a stream that ends earlier.
    platform.rows(
        "UPDATE intake.stream_key SET wrapped = %s, destroyed_at = NULL WHERE kid = %s", *backup[::-1]
    )
    platform.rows("UPDATE intake.subject SET erased_at = NULL WHERE number = %s", number)
    for row in index:
        platform.rows("INSERT INTO intake.blind_index (digest, subject, field) VALUES (%s, %s, %s)", *row)
    platform.rows("DELETE FROM intake.outbox WHERE topic = %s", ERASURE)
    platform.rows("DELETE FROM intake.stream_head WHERE topic = %s", ERASURE)
    for row in head:
        platform.rows(
            "INSERT INTO intake.stream_head (subject, topic, sequence, hash) VALUES (%s, %s, %s, %s)", *row
        )
    assert platform.application(number)["erased"] is False

    done = platform.command("keys", "reapply-erasures", "--json")
    assert json.loads(done[done.index("{") : done.rindex("}") + 1])["erased"] == 1
    assert platform.application(number)["erased"] is True
    assert platform.rows("SELECT 1 FROM intake.blind_index WHERE subject = %s", number) == []
    assert platform.rows("SELECT sequence, hash FROM intake.stream_head WHERE topic = %s", ERASURE) == end
    again = platform.command("keys", "reapply-erasures", "--json")
    assert json.loads(again[again.index("{") : again.rindex("}") + 1])["erased"] == 0
    another = an_application(platform, marks, f"{run}-b")
    platform.command("erase", another, "--yes")
    until(lambda: another in erased_numbers(platform.settings))


def test_what_is_not_there_looks_like_what_one_may_not_see(platform: Platform) -> None:
    number = an_application(platform, Marks(), secrets.token_hex(4))
    answers = [
        platform.http.get(f"/api/hainan/applications/{asked}", headers={"x-receipt-code": "0000000000"})
        for asked in (number, "HN-2020-999999", "nonsense")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


def test_what_was_erased_stays_so_in_read_models_built_anew_and_everything_agrees(
    platform: Platform,
) -> None:
    number = an_application(platform, Marks(), secrets.token_hex(4))
    platform.command("erase", number, "--yes")
    until(lambda: settled(platform))
    for one in all_projections():
        told = platform.command("projections", "rebuild", one.name, "--switch", "--json")
        assert json.loads(told[told.index("{") : told.rindex("}") + 1])["equal"] is True
    assert platform.application(number)["erased"] is True
    assert "已删除" in platform.page(number)
    report = json.loads(platform.command("audit", "--json").strip().splitlines()[-1])
    assert report["findings"] == []
    assert report["ok"] is True
