"""Spans leave the process without the texts of exceptions and without addresses, whoever noted them."""

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Status, StatusCode

from deploy.telemetry import Discreet


def test_an_exception_is_told_by_its_type_and_a_request_by_its_route_alone() -> None:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(Discreet(kept)))
    noted = {"temporalWorkflowID": "N1", "url.path": "/progress/Wang", "url.query": "q=Wang"}
    with provider.get_tracer("test").start_as_current_span("work", attributes=noted) as span:
        span.record_exception(ValueError("Wang Xiaoming"))
        span.set_status(Status(StatusCode.ERROR, "ValueError: Wang Xiaoming"))
    provider.shutdown()
    [told] = kept.get_finished_spans()
    assert "Wang" not in told.to_json()
    assert told.events[0].attributes == {"exception.type": "ValueError"}
    assert told.status.status_code is StatusCode.ERROR
    assert told.attributes == {"temporalWorkflowID": "N1"}
