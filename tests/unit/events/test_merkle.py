"""The trees: vectors of RFC 6962's own implementation, and properties of every list."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.merkle import (
    BLOCK,
    BlockTree,
    leaf_hash,
    node_hash,
    path,
    path_in_blocks,
    root_from,
    root_of,
    sides,
)

INPUTS = (
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
)
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)

Lists = st.lists(st.binary(max_size=40), min_size=1, max_size=70)


def leaves(data: list[bytes]) -> list[bytes]:
    return [leaf_hash(one) for one in data]


def by_definition(data: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not data:
        return hashlib.sha256(b"").digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    half = 1
    while half * 2 < len(data):
        half *= 2
    return hashlib.sha256(b"\x01" + by_definition(data[:half]) + by_definition(data[half:])).digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_of_the_standard(size: int) -> None:
    data = [bytes.fromhex(text) for text in INPUTS[:size]]
    assert root_of(leaves(data)).hex() == ROOTS[size - 1]


def test_an_empty_list_has_the_hash_of_nothing() -> None:
    assert root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(Lists)
def test_a_growing_tree_ends_where_the_definition_does(data: list[bytes]) -> None:
    assert root_of(leaves(data)) == by_definition(data)


@given(Lists)
def test_every_leaf_leads_to_the_root(data: list[bytes]) -> None:
    hashes = leaves(data)
    root = root_of(hashes)
    for index, leaf in enumerate(hashes):
        assert root_from(leaf, index, len(hashes), path(hashes, index)) == root


@given(Lists, st.data())
def test_nothing_else_leads_to_the_root(data: list[bytes], draw: st.DataObject) -> None:
    hashes = leaves(data)
    index = draw.draw(st.integers(0, len(data) - 1))
    root, way, size = root_of(hashes), path(hashes, index), len(hashes)
    assert root_from(leaf_hash(data[index] + b"."), index, size, way) != root
    for place in range(len(way)):
        bent = [*way[:place], bytes(32), *way[place + 1 :]]
        assert root_from(hashes[index], index, size, bent) != root
    for wrong in (way[:-1], [*way, bytes(32)]):
        if len(wrong) != len(way):
            with pytest.raises(ValueError, match="path is too"):
                root_from(hashes[index], index, size, wrong)


@given(Lists, st.data())
def test_the_sides_are_enough_to_check_by_hand(data: list[bytes], draw: st.DataObject) -> None:
    hashes = leaves(data)
    index = draw.draw(st.integers(0, len(data) - 1))
    found = hashes[index]
    for sibling, left in zip(path(hashes, index), sides(index, len(hashes)), strict=True):
        found = node_hash(sibling, found) if left else node_hash(found, sibling)
    assert found == root_of(hashes)


@pytest.mark.parametrize("size", [1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 5 * BLOCK + 17])
def test_a_tree_of_blocks_is_the_same_tree(size: int) -> None:
    data = [str(number).encode() for number in range(size)]
    tree, hashes = BlockTree(), leaves(data)
    for one in data:
        tree.add(one)
    assert tree.size == size
    assert tree.root() == root_of(hashes)
    for index in {0, size // 3, size - 1}:
        start = index - index % BLOCK
        way = path_in_blocks(hashes[start : start + BLOCK], tree.blocks(), index)
        assert way == path(hashes, index)
        assert root_from(hashes[index], index, size, way) == tree.root()


def test_a_leaf_is_no_node() -> None:
    left, right = leaves([b"a", b"b"])
    assert leaf_hash(left + right) != node_hash(left, right)


def test_an_index_outside_is_refused() -> None:
    with pytest.raises(IndexError):
        path(leaves([b"a"]), 1)
    with pytest.raises(ValueError, match="outside"):
        root_from(leaf_hash(b"a"), 1, 1, [])


def test_lists_that_differ_by_a_leaf_differ_by_their_root() -> None:
    roots = [root_of(leaves([b"x"] * size)) for size in range(1, 40)]
    assert all(one != other for one, other in pairwise(roots))
    assert len(set(roots)) == len(roots)
