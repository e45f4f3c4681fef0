"""Traces: one provider per process, W3C headers between them, a file of spans if the settings ask for it."""

import os
from collections.abc import Callable
from pathlib import Path

from opentelemetry import propagate, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator


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
    provider.add_span_processor(BatchSpanProcessor(ConsoleSpanExporter(out=file, formatter=_one_line)))

    def end() -> None:
        provider.shutdown()
        file.close()

    return end


def _one_line(span: ReadableSpan) -> str:
    line: str = span.to_json(indent=None)
    return line + os.linesep
