"""A number finds its person however it was written, and no other person."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError, create_model

from events.catalogue.registry import EVENT_MODELS, FACT_MODELS, short_name
from events.personal import Finds, finding_fields, identifiers, personal_fields

MOBILE = frozenset({"13800138000"})
LANDLINE = frozenset({"89866123456"})


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("138 0013-8000", MOBILE),
        ("+86 138 0013 8000", MOBILE),
        ("0086-13800138000", MOBILE),
        ("8613800138000", MOBILE),
        ("１３８００１３８０００", MOBILE),
        ("手机：13800138000", MOBILE),
        ("(0898) 6612-3456", LANDLINE),
        ("+86 898 66123456", LANDLINE),
        ("86-0898-66123456", LANDLINE),
        ("13800138000/0898 66123456", MOBILE | LANDLINE),
        ("13800138000；089866123456", MOBILE | LANDLINE),
        ("", frozenset()),
        ("无", frozenset()),
    ],
)
def test_a_telephone_number_has_one_form(written: str, number: frozenset[str]) -> None:
    assert identifiers("telephone", written, "86") == number


def test_the_country_decides_what_its_code_is() -> None:
    assert identifiers("telephone", "+1 (601) 555-0100", "1") == identifiers("telephone", "601.555.0100", "1")
    assert identifiers("telephone", "13800138000", "86") == MOBILE
    assert identifiers("telephone", "8613 8001", "86") == {"86138001"}  # a local number that begins like it


@pytest.mark.parametrize(
    ("finds", "one", "other"),
    [
        ("identity", "46010019900101123x", "460100 1990 0101 123X"),
        ("identity", "91460000MA5T000001", "91460000ma5t000001"),
    ],
)
def test_an_identity_number_has_one_form(finds: Finds, one: str, other: str) -> None:
    assert identifiers(finds, one) == identifiers(finds, other)


def test_the_fields_that_find_a_person_are_marked() -> None:
    model = FACT_MODELS["mingdian.fact.connection.application_submitted.v3"]
    assert finding_fields(model) == {"applicant_phone": "telephone", "applicant_id_no": "identity"}
    assert set(finding_fields(model)) < set(personal_fields(model))


# Free texts that are no person's: the network's assets, offices and authorities, the platform's words, and
# what public bodies list of an investment project.
OFFICIAL = {
    "plan_replied.substation",
    "plan_replied.feeder",
    "customer_visited.office",
    "permit_requested.authority",
    "policy_amended.policy",
    "policy_amended.note",
    "intention_reported.project_name",
    "intention_reported.organisation",
    "intention_reported.industry",
    "intention_reported.site",
    "substation_proposed.substation",
    "relocation_reported.line",
    "progress_shared.name",
}


@pytest.mark.parametrize("model", FACT_MODELS.values(), ids=lambda model: short_name(model.type))
def test_every_free_text_of_a_fact_is_personal_or_official(model: type[BaseModel]) -> None:
    """A new field that takes any text is sealed, unless somebody has said here that it names no person."""
    name = short_name(model.type)  # type: ignore[attr-defined]
    for field, info in model.model_fields.items():
        if field not in personal_fields(model) and f"{name}.{field}" not in OFFICIAL:
            definition: Any = (info.annotation, info)
            taker = create_model("Taker", value=definition)
            for text in ("王 小明", ["王 小明"]):
                with pytest.raises(ValidationError):
                    taker(value=text)


@pytest.mark.parametrize("model", EVENT_MODELS.values(), ids=lambda model: short_name(model.type))
def test_what_a_fact_says_in_private_no_event_says_in_the_open(model: type[BaseModel]) -> None:
    private = {field for fact in FACT_MODELS.values() for field in personal_fields(fact)}
    assert private & set(model.model_fields) <= set(personal_fields(model))
