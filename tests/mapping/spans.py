"""Any spans, and the same as the official OpenTelemetry messages."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from msgspec import Raw
from msgspec.json import encode
from msgspec.structs import replace
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as OfficialSpan

from shipper.mapping.span import CLIENT, INTERNAL, Common, Span, SpanEvent

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
_KINDS = {INTERNAL: "SPAN_KIND_INTERNAL", CLIENT: "SPAN_KIND_CLIENT"}
_RAWS = TEXTS.map(lambda text: Raw(encode({"text": text})))
_NS = st.integers(0, 2**63 - 1)
VALUES = st.one_of(
    TEXTS,
    _RAWS,
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.lists(TEXTS, max_size=4).map(tuple),
)
ATTRIBUTES = st.dictionaries(TEXTS, VALUES, max_size=8)
EVENTS = st.builds(SpanEvent, TEXTS, _NS, ATTRIBUTES)


def _with_common(span: Span) -> st.SearchStrategy[Span]:
    """The same span, with some attributes in common beside its own."""
    others = ATTRIBUTES.map(lambda found: {key: value for key, value in found.items() if key not in span.own})
    return others.map(lambda found: replace(span, common=Common(found)))


SPANS = st.builds(
    Span,
    st.binary(min_size=16, max_size=16),
    st.binary(min_size=8, max_size=8),
    st.one_of(st.just(b""), st.binary(min_size=8, max_size=8)),
    TEXTS,
    st.sampled_from([INTERNAL, CLIENT]),
    _NS,
    _NS,
    ATTRIBUTES,
    st.sampled_from([0x100, 0x300]),
    st.booleans(),
    TEXTS,
    st.lists(EVENTS, max_size=2).map(tuple),
    st.booleans(),
).flatmap(_with_common)


def official(span: Span) -> OfficialSpan:
    """The same span, made of the official messages; its attributes by name, as in what `otlp_reading` reads."""
    made = OfficialSpan(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent_id,
        name=span.name,
        kind=OfficialSpan.SpanKind.Value(_KINDS[span.kind]),
        start_time_unix_nano=span.start_ns,
        end_time_unix_nano=span.end_ns,
        attributes=sorted(_attributes(span.attributes), key=lambda pair: pair.key),
        flags=span.flags,
    )
    for event in span.events:
        made.events.add(time_unix_nano=event.time_ns, name=event.name, attributes=_attributes(event.attributes))
    if span.failed:
        made.status.code = 2  # type: ignore[assignment]
        made.status.message = span.error
    elif span.is_ok:
        made.status.code = 1  # type: ignore[assignment]
    return made


def _attributes(attributes: dict[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=key, value=_any_value(value)) for key, value in attributes.items()]


def _any_value(value: Any) -> AnyValue:
    made = AnyValue()
    if isinstance(value, bool):
        made.bool_value = value
    elif isinstance(value, int):
        made.int_value = value
    elif isinstance(value, float):
        made.double_value = value
    elif isinstance(value, tuple):
        made.array_value.values.extend(AnyValue(string_value=item) for item in value)
    else:
        made.string_value = value if isinstance(value, str) else bytes(value).decode()
    if isinstance(value, tuple) and not value:
        made.array_value.SetInParent()
    return made
