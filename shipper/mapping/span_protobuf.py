"""Spans as protobuf, written directly: the few message types of a trace export around bytes that are there already.

Pure. Source of the field numbers: opentelemetry-proto, trace/v1/trace.proto, common/v1/common.proto and
collector/trace/v1/trace_service.proto; the wire format: protobuf.dev, "Encoding". The official messages take twice
the time for the same bytes (tests/bench/bench_otlp.py), because every text is copied into a message first.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct as Layout

from msgspec import Raw

from shipper.mapping.span import Attributes, Span, SpanEvent

_SPAN = b"\x12"  # ScopeSpans.spans
_TIMES = Layout("<cQcQ2sIcB")  # start and end, flags, kind
_EVENT_TIME = Layout("<cQ")
_DOUBLE = Layout("<cd")
_FAILED = b"\x18\x02"  # Status.code = ERROR
_OK = b"\x7a\x02\x18\x01"  # status, whose code is OK

_SHORT_BYTES = 256
_MOST_KEYS = 256
_BYTES = [bytes((number,)) for number in range(128)]
_MANY = 128 * 128
_VARINTS = _BYTES + [bytes((number & 127 | 128, number >> 7)) for number in range(128, _MANY)]


def encode_span(span: Span) -> bytes:
    """One span with its field number and length: what stands in a request, one after the other."""
    name = span.name.encode()
    times = _TIMES.pack(b"\x39", span.start_ns, b"\x41", span.end_ns, b"\x85\x01", span.flags, b"\x30", span.kind)
    parent = b"\x22\x08" + span.parent_id if span.parent_id else b""
    ids = b"\x0a\x10%b\x12\x08%b%b" % (span.trace_id, span.span_id, parent)
    parts: list[bytes | Raw] = [b"%b%b\x2a%b%b" % (ids, times, varint(len(name)), name)]
    _add_attributes(parts, span.attributes, _HEADS)
    if span.events:
        parts += [_field(b"\x5a", _event(event)) for event in span.events]
    if span.failed:
        message = _field(b"\x12", span.error.encode()) if span.error else b""
        parts.append(_field(b"\x7a", message + _FAILED))
    elif span.is_ok:
        parts.append(_OK)
    body = b"".join(parts)
    return _SPAN + varint(len(body)) + body


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
    _add_attributes(parts, attributes, _SCOPE_HEADS)
    return b"".join(parts)


def encode_resource(attributes: Attributes) -> bytes:
    """A Resource."""
    parts: list[bytes | Raw] = []
    _add_attributes(parts, attributes, _RESOURCE_HEADS)
    return b"".join(parts)


def varint(number: int) -> bytes:
    """A number that is not negative, seven bits a byte."""
    if number < _MANY:
        return _VARINTS[number]
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    written.append(number)
    return bytes(written)


class _Heads:
    """What stands before a text: tags and lengths of KeyValue and AnyValue, and the key.

    Those before short texts are kept by key and length, since most texts of an attribute are of a few lengths. Callers
    choose the keys of their metadata, so there is an end to what is kept.
    """

    def __init__(self, tag: bytes) -> None:
        self.tag = tag
        self.kept: dict[str, dict[int, bytes]] = {}

    def make(self, key: str, size_bytes: int) -> bytes:
        """A head that is not kept so far."""
        name, length = _name(key), varint(size_bytes)
        any_bytes = 1 + len(length) + size_bytes
        any_length = varint(any_bytes)
        head = b"%b%b%b%b\x0a%b" % (self.tag, varint(len(name) + len(any_length) + any_bytes), name, any_length, length)
        if size_bytes < _SHORT_BYTES:
            if len(self.kept) >= _MOST_KEYS and key not in self.kept:
                self.kept.clear()
            self.kept.setdefault(key, {})[size_bytes] = head
        return head


_HEADS = _Heads(b"\x4a")  # Span.attributes
_EVENT_HEADS = _Heads(b"\x1a")  # Span.Event.attributes
_SCOPE_HEADS = _Heads(b"\x1a")  # InstrumentationScope.attributes
_RESOURCE_HEADS = _Heads(b"\x0a")  # Resource.attributes


def _add_attributes(parts: list[bytes | Raw], attributes: Attributes, heads: _Heads) -> None:
    append, kept = parts.append, heads.kept
    for key, value in attributes.items():
        if isinstance(value, str):
            text: bytes | Raw = value.encode()
        elif isinstance(value, Raw):
            text = value
        else:
            append(_other(heads.tag, key, value))
            continue
        size_bytes = len(text)
        if size_bytes < _SHORT_BYTES:
            try:
                append(kept[key][size_bytes])
            except KeyError:
                append(heads.make(key, size_bytes))
        else:
            append(heads.make(key, size_bytes))
        append(text)


def _other(tag: bytes, key: str, value: bool | int | float | tuple[str, ...]) -> bytes:
    """An attribute that is no text."""
    if isinstance(value, tuple):
        return _pair(tag, key, _field(b"\x2a", b"".join(map(_item, value))))
    if isinstance(value, float):
        return _pair(tag, key, _DOUBLE.pack(b"\x21", value))
    return _whole(tag, key, value)


@lru_cache(maxsize=1_024, typed=True)
def _whole(tag: bytes, key: str, value: bool | int) -> bytes:
    """Most of them are flags and small numbers, so there are few."""
    if isinstance(value, bool):
        return _pair(tag, key, b"\x10" + _BYTES[value])
    return _pair(tag, key, b"\x18" + varint(value & 0xFFFF_FFFF_FFFF_FFFF))


def _pair(tag: bytes, key: str, any_value: bytes) -> bytes:
    return _field(tag, b"".join((_name(key), varint(len(any_value)), any_value)))


@lru_cache(maxsize=1_024)
def _name(key: str) -> bytes:
    """What is the same in every attribute of that key."""
    return _field(b"\x0a", key.encode()) + b"\x12"


def _item(value: str) -> bytes:
    """An AnyValue in an array of them."""
    text = value.encode()
    size_bytes = len(text)
    if size_bytes < 126:
        return b"\x0a%b\x0a%b%b" % (_BYTES[size_bytes + 2], _BYTES[size_bytes], text)
    return _field(b"\x0a", _field(b"\x0a", text))


def _event(event: SpanEvent) -> bytes:
    parts: list[bytes | Raw] = [_EVENT_TIME.pack(b"\x09", event.time_ns), _field(b"\x12", event.name.encode())]
    _add_attributes(parts, event.attributes, _EVENT_HEADS)
    return b"".join(parts)


def _field(tag: bytes, value: bytes) -> bytes:
    return b"%b%b%b" % (tag, varint(len(value)), value)
