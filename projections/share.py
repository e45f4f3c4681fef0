"""Shares a read model's partitions among all engines that fold it, through PostgreSQL's advisory locks.

An engine holds one shared lock that says *I am here*, and one exclusive lock for each partition it folds.
Locks go with their connection, so a killed engine's partitions are free at once. Fairness rests on this;
exactness does not: the offsets' compare-and-set alone keeps a zombie from writing.
"""

from collections.abc import Sequence

from projections.projection import ReadModel
from projections.store import Connection

_HERE = 0  # the second key of the lock that says so; partition n has n + 1


class Share:
    """What one engine holds. Every call is made between two batches, on the engine's own connection."""

    def __init__(self, db: Connection, model: ReadModel, partitions: Sequence[int]) -> None:
        """Join. `partitions`: all of the topic."""
        self._db = db
        self._partitions = sorted(partitions)
        self._name = f"{model.name}:{model.build}"
        self.mine: list[int] = []
        db.execute("SELECT pg_advisory_lock_shared(hashtext(%s), %s)", (self._name, _HERE))

    def settle(self) -> bool:
        """Take or give partitions towards a fair share; return whether anything changed."""
        before = list(self.mine)
        fair = -(-len(self._partitions) // max(1, self._engines()))
        while len(self.mine) > fair:
            self._db.execute("SELECT pg_advisory_unlock(hashtext(%s), %s)", (self._name, self.mine.pop() + 1))
        for partition in self._partitions:
            if len(self.mine) < fair and partition not in self.mine and self._try(partition):
                self.mine.append(partition)
        return self.mine != before

    def _try(self, partition: int) -> bool:
        found = self._db.execute(
            "SELECT pg_try_advisory_lock(hashtext(%s), %s)", (self._name, partition + 1)
        ).fetchone()
        return found is not None and bool(found[0])

    def _engines(self) -> int:
        found = self._db.execute(
            "SELECT count(DISTINCT pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND classid = (hashtext(%s)::bigint & 4294967295)::oid AND objid = %s AND objsubid = 2",
            (self._name, _HERE),
        ).fetchone()
        return int(found[0]) if found else 1
