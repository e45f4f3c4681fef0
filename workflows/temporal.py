"""The connection to Temporal: pydantic models across it, and stable codes instead of failure texts."""

import dataclasses
from collections.abc import Sequence

from temporalio.api.failure.v1 import Failure
from temporalio.client import Client, Interceptor
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverter, PayloadConverter

from events.errors import MingdianError


class CodeOnlyFailureConverter(DefaultFailureConverter):
    """Lets a failure into the history as a code alone: its text, stack and causes may quote personal data."""

    def to_failure(
        self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure
    ) -> None:
        """Convert, then take away all but the kind of failure and its code."""
        super().to_failure(exception, payload_converter, failure)
        if isinstance(exception, MingdianError) and failure.HasField("application_failure_info"):
            failure.application_failure_info.type = exception.code
        _strip(failure)


def _strip(failure: Failure) -> None:
    code = _code(failure)
    failure.message = code
    failure.stack_trace = ""
    failure.ClearField("encoded_attributes")
    if failure.HasField("application_failure_info"):
        failure.application_failure_info.type = code
        failure.application_failure_info.ClearField("details")
    failure.ClearField("cause")


def _code(failure: Failure) -> str:
    """The outermost application error's type; the kind of failure where there is none."""
    kind: str = failure.WhichOneof("failure_info") or "failure"
    while True:
        if failure.HasField("application_failure_info") and failure.application_failure_info.type:
            return failure.application_failure_info.type
        if not failure.HasField("cause"):
            return kind
        failure = failure.cause


def data_converter() -> DataConverter:
    """Return the converter of clients, workers and replayers alike."""
    return dataclasses.replace(pydantic_data_converter, failure_converter_class=CodeOnlyFailureConverter)


async def connect(address: str, namespace: str, interceptors: Sequence[Interceptor] = ()) -> Client:
    """Connect to `host:port`. Raises RuntimeError when it does not answer."""
    return await Client.connect(
        address, namespace=namespace, data_converter=data_converter(), interceptors=list(interceptors)
    )
