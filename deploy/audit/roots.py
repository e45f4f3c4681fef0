"""The signed roots against the log: what a root stood for when it was sealed must still lie there."""

from deploy.audit.findings import Findings
from deploy.audit.reading import Show
from events.consumer import Consumer
from events.root_check import check_roots
from events.root_log import read_roots
from events.roots import RootKeys


def check(bootstrap: str, keys: RootKeys, findings: Findings, show: Show) -> None:
    """Recompute every root. `keys`: whose roots are ours. Blocking. Raises BusAwayError."""
    consumer = Consumer(bootstrap, client_id="audit", max_records=2_000)
    try:
        whole = sum(one.root.leaves for one in read_roots(consumer, keys).roots)
        done = 0

        def watch(leaves: int) -> None:
            nonlocal done
            done += leaves
            show(min(done, whole), whole)

        for one in check_roots(consumer, keys, watch):
            if one.code is not None:
                findings.add(one.code, one.logged.event.subject, f"root {one.logged.root.number}")
        show(whole, whole)
    finally:
        consumer.close()
