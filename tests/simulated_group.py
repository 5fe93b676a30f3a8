"""A topic of several partitions and its consumer group in memory: eager rebalances, generations, fenced commits.

Members behave as `shipper.source.Source` does: `revoked` is awaited before the partitions are given out anew, a member
that was thrown out learns of it by `lost`, and a client that is given up cancels what its rebalance waits for.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping

from shipper.checkpoint import Partition
from shipper.records import Record
from shipper.source import Custodian, Polled

LATENCY_S = 0.01
SESSION_S = 20.0
REBALANCE_S = 12.0  # how long the group waits for its members to let go
GIVE_UP_S = 0.5  # how long a client that is given up may still wait for its tasks


class Group:
    """The brokers' side. `settled` says of a record whether an offset above it may be committed."""

    def __init__(self, rng: random.Random, partitions: int, settled: Callable[[Record], bool]) -> None:
        self.rng = rng
        self.logs: dict[Partition, list[Record]] = {("calls", number): [] for number in range(partitions)}
        self.ends = dict.fromkeys(self.logs, 0)
        self.committed = dict.fromkeys(self.logs, 0)
        self.commits_checked = 0
        self.fenced = 0
        self.generation = 0
        self.members: list[Member] = []
        self._settled = settled
        self._rebalancing: asyncio.Task[None] | None = None
        self._again = False

    def produce(self, partition: Partition, value: bytes | None, key: bytes | None = b"k") -> Record:
        """Append a record."""
        record = Record(*partition, self.ends[partition], 1, key, value)
        self.logs[partition].append(record)
        self.ends[partition] += 1
        return record

    def control_records(self, partition: Partition, count: int) -> None:
        """Append offsets that no consumer is ever given."""
        self.ends[partition] += count

    def rebalance(self) -> None:
        """Begin a rebalance, or another one after that which is under way."""
        self._again = True
        if self._rebalancing is None or self._rebalancing.done():
            self._rebalancing = asyncio.ensure_future(self._rebalance())

    async def _rebalance(self) -> None:
        while self._again:
            self._again = False
            reachable = [member for member in self.members if member.reachable]
            waiting = [member.let_go() for member in reachable]
            if waiting:
                await asyncio.wait(waiting, timeout=REBALANCE_S)
            before = self.members
            self.members = [member for member in before if member.reachable and member.has_nothing]
            for member in before:
                member.thrown_out = member not in self.members
            self.generation += 1
            shares: list[set[Partition]] = [set() for _ in self.members]
            for number, partition in enumerate(self.rng.sample(sorted(self.logs), len(self.logs))):
                if shares:
                    shares[number % len(shares)].add(partition)
            for member, share in zip(self.members, shares, strict=True):
                member.given(share, self.generation)

    def commit(self, generation: int, offsets: Mapping[Partition, int]) -> bool:
        """Take a commit of the present generation; every record that it passes must have its fate."""
        if generation != self.generation:
            self.fenced += 1
            return False
        for partition, offset in offsets.items():
            before = self.committed[partition]
            assert before <= offset <= self.ends[partition], f"{partition}: commit of {offset} after {before}"
            for record in self.logs[partition]:
                if before <= record.offset < offset:
                    assert self._settled(record), f"commit of {offset} passes {record}"
            self.committed[partition] = offset
            self.commits_checked += 1
        return True

    async def throw_out(self, member: Member) -> None:
        """The session of a silent member ends."""
        await asyncio.sleep(SESSION_S)
        if member in self.members and not member.reachable:
            self.members.remove(member)
            member.thrown_out = True
            self.rebalance()


class Member:
    """One member's client (`shipper.pipeline.RecordSource`)."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.custodian: Custodian
        self.reachable = True
        self.thrown_out = True  # of a group that it has not joined yet
        self.all_stopped = False
        self.polls_most = 40
        self._generation = -1
        self._assigned: set[Partition] = set()
        self._positions: dict[Partition, int] = {}
        self._letting_go: asyncio.Task[None] | None = None
        self._paused = False
        self._closed = False
        self._connection = asyncio.Lock()

    # the group's calls

    def let_go(self) -> asyncio.Task[None]:
        """Begin to give everything back; the task ends when that is done."""
        if self.has_let_go:
            self._letting_go = asyncio.ensure_future(self._let_go())
        assert self._letting_go is not None
        return self._letting_go

    @property
    def has_let_go(self) -> bool:
        """Whether nothing is being given back."""
        return self._letting_go is None or self._letting_go.done()

    @property
    def has_nothing(self) -> bool:
        """Whether everything was given back; true of one that came while the others did so."""
        return self.has_let_go and not self._assigned

    @property
    def may_read(self) -> bool:
        """Whether a fetch would be answered."""
        return self.has_let_go and self.reachable and bool(self._assigned)

    async def _let_go(self) -> None:
        try:
            if self._assigned:
                await self.custodian.revoked(set(self._assigned))
                self._assigned = set()
        finally:
            self._lose()

    def _lose(self) -> None:
        lost, self._assigned, self._positions = self._assigned, set(), {}
        if lost:
            self.custodian.lost(lost)

    def given(self, share: set[Partition], generation: int) -> None:
        """The group's new assignment."""
        self._assigned, self._generation, self._positions = share, generation, {}

    # the pipeline's calls

    async def poll(self, timeout_s: float) -> Polled:
        if self.thrown_out and self.reachable and self.has_let_go and not self._closed:
            self._lose()
            self.thrown_out = False
            self.group.members.append(self)
            self.group.rebalance()
        if not self.may_read:
            await asyncio.sleep(max(timeout_s, LATENCY_S))
            return []
        generation = self._generation
        if len(self._positions) < len(self._assigned):
            await asyncio.sleep(LATENCY_S)
            if generation != self._generation or not self.may_read:
                return []
            self._positions = {partition: self.group.committed[partition] for partition in self._assigned}
            self.custodian.assigned(self._positions)
        polled = [] if self._paused else self._fetched()
        if not polled:
            await asyncio.sleep(max(timeout_s, LATENCY_S))
        return polled

    def _fetched(self) -> Polled:
        polled: Polled = []
        for partition in sorted(self._assigned):
            first = self._positions[partition]
            count = self.group.rng.randint(0, self.polls_most)
            records = [record for record in self.group.logs[partition] if record.offset >= first][:count]
            if records:
                self._positions[partition] = records[-1].offset + 1
                polled.append((partition, records))
            elif count:
                self._positions[partition] = max(first, self._end_after(partition, first))
        return polled

    def _end_after(self, partition: Partition, first: int) -> int:
        """Past control records, if nothing but those is left."""
        log = self.group.logs[partition]
        return self.group.ends[partition] if not log or log[-1].offset < first else first

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False

    def highwater(self, partition: Partition) -> int | None:
        return self.group.ends[partition] if partition in self._assigned else None

    async def position(self, partition: Partition) -> int | None:
        return self._positions.get(partition) if self.has_let_go else None

    async def commit(self, offsets: Mapping[Partition, int]) -> bool:
        if not self._assigned >= offsets.keys():
            return False
        generation = self._generation
        async with self._connection:  # keeps the order
            await asyncio.sleep(LATENCY_S)
            for _ in range(400):
                if self.reachable:
                    break
                await asyncio.sleep(0.1)
            else:
                return False
            taken = self.group.commit(generation, offsets)
        await asyncio.sleep(LATENCY_S)
        return taken and self.group.rng.random() > 0.05  # else the answer was lost

    # nemesis

    def cut_off(self) -> None:
        """No packet comes through, in either direction."""
        self.reachable = False
        asyncio.ensure_future(self.group.throw_out(self)).add_done_callback(_ended)

    def healed(self) -> None:
        """They come through again."""
        self.reachable = True

    async def rebuilt(self) -> None:
        """The client is given up in the midst of whatever it does, and built anew."""
        if self in self.group.members:
            self.group.members.remove(self)
        self.thrown_out = True
        self._lose()
        self.group.rebalance()
        if self._letting_go is not None:
            await asyncio.wait({self._letting_go}, timeout=GIVE_UP_S)
            self._letting_go.cancel()

    def close(self) -> None:
        """Leave; for a crash the group only sees the same."""
        self._closed = True
        if self in self.group.members:
            self.group.members.remove(self)
            self.group.rebalance()
        if self._letting_go is not None:
            self._letting_go.cancel()


def _ended(task: asyncio.Future[None]) -> None:
    if not task.cancelled():
        task.result()
