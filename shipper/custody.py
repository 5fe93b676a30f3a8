"""Records under way: from the moment they are taken until they are delivered or buried.

Rule: a record is settled exactly once, when the last of its events has its verdict, and only then does its
offset become committable. Knows no network; who waits for the end of everything waits for `idle`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from shipper.checkpoint import Checkpoint, Ledger
from shipper.records import RECORD_BYTES, Event, Record, Rejected, Wire


class Parcel(Struct, eq=False, gc=False):
    """One record under way, and what is still owed of it. `refused` is the verdict that leads to the dead letters.

    `wire` is the one that its events were made for. When they are made again for another, another parcel takes the
    record over, and this one `is_remade`: what comes of it does not count any more. `scores` wait for their trace.
    """

    record: Record
    ledger: Ledger
    open_events: int
    held_bytes: int
    wire: Wire = "ingestion"
    scores: tuple[Event, ...] = ()
    refused: Rejected | None = None
    is_remade: bool = False

    def to_send(self, events: Sequence[Event]) -> list[Entry]:
        """Those of the record's events that wait for nothing, as they go into batches."""
        return [(event, self) for event in events if not (event.is_score and self.scores)]


Entry = tuple[Event, Parcel]  # an event in a batch, and the record it belongs to


class Custody:
    """All parcels of this process, by count and by bytes, and the ledgers of their partitions."""

    def __init__(self, max_consecutive: int, *, scores_wait: bool = False) -> None:
        """`max_consecutive`: dead_letters.max_consecutive, see `may_refuse`.

        `scores_wait`: a score is sent when its trace is stored. Where the wire may change it has to: a server that
        takes no trace would take the score, and never forget the ids it came with.
        """
        self.checkpoint = Checkpoint()
        self.condemned: asyncio.Queue[Parcel] = asyncio.Queue()  # every verdict is in, one of them is a refusal
        self.held_bytes = 0
        self.idle = asyncio.Event()
        self.idle.set()
        self._parcels = 0
        self._max_consecutive = max_consecutive
        self._scores_wait = scores_wait
        self._due: list[Entry] = []
        self._consecutive = 0

    def take(self, record: Record, ledger: Ledger, events: Sequence[Event], wire: Wire = "ingestion") -> Parcel:
        """Take a record with its events into custody; all of it is kept for a possible dead letter.

        Those of its events that wait are the parcel's `scores`; all others are to be sent.
        """
        parcel = self._parcel(record, ledger, events, wire)
        ledger.track(record.offset, record.timestamp_ms)
        self.held_bytes += parcel.held_bytes
        self._parcels += 1
        self.idle.clear()
        return parcel

    def remake(self, parcel: Parcel, events: Sequence[Event], wire: Wire) -> Parcel:
        """The record of `parcel` with other events, for another wire; nothing is owed of the old ones any more."""
        parcel.is_remade = True
        other = self._parcel(parcel.record, parcel.ledger, events, wire)
        self.held_bytes += other.held_bytes - parcel.held_bytes
        return other

    def _parcel(self, record: Record, ledger: Ledger, events: Sequence[Event], wire: Wire) -> Parcel:
        scores = tuple(event for event in events if event.is_score) if self._scores_wait else ()
        held_bytes = RECORD_BYTES + _size_bytes(record) + sum(len(event.data) for event in events)
        return Parcel(record, ledger, len(events) - len(scores), held_bytes, wire, scores)

    def condemn(self, parcel: Parcel, rejected: Rejected) -> None:
        """The verdict is ours, on the whole record: none of its events is sent."""
        parcel.refused = rejected
        parcel.open_events = 0
        self.condemned.put_nowait(parcel)

    def accept(self, parcel: Parcel) -> bool:
        """The backend has stored one event of it. True if this settled the record as delivered."""
        self._consecutive = 0
        return self._close_event(parcel)

    def may_refuse(self, parcel: Parcel) -> bool:
        """Whether one more record may go to the dead letters on the backend's word.

        No after `max_consecutive` records in a row without one accepted event: then it is rather the world
        that is wrong, and the caller holds. An accepted event opens the way again.
        """
        return parcel.refused is not None or self._consecutive < self._max_consecutive

    def refuse(self, parcel: Parcel, rejected: Rejected) -> None:
        """The backend's verdict on one event of it; the record is condemned when all its verdicts are in."""
        if parcel.refused is None and not parcel.is_remade:
            parcel.refused = rejected
            self._consecutive += 1
        self._close_event(parcel)

    def _close_event(self, parcel: Parcel) -> bool:
        parcel.open_events -= 1
        if parcel.open_events or parcel.is_remade:
            return False
        if parcel.refused is not None:
            self.condemned.put_nowait(parcel)
            return False
        if parcel.scores:
            parcel.open_events = len(parcel.scores)
            self._due += [(score, parcel) for score in parcel.scores]
            parcel.scores = ()
            return False
        self.settle(parcel)
        return True

    def take_due(self) -> list[Entry]:
        """The scores whose trace has been stored since the last time."""
        due, self._due = self._due, []
        return due

    def settle(self, parcel: Parcel) -> None:
        """The record's way has ended: delivered, or its dead letter is confirmed."""
        parcel.ledger.resolve(parcel.record.offset)
        self._release(parcel)

    def abandon(self, parcel: Parcel) -> None:
        """One event of a record whose partition was taken away is not sent any more; somebody else will."""
        parcel.open_events -= 1
        if parcel.open_events <= 0 and not parcel.is_remade:
            self._release(parcel)

    def _release(self, parcel: Parcel) -> None:
        self.held_bytes -= parcel.held_bytes
        self._parcels -= 1
        if not self._parcels:
            self.idle.set()

    @property
    def parcels(self) -> int:
        """Number of records under way."""
        return self._parcels


def _size_bytes(record: Record) -> int:
    headers_bytes = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.value or b"") + len(record.key or b"") + headers_bytes
