"""Trace context by hand: instrumentation of the client loses it at `poll`, so it is written and read here.

A record's processing is not a child of its sending (it may come hours later, in a batch): spans are linked.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

HEADER = "traceparent"
Headers = Sequence[tuple[str, bytes]]

_W3C = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("mingdian")


def current_traceparent() -> str | None:
    """Return the W3C `traceparent` of the span under way; None outside any."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get(HEADER)


def context_of(traceparent: str | None) -> Context | None:
    """Return the context that a `traceparent` names; None when there is none or it can't be read."""
    if not traceparent:
        return None
    context = _W3C.extract({HEADER: traceparent}, Context())
    return context if trace.get_current_span(context).get_span_context().is_valid else None


def readable(traceparent: str | None) -> str | None:
    """Return `traceparent` when it is a valid one, else None: a stranger's text is not passed on."""
    return traceparent if context_of(traceparent) is not None else None


def with_trace(headers: Headers, traceparent: str | None = None) -> list[tuple[str, bytes]]:
    """Return `headers` with the given or the current trace context in them, once."""
    value = traceparent or current_traceparent()
    kept = [(name, content) for name, content in headers if name != HEADER]
    return [*kept, (HEADER, value.encode())] if value else kept


def from_headers(headers: Headers) -> str | None:
    """Return the `traceparent` that a record's headers carry, when it can be read."""
    for name, content in headers:
        if name.lower() == HEADER:
            return readable(content.decode("ascii", "replace"))
    return None


@contextmanager
def child_span(name: str, traceparent: str | None, kind: SpanKind = SpanKind.INTERNAL) -> Iterator[Span]:
    """A span under the caller's, for work that the caller waits for."""
    with _tracer.start_as_current_span(
        name, context_of(traceparent), kind, record_exception=False, set_status_on_exception=False
    ) as span:
        yield span


@contextmanager
def linked_span(name: str, traceparents: Iterable[str | None]) -> Iterator[Span]:
    """A span that points to the spans of what it processes. No exceptions in it: they quote data."""
    found = (context_of(text) for text in dict.fromkeys(traceparents))
    links = [
        Link(trace.get_current_span(context).get_span_context()) for context in found if context is not None
    ]
    with _tracer.start_as_current_span(
        name, Context(), SpanKind.CONSUMER, links=links, record_exception=False, set_status_on_exception=False
    ) as span:
        yield span
