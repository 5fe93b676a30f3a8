"""Spans as protobuf, written directly: the few message types of a trace export around bytes that are there already.

Pure. Source of the field numbers: opentelemetry-proto, trace/v1/trace.proto, common/v1/common.proto and
collector/trace/v1/trace_service.proto; the wire format: protobuf.dev, "Encoding". The official messages take twice
the time for the same bytes (tests/bench/bench_otlp.py), because every text is copied into a message first.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct as Layout

from msgspec import Raw

from shipper.mapping.span import Attributes, Common, Span, SpanEvent

_SPAN = b"\x12"  # ScopeSpans.spans
_TIMES = Layout("<cQcQ2sIcBc")  # start and end, flags, kind, tag of the name
_EVENT_TIME = Layout("<cQ")
_DOUBLE = Layout("<cd")
_FAILED = b"\x18\x02"  # Status.code = ERROR
_OK = b"\x7a\x02\x18\x01"  # status, whose code is OK

_SHORT_BYTES = 256
_MOST_KEYS = 256


class _Varints(dict[int, bytes]):
    """Numbers that are not negative, seven bits a byte; the shorter ones made beforehand."""

    def __missing__(self, number: int) -> bytes:
        written = bytearray()
        while number > 127:
            written.append(number & 127 | 128)
            number >>= 7
        written.append(number)
        return bytes(written)


VARINTS = _Varints()
VARINTS.update({number: VARINTS[number] for number in range(128 * 128)})


def encode_span(span: Span) -> bytes:
    """One span with its field number and length: what stands in a request, one after the other."""
    name, common = span.name.encode(), span.common
    parts: list[bytes | Raw] = [b"\x0a\x10", span.trace_id, b"\x12\x08", span.span_id]
    if span.parent_id:
        parts += (b"\x22\x08", span.parent_id)
    parts += (
        _TIMES.pack(b"\x39", span.start_ns, b"\x41", span.end_ns, b"\x85\x01", span.flags, b"\x30", span.kind, b"\x2a"),
        VARINTS[len(name)],
        name,
    )
    if common is not None:
        parts.append(common.protobuf or _write(common))
    long: list[bytes | Raw] = []
    _add_attributes(parts, long, span.own, _HEADS)
    if span.events:
        parts += [_field(b"\x5a", _event(event)) for event in span.events]
    if span.failed:
        message = _field(b"\x12", span.error.encode()) if span.error else b""
        parts.append(_field(b"\x7a", message + _FAILED))
    elif span.is_ok:
        parts.append(_OK)
    # What is long is copied only once.
    short = b"".join(parts)
    return b"".join((_SPAN, VARINTS[len(short) + sum(map(len, long))], short, *long))


def request_head(spans_bytes: int, scope: bytes, resource: bytes) -> bytes:
    """What stands in a request before its spans: `spans_bytes` long in all, of one scope and one resource."""
    scope_field, resource_field = _field(b"\x0a", scope), _field(b"\x0a", resource)
    scope_spans_bytes = len(scope_field) + spans_bytes
    scope_head = b"\x12" + VARINTS[scope_spans_bytes]
    resource_spans_bytes = len(resource_field) + len(scope_head) + scope_spans_bytes
    return b"".join((b"\x0a", VARINTS[resource_spans_bytes], resource_field, scope_head, scope_field))


def encode_scope(name: str, version: str, attributes: Attributes) -> bytes:
    """An InstrumentationScope."""
    parts: list[bytes | Raw] = [_field(b"\x0a", name.encode()), _field(b"\x12", version.encode())]
    _add_attributes(parts, parts, attributes, _SCOPE_HEADS)
    return b"".join(parts)


def encode_resource(attributes: Attributes) -> bytes:
    """A Resource."""
    parts: list[bytes | Raw] = []
    _add_attributes(parts, parts, attributes, _RESOURCE_HEADS)
    return b"".join(parts)


class _Heads:
    """What stands before a text: tags and lengths of KeyValue and AnyValue, and the key.

    Those before short texts are kept by key and length, since most texts of an attribute are of a few lengths. Callers
    choose the keys of their metadata, so there is an end to what is kept.
    """

    def __init__(self, tag: bytes) -> None:
        self.tag = tag
        self.kept: dict[str, dict[int, bytes]] = {}

    def keep(self, key: str, size_bytes: int) -> bytes:
        """The head of a short text, kept from now on."""
        if len(self.kept) >= _MOST_KEYS and key not in self.kept:
            self.kept.clear()
        head = self.make(key, size_bytes)
        self.kept.setdefault(key, {})[size_bytes] = head
        return head

    def make(self, key: str, size_bytes: int) -> bytes:
        """The head of any text."""
        name, length = _name(key), VARINTS[size_bytes]
        any_bytes = 1 + len(length) + size_bytes
        any_length = VARINTS[any_bytes]
        pair_length = VARINTS[len(name) + len(any_length) + any_bytes]
        return b"".join((self.tag, pair_length, name, any_length, b"\x0a", length))


_HEADS = _Heads(b"\x4a")  # Span.attributes
_EVENT_HEADS = _Heads(b"\x1a")  # Span.Event.attributes
_SCOPE_HEADS = _Heads(b"\x1a")  # InstrumentationScope.attributes
_RESOURCE_HEADS = _Heads(b"\x0a")  # Resource.attributes


def _write(common: Common) -> bytes:
    parts: list[bytes | Raw] = []
    _add_attributes(parts, parts, common.attributes, _HEADS)
    common.protobuf = b"".join(parts)
    return common.protobuf


def _add_attributes(parts: list[bytes | Raw], long: list[bytes | Raw], attributes: Attributes, heads: _Heads) -> None:
    """To `parts`, but long texts to `long`."""
    kept = heads.kept
    for key, value in attributes.items():
        if isinstance(value, str):
            text: bytes | Raw = value.encode()
        elif isinstance(value, Raw):
            text = value
        else:
            parts.append(_other(heads.tag, key, value))
            continue
        size_bytes = len(text)
        if size_bytes >= _SHORT_BYTES:
            long.append(heads.make(key, size_bytes))
            long.append(text)
            continue
        try:
            parts.append(kept[key][size_bytes])
        except KeyError:
            parts.append(heads.keep(key, size_bytes))
        parts.append(text)


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
        return _pair(tag, key, b"\x10" + VARINTS[value])
    return _pair(tag, key, b"\x18" + VARINTS[value & 0xFFFF_FFFF_FFFF_FFFF])


def _pair(tag: bytes, key: str, any_value: bytes) -> bytes:
    return _field(tag, b"".join((_name(key), VARINTS[len(any_value)], any_value)))


@lru_cache(maxsize=1_024)
def _name(key: str) -> bytes:
    """What is the same in every attribute of that key."""
    return _field(b"\x0a", key.encode()) + b"\x12"


def _item(value: str) -> bytes:
    """An AnyValue in an array of them."""
    text = value.encode()
    size_bytes = len(text)
    if size_bytes < 126:
        return b"\x0a%b\x0a%b%b" % (VARINTS[size_bytes + 2], VARINTS[size_bytes], text)
    return _field(b"\x0a", _field(b"\x0a", text))


def _event(event: SpanEvent) -> bytes:
    parts: list[bytes | Raw] = [_EVENT_TIME.pack(b"\x09", event.time_ns), _field(b"\x12", event.name.encode())]
    _add_attributes(parts, parts, event.attributes, _EVENT_HEADS)
    return b"".join(parts)


def _field(tag: bytes, value: bytes) -> bytes:
    return b"%b%b%b" % (tag, VARINTS[len(value)], value)
