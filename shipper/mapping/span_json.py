"""Spans as OTLP/JSON: ids in hexadecimal, 64-bit numbers as texts, names in camel case.

Pure. Source: the OpenTelemetry protocol specification, "JSON Protobuf Encoding". A JSON text that is an attribute's
value is a string there, so prompts are escaped once more: the dearer encoding.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from msgspec import Raw, Struct
from msgspec.json import Encoder

from shipper.mapping.span import Attributes, Span, SpanEvent, Value

_encode = Encoder().encode
# What JSON has no number for is a text (protobuf.dev, "ProtoJSON Format").
_NO_NUMBERS = {math.inf: "Infinity", -math.inf: "-Infinity"}


class _Attribute(Struct, gc=False):
    key: str
    value: Mapping[str, Any]


class _Status(Struct, omit_defaults=True, gc=False):
    message: str = ""
    code: int = 0


class _Event(Struct, omit_defaults=True, rename="camel", gc=False):
    time_unix_nano: str
    name: str
    attributes: list[_Attribute] = []


class _Span(Struct, omit_defaults=True, rename="camel", gc=False):
    trace_id: str
    span_id: str
    parent_span_id: str = ""
    name: str = ""
    kind: int = 0
    start_time_unix_nano: str = "0"
    end_time_unix_nano: str = "0"
    attributes: list[_Attribute] = []
    events: list[_Event] = []
    status: _Status | None = None
    flags: int = 0


class _Scope(Struct, omit_defaults=True, gc=False):
    name: str
    version: str = ""
    attributes: list[_Attribute] = []


class _Resource(Struct, omit_defaults=True, gc=False):
    attributes: list[_Attribute] = []


def encode_span(span: Span) -> bytes:
    """One span as a JSON object."""
    return _encode(
        _Span(
            span.trace_id.hex(),
            span.span_id.hex(),
            span.parent_id.hex(),
            span.name,
            span.kind,
            str(span.start_ns),
            str(span.end_ns),
            _attributes(span.attributes),
            [_event(event) for event in span.events],
            _Status(span.error, 2) if span.failed else _Status("", 1) if span.is_ok else None,
            span.flags,
        )
    )


def request_head(name: str, version: str, scope_attributes: Attributes, resource_attributes: Attributes) -> bytes:
    """What stands in a request before its spans, which are of one scope and one resource; `REQUEST_TAIL` follows."""
    resource = _encode(_Resource(_attributes(resource_attributes)))
    scope = _encode(_Scope(name, version, _attributes(scope_attributes)))
    return b'{"resourceSpans":[{"resource":%b,"scopeSpans":[{"scope":%b,"spans":[' % (resource, scope)


REQUEST_TAIL = b"]}]}]}"


def _attributes(attributes: Attributes) -> list[_Attribute]:
    return [_Attribute(key, _any_value(value)) for key, value in attributes.items()]


def _any_value(value: Value) -> Mapping[str, Any]:
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, Raw):
        return {"stringValue": bytes(value).decode()}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value if math.isfinite(value) else _NO_NUMBERS.get(value, "NaN")}
    return {"arrayValue": {"values": [{"stringValue": item} for item in value]}}


def _event(event: SpanEvent) -> _Event:
    return _Event(str(event.time_ns), event.name, _attributes(event.attributes))
