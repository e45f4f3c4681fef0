"""The fast proof of an event is the exact one."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from events.canonical import digest
from events.envelope import recompute_hash
from events.reading import UnreadableError, hash_of, read_event
from tests.unit.projections.logs import events_of
from tests.unit.workflows.telling import household

_TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
_VALUE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXT,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(_TEXT, inside, max_size=4),
    max_leaves=12,
)
EVENT = events_of(household())[0]


@given(st.dictionaries(_TEXT, _VALUE, max_size=5))
def test_any_data_has_the_hash_of_its_canonical_form(data: dict[str, Any]) -> None:
    body = orjson.loads(rfc8785.dumps({**EVENT.as_json(), "data": data}))
    assert told(hash_of, body) == told(recompute_hash, body)


@given(st.dictionaries(_TEXT, _VALUE, max_size=5))
def test_any_event_is_read_back_from_the_bytes_that_were_sealed(data: dict[str, Any]) -> None:
    try:
        sent = rfc8785.dumps(orjson.loads(sealed(data=data)))
    except rfc8785.CanonicalizationError:  # an integer that JSON can't carry exactly: never sealed
        return
    assert read_event(sent).data == orjson.loads(sent)["data"]


def test_what_says_a_thing_twice_was_never_sealed() -> None:
    """Its readers would not agree on what it says, whatever its hash."""
    body = EVENT.as_json()
    rest = rfc8785.dumps({name: value for name, value in body.items() if name != "hash"})
    twice = rest.replace(b'"id":', b'"data":{"hidden":"1"},"id":')
    forged = hashlib.sha256(twice).hexdigest().encode()
    with pytest.raises(UnreadableError) as raised:
        read_event(twice.replace(b'"id":', b'"hash":"%b","id":' % forged))
    assert raised.value.code == "hash_differs"


def told(hasher: Callable[[dict[str, Any]], str], body: dict[str, Any]) -> str:
    try:
        return hasher(body)
    except ValueError as error:  # an integer that JSON can't carry exactly
        return type(error).__name__


def test_keys_beyond_the_basic_plane_are_ordered_as_the_standard_says() -> None:
    """UTF-16 puts U+10000 before U+FFFF, UTF-8 does not."""
    body = {**EVENT.as_json(), "data": {"\uffff": 1, "\U00010000": 2}}
    assert hash_of(body) == recompute_hash(body)


def sealed(**changes: Any) -> bytes:
    body = {**EVENT.as_json(), **changes}
    body["hash"] = digest({name: value for name, value in body.items() if name != "hash"})
    return orjson.dumps(body)


def test_an_event_is_read_back_as_it_was() -> None:
    assert read_event(EVENT.as_bytes()) == EVENT
    assert read_event(json.dumps(EVENT.as_json(), indent=2).encode()) == EVENT


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"null",
        b"[" * 50_000,
        b'{"a": NaN}',
        b"\xff\xfe",
        EVENT.as_bytes()[:-1],
        sealed(sequence="x"),
        sealed(sequence="000000000"),
        sealed(id="HN-2026-000009:1"),
        sealed(time="2026-09-01T00:00:00"),
        sealed(unknown="1"),
        json.dumps({**EVENT.as_json(), "data": {"n": 2**60}}).encode(),
        json.dumps({**EVENT.as_json(), "data": {"t": "\ud800"}}).encode(),
    ],
)
def test_what_is_no_event_is_unreadable_and_nothing_worse(value: bytes) -> None:
    with pytest.raises(UnreadableError) as raised:
        read_event(value)
    assert raised.value.code == "unreadable"


def test_one_changed_letter_is_found() -> None:
    with pytest.raises(UnreadableError) as raised:
        read_event(EVENT.as_bytes().replace(b"HN-2026-000001", b"HN-2026-000002"))
    assert raised.value.code == "hash_differs"
