"""Spans that tests make with OpenTelemetry's own messages, for what a backend does with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

START_NS = 1_795_000_000_123_456_000
END_NS = 1_795_000_001_500_250_000
Value = str | bool | int | float | bytes | Sequence[str]


def span(
    span_id: bytes,
    attributes: Mapping[str, Value] | None = None,
    *,
    trace_id: bytes | None = None,
    parent_id: bytes = b"",
    name: str = "chat gpt-4o",
    error: str | None = None,
) -> Span:
    """A client's span of `START_NS` to `END_NS`; in the trace `span_id` twice unless another one is given."""
    status = (
        Status(code=Status.STATUS_CODE_OK) if error is None else Status(code=Status.STATUS_CODE_ERROR, message=error)
    )
    return Span(
        trace_id=span_id * 2 if trace_id is None else trace_id,
        span_id=span_id,
        parent_span_id=parent_id,
        name=name,
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=START_NS,
        end_time_unix_nano=END_NS,
        attributes=[KeyValue(key=key, value=_value(value)) for key, value in (attributes or {}).items()],
        status=status,
    )


def request(*spans: Span) -> bytes:
    """The body of an export request."""
    body = ExportTraceServiceRequest()
    scope = body.resource_spans.add().scope_spans.add()
    scope.scope.name = "tests"
    scope.spans.extend(spans)
    return body.SerializeToString()


def _value(value: Value) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, str):
        return AnyValue(string_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, bytes):
        return AnyValue(bytes_value=value)
    return AnyValue(array_value=ArrayValue(values=map(_value, value)))
