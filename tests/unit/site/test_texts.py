"""The two text tables say the same things, and there are words for everything that can be said."""

import re

import pytest

from events.catalogue.registry import EVENT_MODELS, short_name
from events.catalogue.traits import Kind
from projections.site.texts.tables import TABLES


def fields(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_both_languages_have_the_same_keys() -> None:
    assert TABLES["zh"].keys() == TABLES["en"].keys()


@pytest.mark.parametrize("key", sorted(TABLES["zh"]))
def test_both_languages_fill_in_the_same_values(key: str) -> None:
    if not key.startswith("date.") and key != "map.short":
        assert fields(TABLES["zh"][key]) == fields(TABLES["en"][key])


@pytest.mark.parametrize("language", TABLES)
def test_every_event_and_kind_has_its_words(language: str) -> None:
    events = {f"event.{short_name(name)}" for name in EVENT_MODELS if name.startswith("mingdian.connection.")}
    assert events <= TABLES[language].keys()
    assert {f"kind.{kind}" for kind in Kind} <= TABLES[language].keys()


@pytest.mark.parametrize("key", sorted(TABLES["en"]))
def test_english_forms_for_one_and_many_both_name_the_number(key: str) -> None:
    text = TABLES["en"][key]
    if "|" in text and key != "map.short":
        assert all("{n}" in form for form in text.split("|"))
