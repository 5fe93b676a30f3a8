"""OTLP trace requests in protobuf → spans, read by OpenTelemetry's own messages.

Source: `opentelemetry/proto/trace/v1/trace.proto`. Stricter than Langfuse, which takes text that is not UTF-8 and
loses neighbouring rows over it: here it cannot be read. Pure. Knows nothing of HTTP.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from shipper.demo.span import Scope, Span, Unreadable

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
    from opentelemetry.proto.trace.v1 import trace_pb2

_STATUS_ERROR = 2  # STATUS_CODE_ERROR


def read(body: bytes) -> list[Span]:
    """A request body, unpacked → its spans in their order. Raises Unreadable."""
    return [
        _span(span, scope, resource)
        for resource_spans in _parse(body)
        for resource in (_plain_all(resource_spans.resource.attributes),)
        for scope_spans in resource_spans.scope_spans
        for scope in (_scope(scope_spans.scope),)
        for span in scope_spans.spans
    ]


def skim(body: bytes) -> list[tuple[str, str]]:
    """A request body → (trace id, span id) of its spans, the rest not looked at. Raises Unreadable."""
    return [
        (span.trace_id.hex(), span.span_id.hex())
        for resource_spans in _parse(body)
        for scope_spans in resource_spans.scope_spans
        for span in scope_spans.spans
    ]


def _parse(body: bytes) -> Iterable[trace_pb2.ResourceSpans]:
    # Imported here: whoever has not installed the extra is told so by the command, not by an import.
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    try:
        return ExportTraceServiceRequest.FromString(body).resource_spans
    except DecodeError as error:
        raise Unreadable(str(error)) from error


def _span(span: trace_pb2.Span, scope: Scope, resource: dict[str, Any]) -> Span:
    return Span(
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.name,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        span.status.code == _STATUS_ERROR,
        span.status.message,
        _plain_all(span.attributes),
        scope,
        resource,
        span.SerializeToString(deterministic=True),
    )


def _scope(scope: InstrumentationScope) -> Scope:
    return Scope(scope.name, scope.version, _plain_all(scope.attributes))


def _plain_all(attributes: Iterable[KeyValue]) -> dict[str, Any]:
    return {attribute.key: _plain(attribute.value) for attribute in attributes}


def _plain(value: AnyValue) -> Any:
    match value.WhichOneof("value"):
        case None:
            return None
        case "array_value":
            return [_plain(one) for one in value.array_value.values]
        case "kvlist_value":
            return _plain_all(value.kvlist_value.values)
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        case name:
            return getattr(value, name)
