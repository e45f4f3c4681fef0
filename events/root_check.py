"""Recomputes the roots from the log: was anything that they stand for changed, removed or put between?"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from events.consumer import Consumer, PositionLostError
from events.merkle import BlockTree
from events.root_log import LoggedRoot, read_roots
from events.roots import RootKeys, follows
from events.spans import grow


class RootChecked(NamedTuple):
    """A root as recomputed. `code` is None when all is well; else `root_gap` (it does not continue the one
    before), `root_differs` (the log has changed since), `log_shorter` (a part of the log is gone) or
    `root_by_stranger` (its key is none of ours; not recomputed)."""

    logged: LoggedRoot
    tree: BlockTree
    code: str | None


def check_roots(
    consumer: Consumer, keys: RootKeys, watch: Callable[[int], None] = lambda leaves: None
) -> Iterator[RootChecked]:
    """Yield what strangers have signed, then every root in order, recomputed. Blocking; memory grows by 32
    bytes per block of one root.

    `watch` is told how many leaves were read since it was last told. Raises `BusAwayError`.
    """
    read = read_roots(consumer, keys)
    for stranger in read.strangers:
        yield RootChecked(stranger, BlockTree(), "root_by_stranger")
    before = None
    for logged in read.roots:
        tree = BlockTree()
        yield RootChecked(logged, tree, _fault(consumer, logged, before, tree, watch))
        before = logged


def _fault(
    consumer: Consumer,
    logged: LoggedRoot,
    before: LoggedRoot | None,
    tree: BlockTree,
    watch: Callable[[int], None],
) -> str | None:
    root, told = logged.root, 0
    if not follows(before.root if before else None, root):
        return "root_gap"
    try:
        for size in grow(tree, consumer, root.previous, root.spans):
            watch(size - told)
            told = size
    except PositionLostError:
        return "log_shorter"
    return None if (tree.root().hex(), tree.size) == (root.root, root.leaves) else "root_differs"
