"""Every service of the platform on every channel of Hainan, in the words of the channel."""

from decimal import Decimal
from typing import Any

import pytest

from deploy.profiles.loader import load_interfaces
from events.catalogue.traits import CustomerType, KeyArea, Supply, Usage
from events.upcasting import fact_as_sent
from projections.site.texts.tables import TABLES as TEXTS
from tests.unit.policy.examples import HAINAN, hainan
from workflows.policy.interface import PAPERS, SET_BY_THE_DOOR, Interface, MessageField
from workflows.policy.services import BY_FACT, CARRIED, Service, service_of

TABLES = {one.id: one for one in load_interfaces(HAINAN)}
EXCEPTIONS: set[tuple[str, Service]] = {
    (channel, "visit") for channel in ("app", "web", "wechat", "alipay", "hotline", "gov_app")
}
"""Only the hall sees that a customer came."""


@pytest.mark.parametrize("service", CARRIED)
@pytest.mark.parametrize("channel", [row.code for row in hainan().channels if row.code != "feed"])
def test_every_service_is_on_every_channel(channel: str, service: Service) -> None:
    table = TABLES[channel]
    if (channel, service) in EXCEPTIONS:
        reason = table.without[service]
        assert reason.zh and reason.en
        return
    assert service in table.services
    assert service not in table.without


@pytest.mark.parametrize("channel", TABLES)
def test_every_fact_of_customers_can_be_told_whole(channel: str) -> None:
    """Not only that there is such a message: it has a place for every field that a customer may fill."""
    table = TABLES[channel]
    told = {service_of(one.type): one for one in table.messages}
    for service in BY_FACT.values():
        if (channel, service) in EXCEPTIONS:
            continue
        message = told[service]
        model = fact_as_sent(message.type)
        assert model is not None
        by_the_door = {SET_BY_THE_DOOR, PAPERS, "provided_by"}
        assert set(model.model_fields) - by_the_door == set(message.fields), service


WORDS: dict[str, set[Any]] = {
    "customer_type": {one.value for one in CustomerType},
    "usage": {one.value for one in Usage},
    "supply": {one.value for one in Supply},
    "key_area": {one.value for one in KeyArea},
    "voltage_kv": {row.kv for row in hainan().voltages},
    "about": {"duration", "documents", "boundary", "metering", "conduct", "other"},
    "score": {"1", "2", "3", "4", "5"},
}


@pytest.mark.parametrize("name", WORDS)
@pytest.mark.parametrize("channel", TABLES)
def test_a_channel_with_words_of_its_own_has_one_for_every_value(channel: str, name: str) -> None:
    rule = rule_of(TABLES[channel], name)
    if not rule.listed:
        return
    told = set(rule.values.values())
    assert WORDS[name] <= ({Decimal(one) for one in told} if name == "voltage_kv" else told)


def test_what_no_lifecycle_carries_is_told_by_every_channel_as_not_taken() -> None:
    named = {channel: set(table.not_taken.values()) for channel, table in TABLES.items()}
    whole = set.union(*named.values())
    assert not whole & set(CARRIED)
    assert all(one == whole for one in named.values()), named


def test_every_service_has_a_name_in_both_languages() -> None:
    for language in ("zh", "en"):
        assert {f"service.{one}" for one in (*CARRIED, "increase", "dg")} <= set(TEXTS[language])


def rule_of(table: Interface, name: str) -> MessageField:
    return table.field(name)
