"""aiokafka behind poll, pause, resume and commit; rebalances become calls on a `Custodian`.

Designed around what breaks in the client: tasks that die in silence, group errors that never heal, errors that are
raised without any pause, calls without an end. So every call is bounded, signs of life are watched, and a consumer
that looks wrong is thrown away and built anew rather than trusted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import CorruptRecordException, NoOffsetForPartitionError, OffsetOutOfRangeError

from shipper import fence
from shipper.checkpoint import Partition
from shipper.consumer import ConsumerBroken, ConsumerLife
from shipper.kafka import KafkaSettings
from shipper.positions import first_positions, oldest_offsets
from shipper.records import Record
from shipper.telemetry import Telemetry

LOOKUP_TIMEOUT_S = 5.0
ERROR_WAIT_S = 1.0
READS_MAX = 3  # of a damaged batch, then its partition is stopped
POLL_RECORDS_MAX = 1000
POLL_SLACK_S = 0.5

Polled = list[tuple[Partition, list[Record]]]


class Custodian(Protocol):
    """Who takes records into custody, and must know which partitions are ours."""

    def assigned(self, positions: Mapping[Partition, int]) -> None:
        """From now on these partitions are ours; their first records come from these offsets on."""

    async def revoked(self, partitions: Iterable[Partition]) -> None:
        """These go to somebody else when this returns: settle and commit what can be settled in time."""

    def lost(self, partitions: Iterable[Partition]) -> None:
        """These are gone already: nothing of them can be committed."""


class Source(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """The records of the configured topics, as a member of the consumer group."""

    def __init__(self, settings: KafkaSettings, telemetry: Telemetry, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._telemetry = telemetry
        self._custodian: Custodian
        self._life = ConsumerLife(settings, telemetry, clock, self)
        self._membership: fence.Membership | None = None
        self._assigned: set[Partition] = set()
        self._fresh: set[Partition] = set()  # assigned, but where they begin is not known yet
        self._stopped: set[Partition] = set()  # not read on until an operator acts
        self._damaged: dict[Partition, tuple[int, int]] = {}  # unreadable: at which position, how often tried
        self._letting_go = False
        self._paused = False

    def bind(self, custodian: Custodian) -> None:
        """Tell who takes custody; once, before the first poll."""
        self._custodian = custodian

    @property
    def joined(self) -> bool:
        """Whether the group has given us an assignment (an empty one counts)."""
        return self._membership is not None

    @property
    def all_stopped(self) -> bool:
        """Whether there are partitions and not one of them can be read on."""
        return bool(self._assigned) and self._assigned <= self._stopped

    async def poll(self, timeout_s: float) -> Polled:
        """Records by partition, in the order of their offsets; nothing if none came within about `timeout_s`.

        Raises nothing for Kafka's sake: it says what stands in the way, waits a moment and gives nothing.
        """
        polled: dict[TopicPartition, list[Any]] = {}
        try:
            consumer = await self._life.started(timeout_s)
            if consumer is not None:
                await self._life.check(self._to_fetch())
                if self._fresh:
                    await self._take_up(consumer)
                polled = await self._getmany(consumer, timeout_s)
                self._life.works()
        except asyncio.CancelledError:
            if _asked_to_end():
                raise
            await self._failed(ConsumerBroken("the Kafka client has cancelled its own call"))
        except Exception as error:
            await self._failed(error)
        # From here to the caller nothing may be awaited: a rebalance would take away what was polled.
        for partition in self._fresh.intersection(polled):
            # The assignment came inside getmany: the first record tells where the partition begins.
            self._custodian.assigned({partition: polled[partition][0].offset})
            self._fresh.discard(partition)
        return [(tuple(tp), [_record(message) for message in messages]) for tp, messages in polled.items()]

    async def _getmany(self, consumer: AIOKafkaConsumer, timeout_s: float) -> dict[TopicPartition, list[Any]]:
        # One by one where a batch is damaged: else the good records before it would not be given.
        most = 1 if self._damaged else POLL_RECORDS_MAX
        polled: dict[TopicPartition, list[Any]] = {}
        try:
            # During a rebalance the client waits for its end, whatever it was told.
            async with asyncio.timeout(timeout_s + POLL_SLACK_S):
                polled = await consumer.getmany(timeout_ms=int(timeout_s * 1000), max_records=most)
        except (TimeoutError, NoOffsetForPartitionError):
            pass  # the latter: the client has looked before _take_up came to it; the next poll does
        except OffsetOutOfRangeError as error:
            await self._out_of_range(consumer, error.args[0])
        except CorruptRecordException as error:
            await self._unreadable(error)
        return polled

    def _to_fetch(self) -> set[Partition] | None:
        if self._membership is None:
            return None
        return set() if self._paused else self._assigned - self._stopped

    @property
    def _consumer(self) -> AIOKafkaConsumer | None:
        return self._life.consumer

    async def _failed(self, error: Exception) -> None:
        if self._life.failed(error):
            await self._give_up()
        await asyncio.sleep(ERROR_WAIT_S)

    async def _give_up(self) -> None:
        self._membership = None
        self._lose()
        await self._life.end()

    def _lose(self) -> None:
        lost, self._assigned, self._fresh = self._assigned, set(), set()
        if lost:
            self._custodian.lost(lost)

    async def close(self) -> None:
        """Leave the group, within a few seconds whatever the brokers do. Custody is over before this."""
        self._assigned = set()
        try:
            await self._give_up()
        finally:
            self._life.close()

    # the group's calls

    def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """The group has given out its partitions: all that are ours from now on."""
        if self._consumer is None:
            return  # one that was given up, on its way out
        coordinator = self._consumer._coordinator
        self._membership = fence.Membership(self._settings.group_id, coordinator.generation, coordinator.member_id)
        self._assigned = {tuple(tp) for tp in assigned}
        self._fresh = set(self._assigned)
        self._damaged = {}
        for partition in self._stopped - self._assigned:
            self._telemetry.release(("stopped", partition))
        self._stopped &= self._assigned
        self._telemetry.assigned(self._assigned, coordinator.generation)
        self._set_flow()

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """The group begins anew: everything is taken away, and commits pass only until this returns."""
        if self._consumer is None:
            return
        membership, coordinator = self._membership, self._consumer._coordinator
        self._letting_go = True
        try:
            # A member that was thrown out has another generation by now: its commits would be refused.
            if self._assigned and membership is not None and coordinator.generation == membership.generation:
                await self._custodian.revoked(self._assigned)
                self._assigned = set()
        finally:
            self._letting_go = False
            self._membership = None
            self._lose()

    # positions

    async def _take_up(self, consumer: AIOKafkaConsumer) -> None:
        """Begin to read the fresh partitions where the group stands."""
        membership, fresh = self._membership, set(self._fresh)
        async with asyncio.timeout(LOOKUP_TIMEOUT_S):
            positions = await first_positions(consumer, fresh, self._settings.start)
        if membership is not self._membership:
            return  # a rebalance went by; the next poll looks again
        if positions.marks:
            # Else a restart before the first commit would choose the end once more, and skip what came between.
            chosen = {partition: positions.offsets[partition] for partition in positions.marks}
            if not await self._commit(chosen, positions.marks) or membership is not self._membership:
                return
        for partition, offset in positions.offsets.items():
            consumer.seek(TopicPartition(*partition), offset)
        self._fresh -= fresh
        self._custodian.assigned(positions.offsets)

    async def _out_of_range(self, consumer: AIOKafkaConsumer, asked: Mapping[TopicPartition, int]) -> None:
        """Kafka does not hold these offsets: retention was faster, or the topic was made anew."""
        membership = self._membership
        ours = {tp: offset for tp, offset in asked.items() if tp in self._assigned - self._stopped}
        consumer.pause(*ours)  # at once, or the next fetch asks for the same offsets again and the gap is told twice
        try:
            async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                oldest = await oldest_offsets(consumer, [tuple(tp) for tp in ours])
            if membership is self._membership:
                for tp, offset in ours.items():
                    await self._pass_gap(consumer, tp, offset, oldest[tp])
        finally:
            self._set_flow()

    async def _pass_gap(self, consumer: AIOKafkaConsumer, tp: TopicPartition, offset: int, oldest: int) -> None:
        policy = self._settings.out_of_range
        self._telemetry.retention_overtook(tp.topic, tp.partition, offset, oldest, policy)
        if policy == "stop":
            self._stop(tuple(tp))
            return
        consumer.seek(tp, oldest)
        if oldest < offset:  # A new log: what is left of the old one is settled before its offsets begin anew.
            membership = self._membership
            await self._custodian.revoked([tuple(tp)])
            if membership is self._membership:
                self._custodian.assigned({tuple(tp): oldest})

    async def _unreadable(self, error: CorruptRecordException) -> None:
        """A batch does not match its checksum: on the way, then the next fetch is good; or on the broker's disk."""
        for partition in self._assigned:
            tp = TopicPartition(*partition)
            if repr(tp) not in str(error):
                continue
            position = await self.position(partition)
            if position is None:
                continue
            before, tries = self._damaged.get(partition, (-1, 0))
            self._damaged[partition] = (position, tries + 1 if position == before else 1)
            if self._damaged[partition][1] >= READS_MAX:
                del self._damaged[partition]
                self._telemetry.unreadable(tp.topic, tp.partition, position)
                self._stop(partition)
                return
        await asyncio.sleep(ERROR_WAIT_S)

    def _stop(self, partition: Partition) -> None:
        self._stopped.add(partition)
        self._telemetry.hold(("stopped", partition), "partition_stopped", "{}/{}".format(*partition))
        self._set_flow()

    def highwater(self, partition: Partition) -> int | None:
        """Offset of the next record to be produced there, as of the last fetch; None if not known."""
        if self._consumer is None or partition not in self._assigned:
            return None
        highwater: int | None = self._consumer.highwater(TopicPartition(*partition))
        return highwater

    async def position(self, partition: Partition) -> int | None:
        """Offset of the next record to fetch there, control records passed over; None if not known.

        None too while the partition is being let go: what was polled may not have been taken into custody then.
        """
        if self._consumer is None or self._letting_go or partition not in self._assigned - self._fresh:
            return None
        try:
            async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                position: int = await self._consumer.position(TopicPartition(*partition))
        except Exception:
            return None  # what is wrong with the client is found and told by poll
        return position

    # flow and commits

    def pause(self) -> None:
        """Fetch nothing more; polling goes on, so that the group stays stable."""
        self._paused = True
        self._set_flow()

    def resume(self) -> None:
        """Fetch again."""
        self._paused = False
        self._set_flow()

    def _set_flow(self) -> None:
        if self._consumer is not None and self._assigned:
            halted = self._assigned if self._paused else self._stopped
            self._consumer.pause(*(TopicPartition(*partition) for partition in halted))
            self._consumer.resume(*(TopicPartition(*partition) for partition in self._assigned - halted))

    async def commit(self, offsets: Mapping[Partition, int]) -> bool:
        """Commit under the membership that the records were fetched under. True if the group has the offsets."""
        if not self._assigned - self._fresh >= offsets.keys():
            # Taken in custody under another assignment, and the broker does not look at who has a partition.
            self._telemetry.commit_done("fenced", "partitions that are not ours")
            return False
        return await self._commit(offsets, {})

    async def _commit(self, offsets: Mapping[Partition, int], texts: Mapping[Partition, str]) -> bool:
        if self._membership is None or self._consumer is None:
            return False
        committed = await fence.commit(self._consumer._coordinator, self._membership, offsets, texts)
        self._telemetry.commit_done(committed.result, committed.detail)
        return committed.result == "ok"


def _asked_to_end() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _record(message: Any) -> Record:
    return Record(
        message.topic,
        message.partition,
        message.offset,
        message.timestamp,
        message.key,
        message.value,
        tuple(message.headers),
    )
