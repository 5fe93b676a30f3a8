"""A span as OTLP has it (opentelemetry-proto, trace/v1/trace.proto), before it is bytes; as far as spans are used here.

Pure. Both encodings are made of this, so that they say the same. A JSON text that goes as a string stays `Raw`, and is
copied once, when the span is written.
"""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import Raw, Struct

Value = str | Raw | bool | int | float | tuple[str, ...]
Attributes = dict[str, Value]

INTERNAL, CLIENT = 1, 3  # SpanKind
# SpanFlags: that it is known whether the parent is remote, and that it is.
LOCAL_PARENT, REMOTE_PARENT = 0x100, 0x300

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SpanEvent(Struct, gc=False):
    """Something that happened while the span was open."""

    name: str
    time_ns: int
    attributes: Attributes


class Span(Struct, gc=False):
    """One span. Ids are bytes (16 and 8; no parent: none), times Unix nanoseconds.

    `failed` sets the status ERROR, with `error` as its message, else `is_ok` the status OK.
    """

    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    name: str
    kind: int
    start_ns: int
    end_ns: int
    attributes: Attributes
    flags: int = LOCAL_PARENT
    failed: bool = False
    error: str = ""
    events: tuple[SpanEvent, ...] = ()
    is_ok: bool = False


def to_ns(moment: datetime) -> int:
    """Unix nanoseconds, exact; but the first one of 1970 at the least, as a time of 0 is read as none."""
    since = moment - _EPOCH
    return max(1, ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000)
