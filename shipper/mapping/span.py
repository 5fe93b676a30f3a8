"""A span as OTLP has it (opentelemetry-proto, trace/v1/trace.proto), before it is bytes; as far as spans are used here.

Pure. Both encodings are made of this, so that they say the same. A JSON text that goes as a string stays `Raw`, and is
copied once, when the span is written.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import Raw, Struct

Value = str | Raw | bool | int | float | tuple[str, ...]
Attributes = dict[str, Value]

INTERNAL, CLIENT = 1, 3  # SpanKind
# SpanFlags: that it is known whether the parent is remote, and that it is.
LOCAL_PARENT, REMOTE_PARENT = 0x100, 0x300

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Common(Struct, gc=False):
    """Attributes that many spans have alike: one object for all of them, so that it need be written only once.

    `protobuf` is that writing, which the encoder leaves here.
    """

    attributes: Attributes
    protobuf: bytes = b""


class SpanEvent(Struct, gc=False):
    """Something that happened while the span was open."""

    name: str
    time_ns: int
    attributes: Attributes


class Span(Struct, gc=False):
    """One span. Ids are bytes (16 and 8; no parent: none), times Unix nanoseconds.

    Its attributes are `own` and `common`, no key in both. `failed` sets the status ERROR, with `error` as its message,
    else `is_ok` the status OK.
    """

    trace_id: bytes
    span_id: bytes
    parent_id: bytes
    name: str
    kind: int
    start_ns: int
    end_ns: int
    own: Attributes
    flags: int = LOCAL_PARENT
    failed: bool = False
    error: str = ""
    events: tuple[SpanEvent, ...] = ()
    is_ok: bool = False
    common: Common | None = None

    @property
    def attributes(self) -> Attributes:
        """All of them, its own and the common ones."""
        return self.own if self.common is None else self.common.attributes | self.own


def to_ns(moment: datetime) -> int:
    """Unix nanoseconds, exact; but the first one of 1970 at the least, as a time of 0 is read as none."""
    ns = (moment - _EPOCH) // _MICROSECOND * 1_000
    return ns if ns > 0 else 1
