"""Hands facts to cases in Temporal, and tells apart what is away from what can never be delivered."""

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from events.catalogue.registry import stream_of
from events.errors import MingdianError
from workflows.intake.numbers import PROJECT
from workflows.messages import (
    APPLY_FACT,
    POLICY,
    TASK_QUEUE,
    CaseStart,
    FactMessage,
    FactOutcome,
    NamedProject,
)
from workflows.opening import About, open_case, open_dispute, open_project, opens_project
from workflows.policy.model import CaseSlice, Policy
from workflows.project_messages import STANDING, ProjectOutcome, ProjectStart, Standing

T = TypeVar("T")

CALL_SECONDS = 15.0

CASE_CLOSED = "case_closed"
"""Code of a fact that came too late: its run is gone, or does not take it any more."""

_MAX_ID_BYTES = 1000
"""Temporal's own limit on an update id."""
_RUN_IS_FULL = "limit on the total number of distinct updates"
"""How Temporal tells, in words alone, that a run takes no more updates (2,000 unless set otherwise)."""


Start = CaseStart | ProjectStart
Seating = Callable[[Policy, Start], Awaitable[Start]]
"""Seats an officer in each role of a case or project that is about to begin."""


class EngineAwayError(MingdianError):
    """Temporal, or every worker, is away. Trying again is right; the update's id makes it harmless."""

    def __init__(self) -> None:
        super().__init__("engine_away", "Temporal or its workers do not answer. Try again.")


class UndeliverableError(MingdianError):
    """The fact can't reach its case, now or later: it goes to the dead letters under this code."""


@dataclass(frozen=True)
class Engine:
    """Temporal as delivery sees it."""

    client: Client
    policies: Mapping[str, Policy]
    early_wait: timedelta
    late_grace: timedelta

    async def begin(
        self,
        number: str,
        profile: str,
        fact: FactMessage,
        about: About | None = None,
        seat: Seating | None = None,
        *,
        project: NamedProject | None = None,
    ) -> None:
        """Start the case with its first fact; one `about` a closed case is a late dispute. `seat` chooses
        its officers; `project` is the one that the application names. One that has begun already is fine:
        the number is ours."""
        policy = self.policies.get(profile)
        if policy is None:
            raise UndeliverableError(
                "unknown_profile", "The profile is not served any more. List it and replay."
            )
        try:
            workflow, start = await self._opened(policy, number, fact, about, seat)
            if project is not None:
                start = start.model_copy(update={"project": project})
        except MingdianError as error:
            raise UndeliverableError(error.code, error.sentence) from None
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await self.client.start_workflow(
                    workflow,
                    start,
                    id=number,
                    task_queue=TASK_QUEUE,
                    id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                )
        except WorkflowAlreadyStartedError:
            return
        except RPCError as error:
            raise sorted_out(error) from None
        except TimeoutError:
            raise EngineAwayError from None

    async def _opened(
        self, policy: Policy, number: str, fact: FactMessage, about: About | None, seat: Seating | None
    ) -> tuple[str, Start]:
        """The lifecycle's name and its argument."""
        workflow: str
        start: Start
        if opens_project(fact):
            workflow, start = open_project(policy, fact, number, self.late_grace)
        elif about is None:
            workflow, start = open_case(policy, fact, number, self.early_wait, self.late_grace)
        else:
            workflow, start = open_dispute(
                policy, fact, number, about, wait=self.early_wait, grace=self.late_grace
            )
        return workflow, start if seat is None else await seat(policy, start)

    async def apply(self, number: str, fact: FactMessage) -> FactOutcome:
        """Hand a later fact to its case and return the fate that the case tells."""
        handle = self.client.get_workflow_handle(number)
        try:
            async with asyncio.timeout(CALL_SECONDS):
                kind = ProjectOutcome if stream_of(fact.type) == PROJECT else FactOutcome
                fate: FactOutcome = await handle.execute_update(
                    APPLY_FACT, fact, id=temporal_id(fact), result_type=kind
                )
                return fate
        except WorkflowUpdateFailedError:
            # The form was checked and a case answers with a fate: most likely the run ended meanwhile.
            raise await self._why_not(number, "update_failed") from None
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                raise await self._why_not(number, None) from None
            raise sorted_out(error) from None
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
            raise EngineAwayError from None

    async def runs(self, number: str) -> bool:
        """Whether the run of a case is still there. Raises `EngineAwayError`."""
        try:
            async with asyncio.timeout(CALL_SECONDS):
                found = await self.client.get_workflow_handle(number).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND and await self._serves():
                return False  # past its retention
            raise EngineAwayError from None
        except TimeoutError:
            raise EngineAwayError from None
        return found.status is WorkflowExecutionStatus.RUNNING

    async def policy(self, number: str) -> CaseSlice | None:
        """Return what a case lives by; None when its run is gone. Raises `EngineAwayError`, also for a run
        that gives no answer."""
        return await self._asked(number, POLICY, CaseSlice)

    async def standing(self, number: str) -> Standing | None:
        """Return how a project stands; None when its run is gone. Raises as `policy`."""
        return await self._asked(number, STANDING, Standing)

    async def _asked(self, number: str, query: str, kind: type[T]) -> T | None:
        handle = self.client.get_workflow_handle(number)
        try:
            told: T = await handle.query(query, result_type=kind, rpc_timeout=timedelta(seconds=CALL_SECONDS))
            return told
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND and await self._serves():
                return None
            raise EngineAwayError from None
        except WorkflowQueryFailedError:
            return None

    async def _why_not(self, number: str, otherwise: str | None) -> MingdianError:
        """After a refused update: is the case over, or the engine unwell?"""
        closed = UndeliverableError(CASE_CLOSED, "The case is closed and takes no more facts.")
        try:
            async with asyncio.timeout(CALL_SECONDS):
                found = await self.client.get_workflow_handle(number).describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND and await self._serves():
                return closed  # past its retention
            return EngineAwayError()
        except TimeoutError:
            return EngineAwayError()
        if found.status is not WorkflowExecutionStatus.RUNNING:
            return closed
        if otherwise:
            return UndeliverableError(
                otherwise, "The case could not take the fact. See its history, then replay."
            )
        return EngineAwayError()

    async def _serves(self) -> bool:
        """Whether the namespace is there: without it, every case looks unknown."""
        with contextlib.suppress(RPCError, TimeoutError):
            async with asyncio.timeout(CALL_SECONDS):
                await self.client.workflow_service.describe_namespace(
                    DescribeNamespaceRequest(namespace=self.client.namespace)
                )
                return True
        return False


def temporal_id(fact: FactMessage) -> str:
    """The id of the fact's update; shortened, and still the fact's alone, where Temporal takes no longer
    one."""
    whole = fact.update_id
    raw = whole.encode()
    return whole if len(raw) <= _MAX_ID_BYTES else f"sha256:{hashlib.sha256(raw).hexdigest()}|{fact.n}"


def sorted_out(error: RPCError) -> MingdianError:
    """Only what Temporal calls our own mistake, or never takes, is parked; anything else may pass."""
    if error.status is RPCStatusCode.FAILED_PRECONDITION and _RUN_IS_FULL in error.message:
        return UndeliverableError(
            "engine_refused",
            "The case has taken as many facts as Temporal allows a run. Raise its history.maxTotalUpdates, "
            "then replay.",
        )
    if error.status is RPCStatusCode.INVALID_ARGUMENT:
        return UndeliverableError(
            "engine_refused", "Temporal refuses the fact, perhaps for its size. See the logs."
        )
    return EngineAwayError()
