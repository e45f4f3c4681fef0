"""The trace context is carried by hand, once, and a stranger's text is not passed on."""

from opentelemetry.sdk.trace import TracerProvider

from events.tracing import context_of, from_headers, readable, with_trace

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_the_context_goes_into_the_headers_once() -> None:
    headers = with_trace([("traceparent", b"old"), ("x", b"1")], PARENT)
    assert headers == [("x", b"1"), ("traceparent", PARENT.encode())]
    assert from_headers(headers) == PARENT


def test_what_is_no_context_is_dropped() -> None:
    assert readable("13800000000") is None
    assert readable(None) is None
    assert from_headers([("traceparent", b"\xff\xff")]) is None
    assert context_of(PARENT) is not None


def test_the_span_under_way_is_the_context_sent() -> None:
    with TracerProvider().get_tracer("test").start_as_current_span("door") as span:
        sent = from_headers(with_trace([]))
    assert sent is not None
    assert f"{span.get_span_context().trace_id:032x}" in sent
