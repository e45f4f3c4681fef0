"""The lifecycles by name, and the process of each without its run."""

from workflows.casefile import Process
from workflows.connection import HighVoltageConnection, LowVoltageConnection
from workflows.dispute import LateDispute
from workflows.run import CaseRun

LIFECYCLES: dict[str, type[CaseRun]] = {
    "HighVoltageConnection": HighVoltageConnection,
    "LowVoltageConnection": LowVoltageConnection,
    "LateDispute": LateDispute,
}


def process_of(lifecycle: type[CaseRun]) -> Process:
    """Return a lifecycle's process without its run, of which it reads nothing."""
    bare: CaseRun = object.__new__(lifecycle)
    return bare.process
