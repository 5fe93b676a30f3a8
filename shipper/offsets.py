"""Between the consumer group and the custody of records: assignments in, commits out.

Rule: what is committed comes from the checkpoint and nowhere else, and before partitions go away everything
under way gets its chance to settle. Knows when to commit; the source knows how.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from shipper.checkpoint import Partition
from shipper.custody import Custody
from shipper.telemetry import Telemetry


class Group(Protocol):
    """The group as `shipper.source.Source` is a member of it."""

    def highwater(self, partition: Partition) -> int | None: ...
    async def position(self, partition: Partition) -> int | None: ...
    async def commit(self, offsets: Mapping[Partition, int]) -> bool: ...


class Offsets:
    """The custodian of the source's records, as far as their partitions and offsets are concerned."""

    def __init__(
        self,
        group: Group,
        custody: Custody,
        telemetry: Telemetry,
        close_batch: Callable[[], None],
        drain_timeout_s: float,
    ) -> None:
        """`close_batch` sends the open batch on its way, so that its records can settle."""
        self._group = group
        self._custody = custody
        self._telemetry = telemetry
        self._close_batch = close_batch
        self._drain_timeout_s = drain_timeout_s
        self.letting_go = False  # a rebalance waits for what is under way: nothing more may be taken

    def assigned(self, positions: Mapping[Partition, int]) -> None:
        """These partitions are ours, from these offsets on."""
        for partition, position in positions.items():
            self._custody.checkpoint.assign(partition, position)

    async def revoked(self, partitions: Iterable[Partition]) -> None:
        """Settle what can be settled in time, commit it, let go."""
        self.letting_go = True
        try:
            self._close_batch()
            with contextlib.suppress(TimeoutError):  # what is left then comes again, to whoever has the partition next
                async with asyncio.timeout(self._drain_timeout_s):
                    await self._custody.idle.wait()  # an eager rebalance takes everything away
            await self.commit()
            self.lost(partitions)
        finally:
            # Also where a client that is given up cancels this: else records would be read and never taken.
            self.letting_go = False

    def lost(self, partitions: Iterable[Partition]) -> None:
        """Gone already: what is under way may still be delivered, but nobody commits it."""
        self._telemetry.revoked(partitions, self._custody.checkpoint.pending)
        self._custody.checkpoint.drop(partitions)

    async def commit(self) -> None:
        """Commit what may be committed and is not yet."""
        offsets = self._custody.checkpoint.committable()
        if offsets and await self._group.commit(offsets):
            self._custody.checkpoint.committed(offsets)

    async def pass_over_gaps(self) -> None:
        """Control records and aborted transactions are never given to us: commit past them, or lag never ends.

        Only to be called after a poll that gave nothing: then everything below the position was taken.
        """
        for partition, ledger in list(self._custody.checkpoint.partitions.items()):
            if not ledger.pending and not self.letting_go:  # then what was polled may not have been taken
                position = await self._group.position(partition)
                if position is not None:
                    ledger.reached(position)

    def report(self) -> None:
        """Tell how far we are behind."""
        self._telemetry.under_way(
            self._custody.held_bytes,
            [
                (partition, max(0, highwater - ledger.committable), ledger.oldest_timestamp_ms)
                for partition, ledger in self._custody.checkpoint.partitions.items()
                if (highwater := self._group.highwater(partition)) is not None
            ],
        )
