"""The record's whole way, and the only TaskGroup.

    source ─► decode ─► pricing ─► mapping ─► batch ─► delivery (retry ⟲ sink) ─► checkpoint ─► source.commit
                 └────────────────┴─ refused ─► dead letters, confirmed ────────────┘

Rule: the ingest loop never waits for the backend. When the memory budget is used it pauses the partitions and
goes on polling, so that the group stays as it is however long an outage lasts.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Protocol

from msgspec import Meta, Struct

from shipper.batch import Batch, Batchers
from shipper.checkpoint import Ledger
from shipper.custody import Custody, Entry
from shipper.delivery import Delivery
from shipper.offsets import Group, Offsets
from shipper.records import Record, Rejected
from shipper.source import Polled
from shipper.stages import Worked, next_chunk
from shipper.tally import Tally
from shipper.telemetry import Telemetry

POLL_S = 0.5  # longest wait of one poll
PACE_S = 0.02  # between polls while a batch is open and few records come: they ride in it anyway
PACE_BELOW_BYTES = 65_536
YIELD_BYTES = 131_072  # of records worked through before others get their turn on the event loop
BEAT_S = 1.0  # between two reports
FINISH_S = 2.0  # of the grace, kept for the last commit, and as much again for leaving the group


class ProcessSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `process`."""

    grace_s: Annotated[
        float, Meta(gt=0, le=3600, description="SIGTERM: flush, commit and leave within this time, then exit.")
    ] = 25.0
    memory_bytes: Annotated[
        int,
        Meta(
            ge=1_000_000,
            description="Most bytes of records and their events held at a time; above it the partitions are paused.",
        ),
    ] = 25_165_824


class NothingToRead(Exception):
    """Every partition of this member was stopped, and nothing is under way: only an operator can help."""


class RecordSource(Group, Protocol):
    """Where records come from, and where their offsets go (`shipper.source.Source`)."""

    @property
    def all_stopped(self) -> bool: ...
    async def poll(self, timeout_s: float) -> Polled: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...


class Work(Protocol):
    """The pure stages: records in, their events out (`shipper.stages`, by the wire of the moment: `shipper.wiring`)."""

    def work_all(self, records: Sequence[Record]) -> list[Worked | Rejected]: ...


class Timing(Struct, frozen=True):
    """The times that the pipeline keeps, in seconds."""

    grace_s: float
    commit_interval_s: float
    drain_timeout_s: float


class Pipeline:
    """One run of the daemon's work, from the first poll to the last commit; `offsets` is the source's custodian."""

    def __init__(
        self,
        source: RecordSource,
        stages: Work,
        batchers: Batchers[Entry],
        custody: Custody,
        delivery: Delivery,
        telemetry: Telemetry,
        memory_bytes: int,
        timing: Timing,
        stopping: asyncio.Event,
        clock: Callable[[], float],
    ) -> None:
        self._source = source
        self._stages = stages
        self._batchers = batchers
        self._custody = custody
        self._delivery = delivery
        self._telemetry = telemetry
        self._memory_bytes = memory_bytes
        self._timing = timing
        self._stopping = stopping
        self._clock = clock
        self._tally = Tally()
        self.offsets = Offsets(
            source, custody, telemetry, lambda: self._hand_over(*batchers.flush("rebalance")), timing.drain_timeout_s
        )
        self._finish_s = min(FINISH_S, timing.grace_s / 4)
        self._end_at: float | None = None
        self._deadline: asyncio.Timeout | None = None
        self.last_turn_s = clock()  # when the ingest loop last came round

    async def run(self, prepare: Callable[[], Awaitable[None]], in_flight: int, beat: Callable[[], None]) -> None:
        """Work until `stop`; comes back when everything taken is settled and committed, or the grace is over.

        `prepare` is awaited before the first poll (dead-letter topics); `in_flight` requests run at a time;
        `beat` is called about once a second. Raises what a loop raises, as an ExceptionGroup: a bug, or NothingToRead.
        """
        try:
            async with asyncio.timeout_at(self._end_at) as self._deadline, asyncio.TaskGroup() as group:
                loops = [
                    group.create_task(self._ingest(prepare), name="ingest"),
                    group.create_task(self._commit(beat), name="commit"),
                    group.create_task(self._delivery.bury(), name="bury"),
                ]
                loops += [group.create_task(self._delivery.deliver(), name=f"deliver-{n}") for n in range(in_flight)]
                group.create_task(self._drain(loops), name="drain")
        except TimeoutError:
            self._telemetry.drain_incomplete(self._custody.parcels)
        finally:
            self._deadline = None  # one that is over cannot be moved, and `stop` may still come
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._finish_s):
                await self.offsets.commit()

    def stop(self) -> None:
        """Ask for the end. To be called on the event loop's thread, by a signal handler for instance.

        The deadline is armed here and not by a loop that might be waiting for something at the moment.
        """
        if not self._stopping.is_set():
            self._stopping.set()
            self._end_at = asyncio.get_running_loop().time() + self._timing.grace_s - 2 * self._finish_s
            if self._deadline is not None:
                self._deadline.reschedule(self._end_at)

    # the record's way

    async def _ingest(self, prepare: Callable[[], Awaitable[None]]) -> None:
        await prepare()
        while not self._stopping.is_set():
            wait_s = self._batchers.wait_s(self._clock())
            polled = await self._source.poll(POLL_S if wait_s is None else min(POLL_S, wait_s))
            # Look the ledgers up before anything else runs: after a rebalance they would be the next owner's.
            taken = [(records, self._custody.checkpoint.partitions[partition]) for partition, records in polled]
            size_bytes = sum([await self._take_all(records, ledger) for records, ledger in taken])
            self._close_due()
            if not polled:
                await self.offsets.pass_over_gaps()
            elif size_bytes < PACE_BELOW_BYTES:
                await asyncio.sleep(min(PACE_S, self._batchers.wait_s(self._clock()) or 0.0))

    async def _take_all(self, records: list[Record], ledger: Ledger) -> int:
        total_bytes = since_yield_bytes = begin = 0
        while begin < len(records):
            if since_yield_bytes >= YIELD_BYTES:
                total_bytes, since_yield_bytes = total_bytes + since_yield_bytes, 0
                await asyncio.sleep(0)
            if self._custody.held_bytes >= self._memory_bytes:
                await self._make_room(ledger)
            if not ledger.assigned or self.offsets.letting_go or self._stopping.is_set():
                break  # what was not taken is not committed: it comes again
            chunk = next_chunk(records, begin, self._memory_bytes - self._custody.held_bytes)
            self._take(chunk, ledger)
            begin += len(chunk)
            since_yield_bytes += sum([len(record.value or b"") for record in chunk])
        return total_bytes + since_yield_bytes

    def _take(self, records: Sequence[Record], ledger: Ledger) -> None:
        self._tally.received += len(records)
        for record, worked in zip(records, self._stages.work_all(records), strict=True):
            if isinstance(worked, Rejected):
                self._custody.condemn(self._custody.take(record, ledger, ()), worked)
                continue
            self._tally.add(worked.call, worked.cost)
            parcel = self._custody.take(record, ledger, worked.events, worked.wire)
            for entry in parcel.to_send(worked.events):
                event = entry[0]
                self._hand_over(self._batchers.add(event.wire, entry, len(event.data), self._clock()))

    def _close_due(self) -> None:
        self.last_turn_s = self._clock()
        self._hand_over(*self._batchers.due(self.last_turn_s))

    def _hand_over(self, *batches: Batch[Entry] | None) -> None:
        for batch in batches:
            if batch is not None:
                self._telemetry.batch_closed(batch.reason, len(batch.items), batch.size_bytes)
                self._delivery.batches.put_nowait(batch)

    async def _make_room(self, ledger: Ledger) -> None:
        """Fetch nothing, but poll, until half of the memory budget is free."""
        self._source.pause()
        self._telemetry.metrics.paused.set(1)
        while self._custody.held_bytes > self._memory_bytes // 2 and ledger.assigned and not self._stopping.is_set():
            if await self._source.poll(PACE_S):
                raise RuntimeError("a paused partition gave records")  # going on would commit past them
            self._close_due()
            await asyncio.sleep(PACE_S)
        self._source.resume()
        self._telemetry.metrics.paused.set(0)

    # offsets

    async def _commit(self, beat: Callable[[], None]) -> None:
        last_s = self._clock()
        while True:
            await asyncio.sleep(min(BEAT_S, self._timing.commit_interval_s))
            if self._clock() - last_s >= self._timing.commit_interval_s:
                last_s = self._clock()
                await self.offsets.commit()
            tally, self._tally = self._tally, Tally()
            self._telemetry.records_mapped(tally)
            self.offsets.report()
            beat()
            # What was taken comes first: Kafka itself may not hold it any more.
            if self._source.all_stopped and self._custody.idle.is_set():
                await self.offsets.commit()
                raise NothingToRead

    # the end

    async def _drain(self, loops: list[asyncio.Task[None]]) -> None:
        await self._stopping.wait()
        self._telemetry.draining(self._custody.parcels)
        self._hand_over(*self._batchers.flush("drain"))
        await self._custody.idle.wait()
        for loop in loops:
            loop.cancel()
