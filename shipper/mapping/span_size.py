"""Spans that are too large are cut until they fit, or their record is refused: as `mapping.oversize` says.

Pure, and deterministic. The longest attributes are cut first, down to the next longest, then all of these, and so on;
a JSON text stays JSON. Ids, times, user, session, model, usage and cost are never touched. Scores go by the ingestion
wire, and so by the rules of `size`.
"""

from __future__ import annotations

from msgspec import Raw
from msgspec.json import Decoder, encode
from msgspec.structs import replace

from shipper.mapping.attribute_values import bare
from shipper.mapping.otlp import OtlpMapper
from shipper.mapping.settings import MappingSettings
from shipper.mapping.shorten import level, shorten
from shipper.mapping.size import Size
from shipper.mapping.span import Span, SpanEvent, Value
from shipper.records import CallRecord, Cost, Event, Rejected, UnknownCost

_SOME_VALUE_BYTES = 2_000  # a text is not cut below this
_ROUNDS = 8  # an escape more or less in what was cut: each round comes closer
_MANY = 500  # attributes: then those of metadata are one, or there would be nothing to cut
_METADATA = (
    "langfuse.observation.metadata",
    "langfuse.trace.metadata",
    "shipper.metadata",
    "shipper.trace.metadata",
)
_WHOLE = frozenset({"user.id", "session.id", "langfuse.observation.model.name"})
_texts = Decoder(tuple[str, ...]).decode


class SpanSize:
    """The stage after mapping, on the OTLP wire."""

    def __init__(
        self, settings: MappingSettings, mapper: OtlpMapper, largest_span_bytes: int, largest_score_bytes: int
    ) -> None:
        """`largest_…_bytes` is the most that an event may have to travel at all, whatever the settings allow."""
        self._mapper = mapper
        self._limit_bytes = min(settings.max_event_bytes, largest_span_bytes)
        self._cuts = settings.oversize == "truncate"
        self._scores = Size(settings, largest_score_bytes)

    def fit(
        self, call: CallRecord, cost: Cost | UnknownCost, events: list[Event]
    ) -> tuple[CallRecord, list[Event]] | Rejected:
        """The events as they may be sent, and the call; its `repairs` say `truncated` for each event that was cut.

        Rejected if one event is too large and is not to be cut, or does not fit even then.
        """
        for event in events:
            if len(event.data) > self._limit_bytes:
                break
        else:
            return call, events
        fitting = [event for event in events if event.wire == "otlp"]
        cut = 0
        for place, span in enumerate(self._mapper.spans(call, cost)):
            size_bytes = len(fitting[place].data)
            if size_bytes > self._limit_bytes:
                shortened = self._shortened(span, size_bytes) if self._cuts else None
                if shortened is None:
                    return Rejected("event_too_large", f"{size_bytes} bytes in one event")
                fitting[place] = replace(fitting[place], data=shortened)
                cut += 1
        call = replace(call, repairs=call.repairs + ("truncated",) * cut)
        scored = self._scores.fit(call, cost, [event for event in events if event.wire != "otlp"])
        return scored if isinstance(scored, Rejected) else (scored[0], fitting + scored[1])

    def _shortened(self, span: Span, size_bytes: int) -> bytes | None:
        """The span in few enough bytes; None if there is nothing in it that could be cut so far."""
        if len(span.attributes) > _MANY:
            span = replace(span, own=_folded(span.attributes), common=None)
        for _ in range(_ROUNDS):
            sizes = [_size(value) for name, value in span.attributes.items() if name not in _WHOLE]
            sizes += [_size(value) for event in span.events for value in event.attributes.values()]
            sizes += [len(span.error), len(span.name)]
            largest = level(sizes, size_bytes - self._limit_bytes, _SOME_VALUE_BYTES)
            span = replace(
                span,
                own=_cut_all(span.attributes, largest),
                common=None,
                events=tuple(_cut_event(event, largest) for event in span.events),
                error=str(_cut(span.error, largest)),
                name=str(_cut(span.name, largest)),
            )
            data = self._mapper.encode(span)
            if len(data) <= self._limit_bytes:
                return data
            size_bytes = len(data)
        return None


def _cut_event(event: SpanEvent, largest: int) -> SpanEvent:
    return replace(event, attributes=_cut_all(event.attributes, largest))


def _cut_all(attributes: dict[str, Value], largest: int) -> dict[str, Value]:
    return {key: value if key in _WHOLE else _cut(value, largest) for key, value in attributes.items()}


def _cut(value: Value, largest: int) -> Value:
    if _size(value) <= largest:
        return value
    if isinstance(value, Raw):
        return bare(shorten(value, largest))
    if isinstance(value, tuple):
        return _texts(shorten(Raw(encode(value)), largest, whole=False))
    return bare(shorten(Raw(encode(value)), largest))


def _folded(attributes: dict[str, Value]) -> dict[str, Value]:
    """The same with metadata as one attribute, the JSON of an object."""
    rest = dict(attributes)
    for name in _METADATA:
        head = f"{name}."
        keys = [key for key in rest if key.startswith(head)]
        if keys:
            members = {key.removeprefix(head): rest.pop(key) for key in keys}
            rest[name] = Raw(encode(members))
    return rest


def _size(value: Value) -> int:
    """Of what can be cut, the length of its JSON text."""
    if isinstance(value, Raw):
        return len(value)
    return len(encode(value)) if isinstance(value, str | tuple) else 0
