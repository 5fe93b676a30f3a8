"""Which offsets may be committed: for each partition the end of the contiguous run of settled records.

Rule: a committed offset never passes a record that is still owed, however many later ones are settled.
Pure: knows no Kafka client, no clock. A partition that is taken away is dropped with its ledger; what
settles afterwards settles in a ledger that nobody commits from.
"""

from __future__ import annotations

from collections.abc import Iterable

Partition = tuple[str, int]  # topic, partition: equal to aiokafka's TopicPartition


class Ledger:
    """One partition during one assignment: what was taken from it and is not settled yet."""

    __slots__ = ("_open", "assigned", "position")

    def __init__(self, position: int) -> None:
        """`position` is the offset of the first record that will be taken."""
        self._open: dict[int, int] = {}  # offset -> Kafka timestamp (ms), in the order of the offsets
        self.position = position
        self.assigned = True

    def track(self, offset: int, timestamp_ms: int) -> None:
        """Take the record at `offset` into custody. Offsets ascend; gaps are fine. ValueError if they do not."""
        if offset < self.position:
            raise ValueError(f"offset {offset} was passed already, position is {self.position}")
        self._open[offset] = timestamp_ms
        self.position = offset + 1

    def resolve(self, offset: int) -> None:
        """The record at `offset` is settled (delivered or dead-lettered). KeyError if it is not open."""
        del self._open[offset]

    def reached(self, position: int) -> None:
        """Everything below `position` was taken: only control records or gaps lie between it and the last one."""
        if position > self.position:
            self.position = position

    @property
    def committable(self) -> int:
        """The offset of the lowest record that is still owed, or the position if nothing is."""
        return next(iter(self._open), self.position)

    @property
    def oldest_timestamp_ms(self) -> int | None:
        """Kafka timestamp of the lowest record that is still owed, None if nothing is."""
        return next(iter(self._open.values()), None)

    @property
    def pending(self) -> int:
        """Number of records that are still owed."""
        return len(self._open)


class Checkpoint:
    """The ledgers of all partitions that this member has now, and what the group's offsets are known to be."""

    def __init__(self) -> None:
        self._ledgers: dict[Partition, Ledger] = {}
        self._committed: dict[Partition, int] = {}

    def assign(self, partition: Partition, position: int) -> Ledger:
        """Begin a ledger at `position`; a ledger that the partition still had is dropped."""
        self.drop([partition])
        ledger = self._ledgers[partition] = Ledger(position)
        self._committed[partition] = position
        return ledger

    def ledger(self, partition: Partition) -> Ledger | None:
        """The partition's ledger, None if it is not ours now."""
        return self._ledgers.get(partition)

    def drop(self, partitions: Iterable[Partition]) -> None:
        """These partitions were taken away: nothing of them is committed any more."""
        for partition in partitions:
            ledger = self._ledgers.pop(partition, None)
            self._committed.pop(partition, None)
            if ledger is not None:
                ledger.assigned = False

    def committable(self) -> dict[Partition, int]:
        """Offsets that may be committed and are ahead of what is known to be committed."""
        return {
            partition: offset
            for partition, ledger in self._ledgers.items()
            if (offset := ledger.committable) > self._committed[partition]
        }

    def committed(self, offsets: dict[Partition, int]) -> None:
        """The group now has these offsets (what `committable` gave, unless the partition was dropped since)."""
        for partition, offset in offsets.items():
            if partition in self._ledgers:
                self._committed[partition] = max(self._committed[partition], offset)

    @property
    def partitions(self) -> dict[Partition, Ledger]:
        """All partitions that are ours now, with their ledgers."""
        return self._ledgers

    @property
    def pending(self) -> int:
        """Number of records that are still owed, over all partitions."""
        return sum(ledger.pending for ledger in self._ledgers.values())
