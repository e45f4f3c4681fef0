"""What the leaves of a root are, whichever way they are computed, and how roots follow one another."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import roots
from events.catalogue.roots_events import RootSealed, Span
from events.consumer import Record
from events.envelope import recompute_hash
from events.roots import FIRST, RootKeys, follows, index_of, is_signed, leaf_data, leaves, next_seal, sign

KEY = bytes(range(32))
Json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
Bodies = st.fixed_dictionaries(
    {"data": Json, "type": st.text(max_size=5)}, optional={"extra": Json, "é": st.text(max_size=2)}
)


def by_definition(value: bytes) -> bytes:
    try:
        body = json.loads(value)
        if isinstance(body, dict) and recompute_hash(body) == body.get("hash"):
            return bytes.fromhex(body["hash"])
    except ValueError:
        pass
    return hashlib.sha256(value).digest()


@given(Bodies, st.booleans())
def test_a_leaf_is_what_the_definition_says(body: dict[str, Any], honest: bool) -> None:
    try:
        body["hash"] = recompute_hash(body) if honest else "0" * 64
    except ValueError:
        body["hash"] = "0" * 64  # integers that JSON can't carry exactly
    value = json.dumps(body, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert leaf_data(value) == by_definition(value)


@pytest.mark.parametrize(
    "value", [b"", b"{}", b"[]", b"null", b"\xff", b'{"data":1,"hash":"x"}', b"[" * 9999]
)
def test_what_is_no_event_is_attested_as_it_lies(value: bytes) -> None:
    assert leaf_data(value) == hashlib.sha256(value).digest()


def record(offset: int) -> Record:
    return Record("t", 0, offset, 0, None, str(offset).encode(), ())


@given(st.integers(0, 9), st.lists(st.booleans(), max_size=20))
def test_there_is_one_leaf_per_offset_whatever_is_missing(start: int, there: list[bool]) -> None:
    span = Span(topic="t", partition=0, start=start, end=start + len(there))
    found = [record(start + place) for place, is_there in enumerate(there) if is_there]
    data = [leaf for batch in leaves(span, [found[:3], found[3:]]) for leaf in batch]
    assert data == [
        leaf_data(str(start + place).encode() if is_there else b"") for place, is_there in enumerate(there)
    ]


SPANS = (
    Span(topic="a", partition=0, start=5, end=8),
    Span(topic="a", partition=1, start=0, end=0),
    Span(topic="b", partition=0, start=2, end=4),
)


def test_an_index_follows_from_a_place() -> None:
    places = [("a", 0, 5), ("a", 0, 6), ("a", 0, 7), ("b", 0, 2), ("b", 0, 3)]
    assert [index_of(SPANS, *place) for place in places] == [1, 2, 3, 4, 5]
    outside = [("a", 0, 4), ("a", 0, 8), ("a", 1, 0), ("c", 0, 2)]
    assert {index_of(SPANS, *place) for place in outside} == {None}


def root(number: int, previous: str, spans: tuple[Span, ...]) -> RootSealed:
    return RootSealed(
        number=number,
        sealed_at=datetime(2026, 1, 1, tzinfo=UTC),
        previous=previous,
        leaves=1 + sum(span.size for span in spans),
        spans=spans,
        root=f"{number:064x}",
        public_key=roots.public_key(KEY),
        signature="AA==",
    )


def test_a_root_follows_only_from_where_the_last_one_ended() -> None:
    first = root(1, FIRST, SPANS)
    onward = tuple(span.model_copy(update={"start": span.end, "end": span.end + 1}) for span in SPANS)
    assert follows(None, first)
    assert follows(first, root(2, first.root, onward))
    assert follows(first, root(2, first.root, (*onward, Span(topic="new", partition=0, start=0, end=1))))
    assert not follows(None, root(2, FIRST, SPANS))
    assert not follows(first, root(2, FIRST, onward))
    assert not follows(first, root(3, first.root, onward))
    assert not follows(first, root(2, first.root, onward[1:]))
    assert not follows(first, root(2, first.root, SPANS))


def test_a_signature_holds_for_these_data_alone() -> None:
    unsigned = root(1, FIRST, SPANS).as_data()
    signed = {**unsigned, "signature": sign(KEY, unsigned)}
    assert is_signed(signed)
    assert sign(KEY, signed) == signed["signature"], "the same at every call"
    for name, other in {"root": "1" * 64, "number": 2, "public_key": roots.public_key(bytes(32))}.items():
        assert not is_signed(signed | {name: other})
    for broken in ({}, {"public_key": 1, "signature": "x"}, signed | {"signature": "AA=="}):
        assert not is_signed(broken)


def test_a_key_is_trusted_as_far_as_it_was_ours() -> None:
    ours, next_ours = roots.public_key(KEY), roots.public_key(bytes(32))
    third = root(3, "0" * 64, SPANS)  # signed by KEY, says the helper above
    assert RootKeys(ours).trust(third)
    assert not RootKeys(next_ours).trust(third)
    assert not RootKeys(None).trust(third)
    assert RootKeys(next_ours, {ours: 3}).trust(third)
    assert not RootKeys(next_ours, {ours: 2}).trust(third)


def test_roots_are_sealed_at_midnight() -> None:
    noon = datetime(2026, 12, 31, 12, tzinfo=UTC)
    assert next_seal(noon) == datetime(2027, 1, 1, tzinfo=UTC)
    midnight = next_seal(noon)
    assert next_seal(midnight) == midnight + timedelta(days=1)
