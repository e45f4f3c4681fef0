"""Sealing: what opens, what does not, and what people type."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.personal import SealedValue
from events.sealing import (
    KEY_BYTES,
    Masters,
    SealingError,
    StreamKey,
    StreamKeys,
    blind_index,
    master_id,
    one_master,
    receipt_code,
    same_code,
    seal,
    unseal,
)

MASTER, NEXT = bytes(range(32)), bytes(range(1, 33))


def keys(*masters: bytes) -> StreamKeys:
    """Stream keys under these masters, the last one current."""
    return StreamKeys(lambda: Masters(master_id(masters[-1]), {master_id(key): key for key in masters}))


@given(st.text())
def test_a_sealed_value_opens_where_it_belongs(clear: str) -> None:
    key = keys(MASTER).make().key
    sealed = seal(key, "HN-2026-000001", "applicant_name", clear)
    assert unseal(key, "HN-2026-000001", "applicant_name", sealed) == clear


@pytest.mark.parametrize(
    ("subject", "field"),
    [("HN-2026-000002", "applicant_name"), ("HN-2026-000001", "applicant_phone")],
)
def test_a_sealed_value_moved_elsewhere_does_not_open(subject: str, field: str) -> None:
    key = keys(MASTER).make().key
    sealed = seal(key, "HN-2026-000001", "applicant_name", "Wang")
    with pytest.raises(SealingError):
        unseal(key, subject, field, sealed)


def test_another_key_or_broken_text_does_not_open() -> None:
    key = keys(MASTER).make().key
    sealed = seal(key, "s", "f", "Wang")
    with pytest.raises(SealingError):
        unseal(StreamKey(key.kid, secrets.token_bytes(KEY_BYTES)), "s", "f", sealed)
    with pytest.raises(SealingError):
        unseal(key, "s", "f", SealedValue(kid=key.kid, nonce="?", ct=sealed.ct))


def test_a_stream_key_is_wrapped_by_the_master_key_and_bound_to_its_id() -> None:
    made = keys(MASTER).make()
    assert made.master == master_id(MASTER) == one_master(MASTER).current
    assert made.key.key not in made.wrapped
    assert keys(MASTER).open(made.key.kid, made.wrapped) == made.key
    with pytest.raises(SealingError):
        keys(MASTER).open("another", made.wrapped)
    with pytest.raises(SealingError):
        keys(secrets.token_bytes(KEY_BYTES)).open(made.key.kid, made.wrapped)


def test_while_the_master_key_is_rotated_both_open_and_the_new_one_wraps() -> None:
    old = keys(MASTER).make()
    both = keys(MASTER, NEXT)
    assert both.open(old.key.kid, old.wrapped) == old.key
    assert both.make().master == master_id(NEXT)
    again = both.rewrap(old.key.kid, old.wrapped)
    assert (again.key, again.master) == (old.key, master_id(NEXT))
    assert keys(NEXT).open(again.key.kid, again.wrapped) == old.key
    with pytest.raises(SealingError):
        keys(NEXT).open(old.key.kid, old.wrapped)


def test_a_key_does_not_show_itself() -> None:
    made = keys(MASTER).make()
    for shown in (repr(made.key), repr(one_master(MASTER))):
        assert str(made.key.key) not in shown
        assert str(MASTER) not in shown


def test_the_blind_index_tells_nothing_without_its_secret() -> None:
    secret = b"s" * 32
    assert blind_index(secret, "13800000000") == blind_index(secret, "13800000000")
    assert blind_index(secret, "13800000000") != blind_index(secret, "13800000001")
    assert blind_index(secret, "13800000000") != blind_index(b"t" * 32, "13800000000")


def test_a_receipt_code_is_stable_and_changes_with_a_reissue() -> None:
    code = receipt_code(b"r" * 32, "HN-2026-000001", 0)
    assert code == receipt_code(b"r" * 32, "HN-2026-000001")
    assert len(code) == 10
    assert not set(code) & set("ILOU")
    assert code != receipt_code(b"r" * 32, "HN-2026-000001", 1)
    assert code != receipt_code(b"r" * 32, "HN-2026-000002", 0)


@pytest.mark.parametrize(
    "typed",
    [
        "0123456789",
        "o123456789",
        "O1234-56789",
        "oi23456789",
        "0l23 4567 89",
        " 0123456789\n",
        "０１２３４５６７８９",
    ],
)
def test_a_code_is_understood_as_people_type_it(typed: str) -> None:
    assert same_code(typed, "0123456789")


@pytest.mark.parametrize("typed", ["", "0123456788", "01234567890", "密码"])
def test_a_wrong_code_is_wrong(typed: str) -> None:
    assert not same_code(typed, "0123456789")
