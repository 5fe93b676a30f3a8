"""The pure stages in their order, for the daemon and for `shipper map` alike: one record in, its events out.

Pure. Rule: a mistake in a stage costs the record that met it, and must not stop everything else there for ever.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from shipper.records import Billing, CallRecord, Cost, Event, Record, Rejected, UnknownCost, Wire


class Worked(Struct, frozen=True, gc=False):
    """One record that went through: the call it holds, what that cost, and its events for this wire."""

    call: CallRecord
    cost: Cost | UnknownCost
    events: list[Event]
    wire: Wire = "ingestion"


class Stages(Struct, frozen=True):
    """The stages between the source and the batch, for one `wire`."""

    decode: Callable[[Record], CallRecord | Rejected]
    price: Callable[[Billing], Cost | UnknownCost]
    conform: Callable[[CallRecord], CallRecord]
    events: Callable[[CallRecord, Cost | UnknownCost], list[Event]]
    fit: Callable[[CallRecord, Cost | UnknownCost, list[Event]], tuple[CallRecord, list[Event]] | Rejected]
    wire: Wire = "ingestion"

    def work(self, record: Record) -> Worked | Rejected:
        """Decode, price and map one record; Rejected if it can never be delivered. Never raises."""
        try:
            call = self.decode(record)
            if isinstance(call, Rejected):
                return call
            cost = self.price(call.billing)
            call = self.conform(call)
            fitting = self.fit(call, cost, self.events(call, cost))
            if isinstance(fitting, Rejected):
                return fitting
            call, events = fitting
            return Worked(call, cost, events, self.wire)
        except Exception as error:
            return Rejected("unmappable", type(error).__name__)
