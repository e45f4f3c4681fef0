"""The lifecycles by name, and a case file of one without Temporal: for those who tell cases to themselves."""

from datetime import datetime, timedelta

from workflows.casefile import CaseFile, Process
from workflows.connection import HighVoltageConnection, LowVoltageConnection
from workflows.messages import FactMessage
from workflows.opening import open_case
from workflows.policy.model import Policy
from workflows.run import CaseRun

LIFECYCLES: dict[str, type[CaseRun]] = {
    "HighVoltageConnection": HighVoltageConnection,
    "LowVoltageConnection": LowVoltageConnection,
}


def process_of(lifecycle: type[CaseRun]) -> Process:
    """Return a lifecycle's process without its run, of which it reads nothing."""
    bare: CaseRun = object.__new__(lifecycle)
    return bare.process


def open_file(policy: Policy, opening: FactMessage, number: str, wait: timedelta, now: datetime) -> CaseFile:
    """Return the case file that an opening fact begins; `wait` is both the early and the late one."""
    name, start = open_case(policy, opening, number, wait, wait)
    lifecycle = LIFECYCLES[name]
    return CaseFile(start, process_of(lifecycle), lifecycle.step_facts, now)
