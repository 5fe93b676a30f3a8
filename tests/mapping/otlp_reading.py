"""Requests of the OTLP wire as the official package reads them (opentelemetry-proto), in protobuf and in strict JSON.

Strict means what the specification says (opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding"): ids in lower
hexadecimal, names in camelCase, 64-bit integers as decimal texts, enumerations as numbers, nothing unknown.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import ParseDict
from msgspec import Struct
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

Value = str | bool | int | float | list[Any]

_HEX = re.compile(r"[0-9a-f]*")
_DECIMAL = re.compile(r"0|-?[1-9][0-9]*")
_LONG = {
    FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_UINT64,
}


class Seen(Struct, frozen=True):
    """One span as a backend sees it; ids in hexadecimal, `parent_id` empty where there is none."""

    scope: str
    scope_version: str
    scope_attributes: dict[str, Value]
    resource: dict[str, Value]
    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: int
    start_ns: int
    end_ns: int
    attributes: dict[str, Value]
    status: int
    status_message: str
    flags: int


def read(body: bytes) -> ExportTraceServiceRequest:
    """A request in protobuf; google.protobuf.message.DecodeError if it is none."""
    return _in_order(ExportTraceServiceRequest.FromString(body))


def read_json(body: bytes) -> ExportTraceServiceRequest:
    """A request in OTLP/JSON; ValueError (or json_format's ParseError) if it is none."""
    document = json.loads(body.decode(), parse_constant=_refused)
    return _in_order(ParseDict(_strict(document, ExportTraceServiceRequest.DESCRIPTOR), ExportTraceServiceRequest()))


def spans(request: ExportTraceServiceRequest) -> list[Seen]:
    """All spans of a request in their order. ValueError if an attribute stands twice or has no value."""
    return [
        _seen(span, scope.scope.name, scope.scope.version, attributes(scope.scope.attributes), resource)
        for group in request.resource_spans
        for resource in [attributes(group.resource.attributes)]
        for scope in group.scope_spans
        for span in scope.spans
    ]


def attributes(pairs: Iterable[KeyValue]) -> dict[str, Value]:
    """Attributes by their names. ValueError as above."""
    found: dict[str, Value] = {}
    for pair in pairs:
        if pair.key in found:
            raise ValueError(f"twice: {pair.key}")
        found[pair.key] = _value(pair.value)
    return found


def _in_order(request: ExportTraceServiceRequest) -> ExportTraceServiceRequest:
    """The same with the attributes of its spans by name: order has no meaning, and encodings need not share it."""
    for group in request.resource_spans:
        for scope in group.scope_spans:
            for span in scope.spans:
                span.attributes.sort(key=lambda pair: pair.key)
    return request


def _seen(span: Span, scope: str, version: str, scope_attributes: dict[str, Value], resource: dict[str, Value]) -> Seen:
    return Seen(
        scope,
        version,
        scope_attributes,
        resource,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.name,
        span.kind,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        attributes(span.attributes),
        span.status.code,
        span.status.message,
        span.flags,
    )


def _value(value: AnyValue) -> Value:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    if kind not in ("string_value", "bool_value", "int_value", "double_value"):
        raise ValueError(f"a value of the kind {kind}")
    plain: Value = getattr(value, kind)
    return plain


def _strict(value: Any, message: Descriptor) -> dict[str, Any]:
    """The same for json_format, which takes more than the specification allows and wants ids in base64."""
    if not isinstance(value, dict):
        raise ValueError(f"no {message.name}")
    fields = {field.json_name: field for field in message.fields}
    if unknown := value.keys() - fields.keys():
        raise ValueError(f"{message.name} has no {sorted(unknown)}")
    return {name: _strict_field(item, fields[name]) for name, item in value.items()}


def _strict_field(value: Any, field: FieldDescriptor) -> Any:
    if not field.is_repeated:
        return _strict_item(value, field)
    if not isinstance(value, list):
        raise ValueError(f"{field.json_name} is no list")
    return [_strict_item(item, field) for item in value]


def _strict_item(value: Any, field: FieldDescriptor) -> Any:
    if field.message_type is not None:
        return _strict(value, field.message_type)
    if field.type == FieldDescriptor.TYPE_BYTES:
        if not isinstance(value, str) or not _HEX.fullmatch(value):
            raise ValueError(f"{field.json_name} is not hexadecimal")
        return b64encode(bytes.fromhex(value)).decode()
    if field.cpp_type in _LONG and not (isinstance(value, str) and _DECIMAL.fullmatch(value)):
        raise ValueError(f"{field.json_name} is no decimal text")
    if field.enum_type is not None and type(value) is not int:
        raise ValueError(f"{field.json_name} is no number")
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL and type(value) is not bool:
        raise ValueError(f"{field.json_name} is neither true nor false")
    return value


def _refused(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
