"""Spans as protobuf, written directly: the few message types of a trace export around bytes that are there already.

Pure. Source of the field numbers: opentelemetry-proto, trace/v1/trace.proto, common/v1/common.proto and
collector/trace/v1/trace_service.proto; the wire format: protobuf.dev, "Encoding". The official messages take twice
the time for the same bytes (tests/bench/bench_otlp.py), because every text is copied into a message first.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from struct import Struct as Layout

from msgspec import Raw

from shipper.mapping.span import Attributes, Span, SpanEvent, Value

_ATTRIBUTE = b"\x4a"  # Span.attributes
_EVENT_ATTRIBUTE = b"\x1a"  # Span.Event.attributes
_SPAN = b"\x12"  # ScopeSpans.spans
_TIMES = Layout("<cQcQ")
_EVENT_TIME = Layout("<cQ")
_FLAGS = Layout("<2sI")
_DOUBLE = Layout("<cd")
_FAILED = b"\x18\x02"  # Status.code = ERROR

_BYTES = [bytes((number,)) for number in range(128)]


def encode_span(span: Span) -> bytes:
    """One span with its field number and length: what stands in a request, one after the other."""
    parts: list[bytes | Raw] = [
        b"\x0a\x10%b\x12\x08%b" % (span.trace_id, span.span_id),
        b"\x22\x08" + span.parent_id if span.parent_id else b"",
        _field(b"\x2a", span.name.encode()),
        b"\x30" + _BYTES[span.kind],
        _TIMES.pack(b"\x39", span.start_ns, b"\x41", span.end_ns),
    ]
    _add_attributes(parts, span.attributes, _ATTRIBUTE)
    parts += [_field(b"\x5a", _event(event)) for event in span.events]
    if span.failed:
        message = _field(b"\x12", span.error.encode()) if span.error else b""
        parts.append(_field(b"\x7a", message + _FAILED))
    parts.append(_FLAGS.pack(b"\x85\x01", span.flags))
    body = b"".join(parts)
    return b"%b%b%b" % (_SPAN, varint(len(body)), body)


def request_head(spans_bytes: int, scope: bytes, resource: bytes) -> bytes:
    """What stands in a request before its spans: `spans_bytes` long in all, of one scope and one resource."""
    scope_field, resource_field = _field(b"\x0a", scope), _field(b"\x0a", resource)
    scope_spans_bytes = len(scope_field) + spans_bytes
    scope_head = b"\x12" + varint(scope_spans_bytes)
    resource_spans_bytes = len(resource_field) + len(scope_head) + scope_spans_bytes
    return b"".join((b"\x0a", varint(resource_spans_bytes), resource_field, scope_head, scope_field))


def encode_scope(name: str, version: str, attributes: Attributes) -> bytes:
    """An InstrumentationScope."""
    parts: list[bytes | Raw] = [_field(b"\x0a", name.encode()), _field(b"\x12", version.encode())]
    _add_attributes(parts, attributes, b"\x1a")
    return b"".join(parts)


def encode_resource(attributes: Attributes) -> bytes:
    """A Resource."""
    parts: list[bytes | Raw] = []
    _add_attributes(parts, attributes, b"\x0a")
    return b"".join(parts)


def varint(number: int) -> bytes:
    """A number that is not negative, seven bits a byte."""
    if number < 128:
        return _BYTES[number]
    if number < 16_384:
        return bytes((number & 127 | 128, number >> 7))
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    written.append(number)
    return bytes(written)


def _add_attributes(parts: list[bytes | Raw], attributes: Attributes, tag: bytes) -> None:
    for key, value in attributes.items():
        if isinstance(value, str):
            text: bytes | Raw = value.encode()
        elif isinstance(value, Raw):
            text = value
        else:
            parts.append(_other(tag, key, value))
            continue
        size_bytes = len(text)
        parts.append(_span_head(key, size_bytes) if tag is _ATTRIBUTE else _head(tag, key, size_bytes))
        parts.append(text)


def _head(tag: bytes, key: str, size_bytes: int) -> bytes:
    """What stands before the bytes of a text: the tags and lengths of its KeyValue and AnyValue, and its key."""
    length = varint(size_bytes)
    any_bytes = 1 + len(length) + size_bytes
    name, any_length = _name(key), varint(any_bytes)
    return b"".join((tag, varint(len(name) + len(any_length) + any_bytes), name, any_length, b"\x0a", length))


@lru_cache(maxsize=16_384)
def _span_head(key: str, size_bytes: int) -> bytes:
    """The same for a span, whose texts are mostly of a few lengths."""
    return _head(_ATTRIBUTE, key, size_bytes)


@lru_cache(maxsize=1_024)
def _name(key: str) -> bytes:
    return _field(b"\x0a", key.encode()) + b"\x12"


def _other(tag: bytes, key: str, value: Value) -> bytes:
    any_value = _any_value(value)
    return _field(tag, b"".join((_name(key), varint(len(any_value)), any_value)))


def _any_value(value: Value) -> bytes:
    if isinstance(value, bool):
        return b"\x10" + _BYTES[value]
    if isinstance(value, int):
        return b"\x18" + varint(value & 0xFFFF_FFFF_FFFF_FFFF)
    if isinstance(value, float):
        return _DOUBLE.pack(b"\x21", value)
    if isinstance(value, tuple):
        return _field(b"\x2a", _array(value))
    return _field(b"\x0a", value.encode() if isinstance(value, str) else bytes(value))


def _array(values: Sequence[str]) -> bytes:
    return b"".join(_field(b"\x0a", _field(b"\x0a", value.encode())) for value in values)


def _event(event: SpanEvent) -> bytes:
    parts: list[bytes | Raw] = [_EVENT_TIME.pack(b"\x09", event.time_ns), _field(b"\x12", event.name.encode())]
    _add_attributes(parts, event.attributes, _EVENT_ATTRIBUTE)
    return b"".join(parts)


def _field(tag: bytes, value: bytes) -> bytes:
    return b"%b%b%b" % (tag, varint(len(value)), value)
