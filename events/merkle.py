"""Merkle trees as in RFC 6962: one hash that stands for a whole list, and short proofs of what is in it.

Leaves and nodes are hashed with different first bytes, so no node can be passed off as a leaf. Hashes are 32
bytes, SHA-256.
"""

import hashlib
from collections.abc import Sequence

_LEAF, _NODE = b"\x00", b"\x01"

BLOCK = 1024
"""Leaves per block, a power of two: a tree over the hashes of its blocks has the same root as the tree over
its leaves, so a proof needs the leaves of one block and the hashes of all blocks, however long the list."""


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf that holds `data`."""
    return hashlib.sha256(_LEAF + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of the node above two hashes."""
    return hashlib.sha256(_NODE + left + right).digest()


class Tree:
    """A tree that grows at its end and keeps one hash per level. `size` counts what was added."""

    def __init__(self) -> None:
        self.size = 0
        self._edge: list[bytes] = []  # the roots of the full subtrees, largest first

    def add(self, hash_: bytes) -> None:
        """Add the hash of a leaf, or of a whole block."""
        self._edge.append(hash_)
        above = self.size
        while above & 1:  # as many pairs are full as the size has ones at its end
            right, left = self._edge.pop(), self._edge.pop()
            self._edge.append(node_hash(left, right))
            above >>= 1
        self.size += 1

    def root(self) -> bytes:
        """Return the root; that of an empty tree is the hash of nothing."""
        if not self._edge:
            return hashlib.sha256(b"").digest()
        *lower, found = self._edge
        for left in reversed(lower):
            found = node_hash(left, found)
        return found


class BlockTree:
    """A growing tree that also keeps the hash of every block: 32 bytes for each `BLOCK` leaves."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._last = Tree()

    @property
    def size(self) -> int:
        """How many leaves were added."""
        return len(self._blocks) * BLOCK + self._last.size

    def add(self, data: bytes) -> None:
        """Add a leaf that holds `data`."""
        self._last.add(leaf_hash(data))
        if self._last.size == BLOCK:
            self._blocks.append(self._last.root())
            self._last = Tree()

    def blocks(self) -> list[bytes]:
        """Return the hashes of all blocks; the last may be a part of one."""
        return [*self._blocks, self._last.root()] if self._last.size else list(self._blocks)

    def root(self) -> bytes:
        """Return the root over all leaves."""
        return root_of(self.blocks())


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root over hashes of leaves (or of blocks)."""
    tree = Tree()
    for hash_ in hashes:
        tree.add(hash_)
    return tree.root()


def path(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Return what `root_from` needs beside the hash at `index`: the sibling hashes from there to the root.

    Raises IndexError when there is no such index.
    """
    if not 0 <= index < len(hashes):
        raise IndexError(index)
    if len(hashes) == 1:
        return []
    half = 1 << (len(hashes) - 1).bit_length() - 1  # the largest power of two below the size
    if index < half:
        return [*path(hashes[:half], index), root_of(hashes[half:])]
    return [*path(hashes[half:], index - half), root_of(hashes[:half])]


def path_in_blocks(block: Sequence[bytes], blocks: Sequence[bytes], index: int) -> list[bytes]:
    """Return the path of leaf `index` of the whole tree, from the leaf hashes of its own block and the hashes
    of all blocks. Raises IndexError."""
    return [*path(block, index % BLOCK), *path(blocks, index // BLOCK)]


def root_from(leaf: bytes, index: int, size: int, siblings: Sequence[bytes]) -> bytes:
    """Return the root that a leaf hash at `index` of `size` leaves and its path lead to (RFC 9162, 2.1.3.2).

    Raises ValueError when the path has not the length that index and size ask for.
    """
    if not 0 <= index < size:
        raise ValueError("the index lies outside the tree")
    here, last, found = index, size - 1, leaf
    for sibling in siblings:
        if last == 0:
            raise ValueError("the path is too long")
        if here & 1 or here == last:
            found = node_hash(sibling, found)
            while not here & 1 and here:  # no sibling on these levels: the edge of the tree
                here, last = here >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        here, last = here >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return found


def sides(index: int, size: int) -> list[bool]:
    """Return, for each hash of the path, whether it stands on the left: what one needs to check by hand."""
    found: list[bool] = []
    here, last = index, size - 1
    while last:
        if here & 1 or here == last:
            while not here & 1:
                here, last = here >> 1, last >> 1
            found.append(True)
        else:
            found.append(False)
        here, last = here >> 1, last >> 1
    return found
