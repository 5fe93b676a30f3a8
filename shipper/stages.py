"""The pure stages in their order, for the daemon and for `shipper map` alike: one record in, its events out.

Pure. Rule: a mistake in a stage costs the record that met it, and must not stop everything else there for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from shipper.records import Billing, CallRecord, Cost, Event, Record, Rejected, UnknownCost


class Worked(Struct, frozen=True, gc=False):
    """One record that went through: the call it holds, what that cost, and its events as they go on the wire."""

    call: CallRecord
    cost: Cost | UnknownCost
    events: list[Event]


class Stages(Struct, frozen=True):
    """The stages between the source and the batch."""

    decode: Callable[[Record], CallRecord | Rejected]
    price: Callable[[Billing], Cost | UnknownCost]
    events: Callable[[CallRecord, Cost | UnknownCost], list[Event]]

    def work(self, record: Record) -> Worked | Rejected:
        """Decode, price and map one record; Rejected if it can never be delivered. Never raises."""
        try:
            call = self.decode(record)
            if isinstance(call, Rejected):
                return call
            cost = self.price(call.billing)
            return Worked(call, cost, self.events(call, cost))
        except Exception as error:
            return Rejected("unmappable", type(error).__name__)


def too_large(events: Iterable[Event], fits_alone: Callable[[int], bool]) -> Rejected | None:
    """The verdict on a record of which one event alone fits into no request; None if each of them does."""
    for event in events:
        if not fits_alone(len(event.data)):
            return Rejected("event_too_large", f"{len(event.data)} bytes in one event")
    return None
