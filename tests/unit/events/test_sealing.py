"""Sealing: what opens, what does not, and what people type."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.personal import SealedValue
from events.sealing import (
    KEY_BYTES,
    SealingError,
    StreamKey,
    StreamKeys,
    blind_index,
    receipt_code,
    same_code,
    seal,
    unseal,
)

MASTER = bytes(range(32))


@given(st.text())
def test_a_sealed_value_opens_where_it_belongs(clear: str) -> None:
    key, _ = StreamKeys(MASTER).make()
    assert (
        unseal(key, "HN-2026-000001", "applicant_name", seal(key, "HN-2026-000001", "applicant_name", clear))
        == clear
    )


@pytest.mark.parametrize(
    ("subject", "field"),
    [("HN-2026-000002", "applicant_name"), ("HN-2026-000001", "applicant_phone")],
)
def test_a_sealed_value_moved_elsewhere_does_not_open(subject: str, field: str) -> None:
    key, _ = StreamKeys(MASTER).make()
    sealed = seal(key, "HN-2026-000001", "applicant_name", "Wang")
    with pytest.raises(SealingError):
        unseal(key, subject, field, sealed)


def test_another_key_or_broken_text_does_not_open() -> None:
    key, _ = StreamKeys(MASTER).make()
    sealed = seal(key, "s", "f", "Wang")
    with pytest.raises(SealingError):
        unseal(StreamKey(key.kid, secrets.token_bytes(KEY_BYTES)), "s", "f", sealed)
    with pytest.raises(SealingError):
        unseal(key, "s", "f", SealedValue(kid=key.kid, nonce="?", ct=sealed.ct))


def test_a_stream_key_is_wrapped_by_the_master_key_and_bound_to_its_id() -> None:
    keys = StreamKeys(MASTER)
    key, wrapped = keys.make()
    assert key.key not in wrapped
    assert keys.open(key.kid, wrapped) == key
    with pytest.raises(SealingError):
        keys.open("another", wrapped)
    with pytest.raises(SealingError):
        StreamKeys(secrets.token_bytes(KEY_BYTES)).open(key.kid, wrapped)


def test_a_key_does_not_show_itself() -> None:
    key, _ = StreamKeys(MASTER).make()
    assert str(key.key) not in repr(key)


def test_the_blind_index_ignores_spacing_only() -> None:
    secret = b"s" * 32
    assert blind_index(secret, "138 0000-0000") == blind_index(secret, " 13800000000 ")
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
