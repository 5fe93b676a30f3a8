"""Events that are too large are cut until they fit, or their record is refused: as `mapping.oversize` says.

Pure, and deterministic: the same event is always cut in the same places. The largest field is cut first, down to the
next largest, then both, and so on. Ids, times, model, usage and cost are never touched.
"""

from __future__ import annotations

from msgspec import Raw, Struct
from msgspec.json import Decoder, Encoder
from msgspec.structs import replace

from shipper.mapping.settings import MappingSettings
from shipper.mapping.shorten import level, shorten
from shipper.records import CallRecord, Cost, Event, Rejected, UnknownCost

_TEXTS = frozenset({"input", "output", "metadata", "statusMessage", "name", "comment"})
_STRUCTURES = frozenset({"modelParameters", "tags"})  # texts in them may be cut, but they must stay what they are
_SOME_VALUE_BYTES = 2_000  # a field is not cut below this


class _Envelope(Struct):
    """Of the ingestion wire, in the order of `mapping.bodies`."""

    id: Raw
    type: Raw
    body: dict[str, Raw]
    timestamp: Raw


_read = Decoder(_Envelope).decode
_encode = Encoder().encode


class Size:
    """The stage after mapping."""

    def __init__(self, settings: MappingSettings, largest_bytes: int) -> None:
        """`largest_bytes` is the most that an event may have to travel at all, whatever the settings allow."""
        self._limit_bytes = min(settings.max_event_bytes, largest_bytes)
        self._largest_bytes = largest_bytes
        self._cuts = settings.oversize == "truncate"

    def fit(
        self, call: CallRecord, cost: Cost | UnknownCost, events: list[Event]
    ) -> tuple[CallRecord, list[Event]] | Rejected:
        """The events as they may be sent, and the call; its `repairs` say `truncated` for each event that was cut.

        Rejected if one event is too large and is not to be cut, or does not fit even then.
        """
        for event in events:
            if len(event.data) > self._limit_bytes:
                return self._fit(call, events)
        return call, events

    def _fit(self, call: CallRecord, events: list[Event]) -> tuple[CallRecord, list[Event]] | Rejected:
        fitting: list[Event] = []
        cut = 0
        for event in events:
            size_bytes = len(event.data)
            if size_bytes > self._limit_bytes:
                if self._cuts:
                    event = self._shortened(event)
                    cut += 1
                if len(event.data) > (self._largest_bytes if self._cuts else self._limit_bytes):
                    return Rejected("event_too_large", f"{size_bytes} bytes in one event")
            fitting.append(event)
        return replace(call, repairs=call.repairs + ("truncated",) * cut), fitting

    def _shortened(self, event: Event) -> Event:
        envelope = _read(event.data)
        body = envelope.body
        sizes = {key: len(raw) for key, raw in body.items() if key in _TEXTS or key in _STRUCTURES}
        largest = level(tuple(sizes.values()), len(event.data) - self._limit_bytes, _SOME_VALUE_BYTES)
        for key, size_bytes in sizes.items():
            if size_bytes > largest:
                body[key] = shorten(body[key], largest, whole=key in _TEXTS)
        return replace(event, data=_encode(envelope))
