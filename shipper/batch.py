"""Groups events into batches bounded by count, encoded bytes and the age of the first event.

Pure: knows nothing of what it groups but the size, nothing of sending, and no clock of its own.
Why a batch closed is a value, so that it can be a metric's label.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Generic, Literal, TypeVar

from msgspec import Meta, Struct

from shipper.records import Wire

SERVER_MAX_BYTES = 4_718_592  # Langfuse: body limit "4.5mb" of /api/public/ingestion


class BatchSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `batch`."""

    max_bytes: Annotated[
        int,
        Meta(ge=10_000, le=SERVER_MAX_BYTES, description="Most bytes of one request body, exactly as sent."),
    ] = 2_500_000
    max_events: Annotated[int, Meta(ge=1, le=100_000, description="Most events of one request.")] = 5_000
    linger_s: Annotated[
        float, Meta(ge=0, le=300, description="A batch is sent this long after its first event came in.")
    ] = 1.0
    in_flight: Annotated[int, Meta(ge=1, le=64, description="Requests under way at the same time.")] = 4


CloseReason = Literal["events", "bytes", "age", "drain", "rebalance"]

T = TypeVar("T")


class Batch(Struct, Generic[T], frozen=True):
    """Events that travel in one request; `size_bytes` is the length of that request's body, before compression."""

    items: list[T]
    size_bytes: int
    reason: CloseReason


class Batcher(Generic[T]):
    """Collects items until a limit closes the batch. Time is an argument: any monotonic clock, in seconds."""

    def __init__(self, settings: BatchSettings, envelope_bytes: int, comma_bytes: int = 1) -> None:
        """`envelope_bytes`: what the body needs around its events (at the most); `comma_bytes`: between two of them."""
        self._settings = settings
        self._envelope_bytes = envelope_bytes
        self._comma_bytes = comma_bytes
        self._items: list[T] = []
        self._size_bytes = envelope_bytes
        self._first_at_s = 0.0

    @property
    def largest_bytes(self) -> int:
        """The most that one encoded event may have to travel at all."""
        return self._settings.max_bytes - self._envelope_bytes

    def add(self, item: T, size_bytes: int, now_s: float) -> Batch[T] | None:
        """Take one encoded event of `size_bytes`; gives back the batch that had to close, if any.

        The event itself may still be in the open batch afterwards. ValueError if it does not fit alone.
        """
        if size_bytes > self.largest_bytes:
            raise ValueError(f"an event of {size_bytes} bytes does not fit into batch.max_bytes")
        closed = None
        if self._items and self._size_bytes + self._comma_bytes + size_bytes > self._settings.max_bytes:
            closed = self.flush("bytes")
        if not self._items:
            self._first_at_s = now_s
        else:
            self._size_bytes += self._comma_bytes
        self._items.append(item)
        self._size_bytes += size_bytes
        if len(self._items) >= self._settings.max_events:
            # With max_events = 1 a batch closed by bytes cannot be open here, so none is overwritten.
            closed = self.flush("events")
        return closed

    def due(self, now_s: float) -> Batch[T] | None:
        """The batch whose first event has waited for `linger_s`, if it has."""
        if self._items and now_s - self._first_at_s >= self._settings.linger_s:
            return self.flush("age")
        return None

    def wait_s(self, now_s: float) -> float | None:
        """Seconds until the open batch is due, None if nothing is open."""
        if not self._items:
            return None
        return max(0.0, self._first_at_s + self._settings.linger_s - now_s)

    def flush(self, reason: CloseReason) -> Batch[T] | None:
        """Close the open batch whatever it holds; None if it holds nothing."""
        if not self._items:
            return None
        batch = Batch(self._items, self._size_bytes, reason)
        self._items = []
        self._size_bytes = self._envelope_bytes
        return batch


class Batchers(Generic[T]):
    """A batcher for each wire: what travels by different wires never travels together."""

    def __init__(self, batchers: Mapping[Wire, Batcher[T]]) -> None:
        self._batchers = batchers

    def add(self, wire: Wire, item: T, size_bytes: int, now_s: float) -> Batch[T] | None:
        """As `Batcher.add`, on this wire."""
        return self._batchers[wire].add(item, size_bytes, now_s)

    def largest_bytes(self, wire: Wire) -> int:
        """The most that one encoded event may have to travel at all by this wire."""
        return self._batchers[wire].largest_bytes

    def due(self, now_s: float) -> list[Batch[T]]:
        """The batches whose first event has waited for `linger_s`."""
        return [batch for batcher in self._batchers.values() if (batch := batcher.due(now_s)) is not None]

    def wait_s(self, now_s: float) -> float | None:
        """Seconds until the first of the open batches is due, None if nothing is open."""
        return min(
            (wait_s for batcher in self._batchers.values() if (wait_s := batcher.wait_s(now_s)) is not None),
            default=None,
        )

    def flush(self, reason: CloseReason) -> list[Batch[T]]:
        """Close the open batches whatever they hold."""
        return [batch for batcher in self._batchers.values() if (batch := batcher.flush(reason)) is not None]
