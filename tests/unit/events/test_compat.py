"""A released version never changes; every kind of change is found, and named by its place."""

import copy
from collections.abc import Callable

import pytest

from events.catalogue.schema import Schema, schemas
from events.compat import compare

RECEIPT = "mingdian.connection.receipt_issued.v2"
RECEIVED = "mingdian.connection.application_received.v1"
SUBMITTED = "mingdian.fact.connection.application_submitted.v1"


def told(name: str, change: Callable[[Schema], object]) -> list[str]:
    """What is said of a schema that this change has been made to since its release."""
    present = schemas()
    changed = copy.deepcopy(present[name])
    change(changed)
    return [f"{one.place} {one.sentence}" for one in compare(present, {**present, name: changed})]


def test_what_has_not_changed_is_not_told() -> None:
    assert compare(schemas(), schemas()) == []


@pytest.mark.parametrize(
    ("name", "change", "sentences"),
    [
        (RECEIPT, lambda s: s["properties"].pop("channel"), ["/channel the field is gone"]),
        (
            RECEIPT,
            lambda s: s["properties"].update(extra={"type": "string"}),
            ["/extra the field is new"],
        ),
        (
            RECEIPT,
            lambda s: s["properties"]["elapsed_net_days"].update(type="number"),
            ["/elapsed_net_days/type changed from 'integer' to 'number'"],
        ),
        (RECEIPT, lambda s: s["required"].remove("step"), ["/ 'step' is no longer required"]),
        (RECEIPT, lambda s: s["required"].append("channel"), ["/ 'channel' is required now"]),
        (
            RECEIPT,
            lambda s: s["properties"]["cause"]["enum"].append("reissued"),
            ["/cause 'reissued' is allowed now"],
        ),
        (
            RECEIPT,
            lambda s: s["properties"]["cause"]["enum"].remove("paused"),
            ["/cause 'paused' is no longer allowed"],
        ),
        (
            RECEIPT,
            lambda s: s["properties"]["receipt_no"].update(pattern="^.*$"),
            ["/receipt_no/pattern changed from '^[A-Za-z0-9_.:/-]{1,80}$' to '^.*$'"],
        ),
        (
            RECEIPT,
            lambda s: s["$defs"]["Text"]["properties"].pop("en"),  # in what a reference refers to, too
            [
                "/responsible/role/en the field is gone",
                "/step_name/en the field is gone",
                "/supervisor/role/en the field is gone",
            ],
        ),
        (
            RECEIVED,
            lambda s: s["properties"]["applicant_name"].pop("x-personal"),
            ["/applicant_name/x-personal is gone; it was True"],
        ),
        (
            SUBMITTED,
            lambda s: s["properties"]["permanent"].update(default=False),
            ["/permanent/default changed from True to False"],
        ),
        (
            SUBMITTED,
            lambda s: s.update(additionalProperties=True),
            ["/additionalProperties changed from False to True"],
        ),
    ],
)
def test_a_change_of_a_released_version_is_told(
    name: str, change: Callable[[Schema], object], sentences: list[str]
) -> None:
    assert told(name, change) == sentences


def test_a_version_that_is_gone_is_told() -> None:
    present = schemas()
    rest = {name: one for name, one in present.items() if name != RECEIVED}
    assert [str(one) for one in compare(present, rest)] == [
        f"{RECEIVED} /: is gone; what was once written must stay readable"
    ]
    assert compare(rest, present) == []  # a new version is no change of an old one


def test_texts_for_people_may_change() -> None:
    assert told(RECEIPT, lambda s: s.update(description="another word")) == []
    assert told(RECEIPT, lambda s: s["$defs"]["Officer"].update(description="another word")) == []
