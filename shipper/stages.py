"""The pure stages in their order, for the daemon and for `shipper map` alike: one record in, its events out.

Pure. Rule: a mistake in a stage costs the record that met it, and must not stop everything else there for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from shipper.records import RECORD_BYTES, Billing, CallRecord, Cost, Event, Record, Rejected, UnknownCost, Wire

_CHUNK_RECORDS, _CHUNK_BYTES = 32, 131_072  # more would not stay in the processor's caches


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

    def work_all(self, records: Sequence[Record]) -> list[Worked | Rejected]:
        """What `work` makes of each of the records, at a quarter less of its cost: a processor that does the same thing
        several times in a row guesses right what comes next.
        """
        try:
            decoded = [self.decode(record) for record in records]
            calls = [call for call in decoded if isinstance(call, CallRecord)]
            costs = [self.price(call.billing) for call in calls]
            calls = [self.conform(call) for call in calls]
            events = [*map(self.events, calls, costs)]
            fitting = map(self.fit, calls, costs, events)
            worked = iter([self._worked(found, cost) for found, cost in zip(fitting, costs, strict=True)])
        except Exception:  # it is found out whose it was
            return [self.work(record) for record in records]
        return [found if isinstance(found, Rejected) else next(worked) for found in decoded]

    def work(self, record: Record) -> Worked | Rejected:
        """Decode, price and map one record; Rejected if it can never be delivered. Never raises."""
        try:
            call = self.decode(record)
            if isinstance(call, Rejected):
                return call
            cost = self.price(call.billing)
            call = self.conform(call)
            return self._worked(self.fit(call, cost, self.events(call, cost)), cost)
        except Exception as error:
            return Rejected("unmappable", type(error).__name__)

    def _worked(
        self, fitting: tuple[CallRecord, list[Event]] | Rejected, cost: Cost | UnknownCost
    ) -> Worked | Rejected:
        if isinstance(fitting, Rejected):
            return fitting
        call, events = fitting
        return Worked(call, cost, events, self.wire)


def next_chunk(records: Sequence[Record], begin: int, room_bytes: int) -> Sequence[Record]:
    """Those from `begin` on that `work_all` is best given together.

    One at the least; more only if they and what is made of them, some three times as much, find room in so many bytes.
    """
    left_bytes = min(_CHUNK_BYTES, room_bytes // 4)
    end, last = begin, min(len(records), begin + _CHUNK_RECORDS)
    while end < last and left_bytes > 0:
        left_bytes -= RECORD_BYTES + len(records[end].value or b"")
        end += 1
    return records[begin : max(begin + 1, end)]
