"""Traces: one provider per process, W3C headers between them, a file of spans if the settings ask for it.

A span may come from a library that notes an exception's text or an address, which may hold what somebody sent
us. Before spans leave the process, what is not listed here is taken out; of an exception its type stays.
"""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from opentelemetry import propagate, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    ConsoleSpanExporter,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.trace import Status
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes

_TOLD = (
    "temporal",
    "messaging.",
    "mingdian.",
    "server.",
    "network.protocol.",
    "http.route",
    "http.request.",
    "http.response.",
    "url.scheme",
)
"""How the attributes begin that may leave: the route of a request, but no address of one."""

_OF_EVENTS = ("exception.type",)


class Discreet(SpanExporter):
    """Hands spans on with what may be told."""

    def __init__(self, onward: SpanExporter) -> None:
        self._onward = onward

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Export the spans, bare of the rest."""
        return self._onward.export([discreet(span) for span in spans])

    def shutdown(self) -> None:
        """End the exporter behind this one."""
        self._onward.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Wait for the exporter behind this one."""
        return self._onward.force_flush(timeout_millis)


def discreet(span: ReadableSpan) -> ReadableSpan:
    """Return the span with the attributes that are listed, its status bare, of an exception only the type."""
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_listed(span.attributes, _TOLD),
        events=[Event(one.name, _listed(one.attributes, _OF_EVENTS), one.timestamp) for one in span.events],
        links=span.links,
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _listed(attributes: Attributes, beginnings: tuple[str, ...]) -> Attributes:
    return {name: value for name, value in (attributes or {}).items() if name.startswith(beginnings)}


def configure(name: str, traces: Path | None) -> Callable[[], None]:
    """Set this process's tracer provider; returns what flushes and ends it.

    Without `traces` spans still carry their context from process to process, they are only not kept. Only the
    trace context travels, no baggage: baggage is free text of the caller's.
    """
    provider = TracerProvider(resource=Resource.create({"service.name": f"mingdian-{name}"}))
    trace.set_tracer_provider(provider)
    propagate.set_global_textmap(TraceContextTextMapPropagator())
    if traces is None:
        return provider.shutdown
    traces.parent.mkdir(parents=True, exist_ok=True)
    # Line by line into a file opened for appending: several processes share it, and a line is one write.
    file = traces.open("a", encoding="utf-8", buffering=1)
    onward = ConsoleSpanExporter(out=file, formatter=_one_line)
    provider.add_span_processor(BatchSpanProcessor(Discreet(onward)))

    def end() -> None:
        provider.shutdown()
        file.close()

    return end


def _one_line(span: ReadableSpan) -> str:
    line: str = span.to_json(indent=None)
    return line + os.linesep
