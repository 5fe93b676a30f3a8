"""OTLP requests for the inbox's tests, made of OpenTelemetry's own messages, and how they are sent."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from shipper.demo.inbox import Inbox
from tests.demo.client import Answered, headers, request

OTLP = "/api/public/otel/v1/traces"
TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
START_NS = 1_777_636_800_123_456_789  # 2026-05-01T12:00:00.123…Z
OWN = "langfuse.observation."


def any_value(value: Any) -> AnyValue:
    """The message for a plain value."""
    match value:
        case None:
            return AnyValue()
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case str():
            return AnyValue(string_value=value)
        case bytes():
            return AnyValue(bytes_value=value)
        case list():
            return AnyValue(array_value=ArrayValue(values=map(any_value, value)))
        case _:
            return AnyValue(kvlist_value=KeyValueList(values=key_values(value)))


def key_values(values: Mapping[str, Any]) -> list[KeyValue]:
    """Attributes."""
    return [KeyValue(key=key, value=any_value(value)) for key, value in values.items()]


def span(span_id: str = SPAN_ID, trace_id: str = TRACE_ID, /, **given: Any) -> Span:
    """A span of half a second; `attributes` as a mapping, anything else as the message has it."""
    fields: dict[str, Any] = {
        "name": "answer",
        "start_time_unix_nano": START_NS,
        "end_time_unix_nano": START_NS + 500_000_000,
    } | given
    fields["attributes"] = key_values(fields.get("attributes", {}))
    return Span(trace_id=bytes.fromhex(trace_id), span_id=bytes.fromhex(span_id), **fields)


def generation(span_id: str = SPAN_ID, trace_id: str = TRACE_ID, /, **own: Any) -> Span:
    """A call's span; keyword arguments are attributes of the observation, with `__` for a dot."""
    attributes = {OWN + key.replace("__", "."): value for key, value in own.items()}
    return span(span_id, trace_id, attributes={OWN + "type": "generation"} | attributes)


def export(
    *spans: Span,
    scope: str = "langfuse-sdk",
    public_key: str | None = "pk-lf-demo",
    resource: Mapping[str, Any] | None = None,
) -> ExportTraceServiceRequest:
    """A request of one scope."""
    attributes = key_values({} if public_key is None else {"public_key": public_key})
    scope_spans = ScopeSpans(scope=InstrumentationScope(name=scope, version="1", attributes=attributes), spans=spans)
    return ExportTraceServiceRequest(
        resource_spans=[
            ResourceSpans(resource=Resource(attributes=key_values(resource or {})), scope_spans=[scope_spans])
        ]
    )


def as_json(message: ExportTraceServiceRequest) -> bytes:
    """OTLP/JSON: protobuf's own JSON but for ids as hex and enums as numbers."""
    value = MessageToDict(message, use_integers_for_enums=True)
    by_ids = iter([one for rs in message.resource_spans for ss in rs.scope_spans for one in ss.spans])
    for resource_spans in value.get("resourceSpans", ()):
        for scope_spans in resource_spans.get("scopeSpans", ()):
            for one in scope_spans.get("spans", ()):
                source = next(by_ids)
                one |= {"traceId": source.trace_id.hex(), "spanId": source.span_id.hex()}
                if source.parent_span_id:
                    one["parentSpanId"] = source.parent_span_id.hex()
    return json.dumps(value).encode()


async def send(
    inbox: Inbox, body: bytes, path: str = OTLP, content_type: str = "application/x-protobuf", **more: str
) -> Answered:
    """Post this body as an honest client does."""
    given = headers(inbox) | {"Content-Type": content_type, "x-langfuse-ingestion-version": "4"} | more
    return await request("POST", inbox.url + path, data=BytesIO(body), headers=given)


async def post_spans(inbox: Inbox, *spans: Span, path: str = OTLP) -> Answered:
    """Post spans as an honest client does."""
    packed = gzip.compress(export(*spans).SerializeToString())
    return await send(inbox, packed, path, **{"Content-Encoding": "gzip"})


def span_ids(count: int) -> Sequence[str]:
    """Ids of that many spans."""
    return [f"{number:016x}" for number in range(1, count + 1)]
