"""The table of a channel is read whole, or refused with every fault, by file and row."""

from pathlib import Path

import pytest

from deploy.profiles.loader import ProfileError, load_interfaces, load_profile
from tests.unit.channels.tables import folder_with
from tests.unit.policy.examples import HAINAN, MIDWEST, hainan


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('id = "gov_app"', 'id = "city"', "city: is no channel of this profile"),
        ('id = "wechat"', 'id = "gov_app"', "gov_app: stands twice"),
        ('"/channel/mini"', '"/channel/city"', "shares /channel/city with another"),
        ('"/channel/mini"', '"/mingdian/hainan/x"', "the platform's own source"),
        ('"/channel/mini"', '"/gov/hainan/projects"', "with a feed of projects"),
        ("application_submitted.v2", "application_sent.v2", "messages.1.type: no such type"),
        ("documents_supplied.v2", "energised.v1", "messages.2.type: a channel tells what customers do"),
        ('"tenant", "documents"', '"tennant", "documents"', "names field tennant, which"),
        ('"tenant", "documents"', '"supply", "documents"', "names field supply, for which there is no rule"),
        ('"tenant", "documents"', '"papers", "documents"', "names field papers, which the door sets"),
        ("ev = {", "gas = {", "without.gas"),
        ("rating = {", "payment = {", "does not take rating. Take it, or say in without why not"),
        ("rating = {", "payment = {", "says why it has not payment, which nobody has"),
        ("rating = {", "new_connection = {", "says why it has not new_connection, and takes it"),
        ('"recibo.clave" = "receipt_code"\n', "", "does not take receipt. Take it, or say"),
        ('"aviso.orden" = "sequence"', '"aviso.orden" = "receipt_code"', "aviso.orden tells receipt_code"),
        (
            '"estado.tarde" = "overdue"',
            '"estado.tarde" = "applicant_name"',
            "estado.tarde tells applicant_name",
        ),
        ("most = 5\n", "most = 999\nper_minute = 5\n", "batch.per_minute"),
        (
            "per_minute = 6000\n\n[interfaces.without]\nev",
            "per_minute = 4\n\n[interfaces.without]\nev",
            "a whole batch",
        ),
        ('outcomes = "resultados"', 'outcomes = "res.x"', "lies within another place"),
        ('mark = "adjunto"', 'mark = "caso"', "caso is given twice"),
        ('id = "wechat"\n', 'id = "wechat"\nalso = { answer = 1 }\n', "also: has answer"),
        ('"usage", "voltage_kv", "capacity_kva", "tenant"', '"usage", "tenant"', "lacks field voltage_kv"),
        ('"tenant", "documents"', '"documents"', "has a rule for field tenant, which no message takes"),
        ('"applicant_phone",\n', '"applicant_phone", "channel",\n', "which the door sets"),
        ('2 = "enterprise"', '2 = "enterprize"', "customer_type has unknown target enterprize"),
        ('2 = "460200"', '2 = "999999"', "region has unknown target 999999"),
        ('501 = "LN1", 502', '501 = "LN99", 502', "documents has unknown target LN99"),
        ('blank = "false"', 'blank = "perhaps"', "tenant has unknown target perhaps"),
        ('from = "municipio"', 'frm = "municipio"', "frm: Extra inputs"),
        ('from = "V", to = "kV"', 'from = "V", to = "kW"', "V can't become kW"),
        ('number = "[0-9]{4}/SZ/[0-9]{5}"', 'number = ".*"', "takes our own numbers for its own"),
        ('id = "{caso}#{seq}"', 'id = "fixed"', "an id without a place of the message"),
        ('word = "11"', 'word = "10"', "has word 10 twice"),
        ('20 = "increase"', '20 = "rise"', "not_taken.20"),
        ('application = "P1"', 'aplication = "P1"', "calls back with unknown step aplication"),
        ('LN1 = "501"\nLN2', 'LN99 = "501"\nLN2', "calls back with unknown document LN99"),
        ('"aviso.id" = "id"\n', "", "without the id by which it knows a repeat"),
        ('"estado.nombre" = "step_name"', '"estado.nombre" = "applicant_name"', "estado.nombre"),
        ("http://127.0.0.1:9/avisos", "file:///etc/passwd", "an http or https address"),
        ("http://127.0.0.1:9/avisos", "http://a:b@127.0.0.1/", "no name, password or query"),
        ('timezone = "Asia/Shanghai"\nignores', 'timezone = "Asia/Hainan"\nignores', "no such time zone"),
    ],
)
def test_a_faulty_table_is_refused_by_file_and_row(tmp_path: Path, old: str, new: str, told: str) -> None:
    folder = folder_with(tmp_path, (old, new))
    with pytest.raises(ProfileError) as refused:
        load_profile(folder)
    whole = "\n".join(refused.value.faults)
    assert "channels.toml: interfaces " in whole
    assert told in whole


def test_a_channel_that_speaks_like_another_says_only_what_differs() -> None:
    table = {one.id: one for one in load_interfaces(HAINAN)}
    assert table["wechat"].fields == table["app"].fields
    assert table["wechat"].upstream != table["app"].upstream


def test_a_row_that_is_like_nobody_is_refused(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, ('id = "wechat"\n', 'id = "wechat"\nlike = "nobody"\n'))
    with pytest.raises(ProfileError, match="names nobody, which is no row"):
        load_profile(folder)


def test_how_a_channel_talks_is_no_part_of_the_policy(tmp_path: Path) -> None:
    assert load_profile(folder_with(tmp_path)).version == hainan().version


def test_every_channel_of_hainan_that_serves_customers_has_a_table() -> None:
    named = {one.id for one in load_interfaces(HAINAN)}
    assert named == {row.id for row in hainan().channels} - {"feed"}


def test_a_profile_may_have_none() -> None:
    assert load_interfaces(MIDWEST) == ()


def test_a_table_may_write_a_past_version_but_only_what_that_had(tmp_path: Path) -> None:
    past = ("application_submitted.v2", "application_submitted.v1")
    assert load_interfaces(folder_with(tmp_path / "whole", past))
    with pytest.raises(
        ProfileError, match=r"names field urban_land, which mingdian.fact.*submitted.v1 has not"
    ):
        load_profile(
            folder_with(tmp_path / "new", past, ('"tenant", "documents"', '"urban_land", "documents"'))
        )
