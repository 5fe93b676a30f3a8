"""The wire that the backend is spoken to by: found out at the start, and again when the server changes under us.

Rule: a server that takes another wire than yesterday costs no record. What is not delivered yet is made again for the
new wire, from the record as it was consumed; what was stored by the old one stays, and its scores keep its ids.
Knows neither HTTP nor how events are made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

from shipper.batch import Batch, Batchers
from shipper.custody import Custody, Entry, Parcel
from shipper.discovery import Discovered
from shipper.outcome import HoldReason
from shipper.records import Record, Rejected, Wire
from shipper.stages import Stages, Worked
from shipper.telemetry import Telemetry

# What a server answers that takes another wire. Of the others only the first is proof by itself.
_PROOF: HoldReason = "event_type_not_accepted"
_DOUBTS: frozenset[HoldReason] = frozenset({_PROOF, "not_found", "unsupported_encoding", "unknown_refusal"})


class Wiring:
    """Which wire is spoken, and the stages that speak it."""

    def __init__(
        self,
        stages: Mapping[Wire, Stages],
        batchers: Callable[[], Batchers[Entry]],
        custody: Custody,
        telemetry: Telemetry,
        discover: Callable[[], Awaitable[Discovered]] | None,
        first: Wire,
    ) -> None:
        """`first` is spoken until the server says otherwise; without `discover` it is spoken for ever."""
        self._stages = stages
        self._batchers = batchers
        self._custody = custody
        self._telemetry = telemetry
        self._discover = discover
        self._asking = asyncio.Lock()
        self._is_decided = discover is None
        self._has_changed = False
        self._left: Wire | None = None  # the wire before this one, until something is stored by this one
        self.current = first
        telemetry.metrics.wire.labels(first).set(1)

    def work_all(self, records: Sequence[Record]) -> list[Worked | Rejected]:
        """Records through the stages of the current wire, each for itself."""
        return self._stages[self.current].work_all(records)

    async def decide(self) -> None:
        """Ask the server which wire it takes, unless it has said so already. If it does not answer, the next will."""
        if self._is_decided or self._discover is None:
            return
        async with self._asking:
            if self._is_decided:  # somebody else was faster
                return
            found = await self._discover()
            if found.wire is not None:
                self._is_decided = True
                self._telemetry.wire_chosen(found.wire, found.reason)
                self._speak(found.wire)

    async def doubt(self, spoken: Wire, hold: HoldReason) -> bool:
        """Whether another wire than the `spoken` one is to be tried at once, as the server answered that with `hold`.

        No also where that other one was left before and nothing has been stored since: then it is tried after the wait
        that `hold` asks for, else a server that takes neither would be asked without end.
        """
        if self._discover is None or hold not in _DOUBTS:
            return False
        async with self._asking:
            if self.current != spoken:
                return True
            if spoken == "ingestion" and hold == _PROOF:
                found = Discovered("otlp", "it takes no trace events on its ingestion API any more")
            else:
                found = await self._discover()
            if found.wire is None or found.wire == spoken:
                return False
            is_back, self._left = found.wire == self._left, spoken
            self._telemetry.wire_changed(spoken, found.wire, found.reason)
            self._is_decided = True
            self._speak(found.wire)
            return not is_back

    def stored(self, spoken: Wire) -> None:
        """The server has stored something by this wire."""
        if spoken == self.current:
            self._left = None

    def _speak(self, wire: Wire) -> None:
        if wire != self.current:
            self._telemetry.metrics.wire.labels(self.current).set(0)
            self._telemetry.metrics.wire.labels(wire).set(1)
            self.current = wire
            # With no record under way there is nothing that was made for another wire.
            self._has_changed = self._custody.parcels > 0

    def remake(self, entries: Sequence[Entry]) -> list[list[Entry]] | None:
        """The events of one request as they are to be sent now, in groups that travel together.

        None, the usual answer, if all are of the current wire. Scores go by the wire that takes them, with the ids by
        which their trace was stored; those of a record that is made again are made again with it.
        """
        if not self._has_changed or all(self._is_current(entry) for entry in entries):
            return None
        made: list[Entry] = []
        for entry in entries:
            if not entry[1].is_remade:
                made += [entry] if self._is_current(entry) else self._made_again(entry[1])
        return self.grouped(made)

    def grouped(self, entries: Sequence[Entry]) -> list[list[Entry]]:
        """Events in groups that may travel together, by their wires and within the limits of a batch."""
        batchers = self._batchers()
        closed: list[Batch[Entry] | None] = [
            batchers.add(event.wire, (event, parcel), len(event.data), 0.0) for event, parcel in entries
        ]
        closed += batchers.flush("drain")
        return [batch.items for batch in closed if batch is not None]

    def _is_current(self, entry: Entry) -> bool:
        event, parcel = entry
        return not parcel.is_remade and (event.is_score or parcel.wire == self.current)

    def _made_again(self, parcel: Parcel) -> list[Entry]:
        worked = self._stages[self.current].work(parcel.record)
        if isinstance(worked, Rejected):
            self._custody.condemn(self._custody.remake(parcel, (), self.current), worked)
            return []
        owner = self._custody.remake(parcel, worked.events, worked.wire)
        return owner.to_send(worked.events)
