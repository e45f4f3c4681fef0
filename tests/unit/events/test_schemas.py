"""The generated schemas hold what the platform really sends, and say what is personal."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from events.catalogue.asyncapi import document
from events.catalogue.registry import EVENT_MODELS, FACT_MODELS, PAST_EVENT_MODELS, PAST_FACT_MODELS
from events.catalogue.schema import ENVELOPE, schemas
from events.personal import personal_fields
from events.topics import TOPICS
from tests.unit.projections.logs import events_of
from tests.unit.workflows.telling import Story, factory, household

SCHEMAS = schemas()
EVENT_TYPES = {**EVENT_MODELS, **PAST_EVENT_MODELS}


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_schema_is_one_by_its_own_standard(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("story", [factory(), household()])
def test_the_events_of_a_whole_case_are_what_their_schemas_say(story: Story) -> None:
    events = events_of(story)
    assert len(events) >= 10
    for event in events:
        body = event.as_json()
        Draft202012Validator(SCHEMAS[ENVELOPE]).validate(body)
        Draft202012Validator(SCHEMAS[event.type]).validate(body["data"])
    for fact in story.told:
        Draft202012Validator(SCHEMAS[fact.type]).validate(fact.data)


@pytest.mark.parametrize("change", [{"extra": 1}, {"plan_no": None}, {"plan_no": "号"}])
def test_a_schema_refuses_what_the_platform_never_writes(change: dict[str, Any]) -> None:
    validator = Draft202012Validator(SCHEMAS["mingdian.connection.plan_confirmed.v1"])
    assert validator.is_valid({"plan_no": "P1"})
    assert not validator.is_valid({"plan_no": "P1", **change})


def test_personal_fields_are_marked_clear_inbound_and_sealed_after() -> None:
    for name, model in {**FACT_MODELS, **PAST_FACT_MODELS, **EVENT_TYPES}.items():
        fields = SCHEMAS[name]["properties"]
        assert {field for field, one in fields.items() if one.get("x-personal")} == set(
            personal_fields(model)
        )
        for field in personal_fields(model):
            sealed = "SealedValue" in str(fields[field])
            assert sealed == (name in EVENT_TYPES)


def test_the_document_names_every_topic_and_every_type() -> None:
    told = document()
    addresses = {channel["address"] for channel in told["channels"].values()}
    assert addresses >= {topic.name for topic in TOPICS}
    spoken = {name for channel in told["channels"].values() for name in channel["messages"]}
    facts = {**FACT_MODELS, **PAST_FACT_MODELS}
    assert spoken >= {*EVENT_TYPES, *(name for name, model in facts.items() if not model.internal)}
    assert not spoken & {name for name, model in facts.items() if model.internal}
    assert spoken == set(told["components"]["messages"])
