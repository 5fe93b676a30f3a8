"""aiokafka behind poll, pause, resume and commit; rebalances become calls on a `Custodian`.

Designed around what breaks in the client: a fetch task that dies in silence, group errors that never heal,
errors that are raised without any pause, calls without an end. So every call is bounded, progress is watched,
and a consumer that looks wrong is thrown away and built anew rather than trusted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from shipper import fence
from shipper.checkpoint import Partition
from shipper.kafka import KafkaSettings, LastClientError, client_arguments, close_client, repair_client
from shipper.positions import behind, first_positions, oldest_offsets
from shipper.records import Record
from shipper.telemetry import Telemetry

LOOKUP_TIMEOUT_S = 10.0
ERROR_WAIT_S = 1.0
ERRORS_MAX = 3  # in a row, then the consumer is built anew
POLL_RECORDS_MAX = 1000

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
        repair_client()
        self._settings = settings
        self._telemetry = telemetry
        self._clock = clock
        self._custodian: Custodian
        self._consumer: AIOKafkaConsumer | None = None
        self._membership: fence.Membership | None = None
        self._assigned: set[Partition] = set()
        self._fresh: set[Partition] = set()  # assigned, but where they begin is not known yet
        self._stopped: set[Partition] = set()  # not read on until an operator acts
        self._paused = False
        self._errors = 0
        self._last_records_s = 0.0

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
        """Records by partition, in the order of their offsets; nothing after `timeout_s` (a rebalance takes longer).

        Raises nothing for Kafka's sake: it says what stands in the way, waits a moment and gives nothing.
        """
        try:
            consumer = self._consumer or await self._start()
            if self._fresh:
                await self._take_up(consumer)
            polled = await consumer.getmany(timeout_ms=int(timeout_s * 1000), max_records=POLL_RECORDS_MAX)
            _check_tasks(consumer)
            self._errors = 0
            self._telemetry.release(self)
            await self._watch(consumer, bool(polled))
        except NoOffsetForPartitionError:
            return []  # the client looked before _take_up came to it; the next poll does
        except OffsetOutOfRangeError as error:
            await self._out_of_range(error.args[0])
            return []
        except Exception as error:
            await self._failed(error)
            return []
        for partition in self._fresh.intersection(polled):
            # A rebalance went by inside getmany: the first record tells where the partition begins.
            self._custodian.assigned({partition: polled[partition][0].offset})
            self._fresh.discard(partition)
        return [(tuple(tp), [_record(message) for message in messages]) for tp, messages in polled.items()]

    # the consumer's life

    async def _start(self) -> AIOKafkaConsumer:
        settings = self._settings
        session_ms = int(settings.session_timeout_s * 1000)
        consumer = AIOKafkaConsumer(
            **client_arguments(settings),
            group_id=settings.group_id,
            enable_auto_commit=False,
            auto_offset_reset="none",
            isolation_level="read_committed",
            session_timeout_ms=session_ms,
            heartbeat_interval_ms=max(100, min(3000, session_ms // 10)),
            rebalance_timeout_ms=int(settings.rebalance_timeout_s * 1000),
            request_timeout_ms=settings.request_timeout_ms,
            fetch_max_bytes=settings.fetch_max_bytes,
            max_partition_fetch_bytes=min(settings.fetch_max_bytes, 1_048_576),
            fetch_max_wait_ms=settings.fetch_max_wait_ms,
        )
        consumer.subscribe(topics=list(settings.topics), listener=self)
        self._consumer = consumer  # the listener is called before start() has ended
        with LastClientError() as last:
            try:
                async with asyncio.timeout(2 * settings.request_timeout_ms / 1000):
                    await consumer.start()
            except BaseException as error:
                await self._discard()
                if isinstance(error, KafkaError) and last.text:
                    raise KafkaError(f"{error}: {last.text}") from error
                raise
        self._last_records_s = self._clock()
        return consumer

    async def _failed(self, error: Exception) -> None:
        self._errors += 1
        detail = f"{type(error).__name__}: {error}"[:300]
        self._telemetry.hold(self, "kafka_unavailable", detail)
        # What is not an error of Kafka's is one of the client's: its state is not to be trusted any more.
        hopeless = not isinstance(error, KafkaError | TimeoutError | OSError)
        if self._consumer is not None and (hopeless or self._errors >= ERRORS_MAX):
            self._telemetry.consumer_rebuilt("error", detail)
            await self._discard()
        await asyncio.sleep(ERROR_WAIT_S)

    async def _watch(self, consumer: AIOKafkaConsumer, progress: bool) -> None:
        """A client that is dead and a client without brokers both look like an idle one: ask after a while."""
        now_s = self._clock()
        if progress or self._paused:
            self._last_records_s = now_s
        if now_s - self._last_records_s < self._settings.stall_timeout_s:
            return
        self._last_records_s = now_s
        async with asyncio.timeout(LOOKUP_TIMEOUT_S):
            waiting = await behind(consumer, self._assigned - self._stopped)
        if waiting or consumer._coordinator.generation <= 0:
            self._telemetry.consumer_rebuilt("stalled", f"{len(waiting)} partitions have records that do not come")
            await self._discard()

    async def _discard(self) -> None:
        consumer, self._consumer = self._consumer, None
        self._membership = None
        self._errors = 0
        if self._assigned:
            self._custodian.lost(self._assigned)
        self._assigned, self._fresh, self._stopped = set(), set(), set()
        if consumer is not None:
            await close_client(consumer)

    async def close(self) -> None:
        """Leave the group, within a few seconds whatever the brokers do. Custody is over before this."""
        self._assigned = set()
        await self._discard()

    # the group's calls

    def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """The group has given out its partitions: all that are ours from now on."""
        assert self._consumer is not None  # noqa: S101  # it is the one who calls
        coordinator = self._consumer._coordinator
        self._membership = fence.Membership(self._settings.group_id, coordinator.generation, coordinator.member_id)
        self._assigned = {tuple(tp) for tp in assigned}
        self._fresh = set(self._assigned)
        self._stopped &= self._assigned
        self._telemetry.assigned(self._assigned, coordinator.generation)
        self._set_flow()

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """The group begins anew: everything is taken away, and commits pass only until this returns."""
        if self._assigned:
            await self._custodian.revoked(self._assigned)
        self._membership = None
        self._assigned, self._fresh = set(), set()

    # positions

    async def _take_up(self, consumer: AIOKafkaConsumer) -> None:
        membership, fresh = self._membership, set(self._fresh)
        async with asyncio.timeout(LOOKUP_TIMEOUT_S):
            positions = await first_positions(consumer, fresh, self._settings.start)
        if membership is not self._membership:
            return  # a rebalance went by; the next poll looks again
        self._fresh -= fresh
        self._custodian.assigned(positions.offsets)
        if positions.chosen and self._settings.start == "latest":
            # Else a restart before the first record would choose once more, and skip what came between.
            await self.commit(positions.chosen)

    async def _out_of_range(self, asked: dict[TopicPartition, int]) -> None:
        """Kafka does not hold these offsets: retention was faster, or the topic was made anew."""
        consumer = self._consumer
        assert consumer is not None  # noqa: S101  # it has just raised
        try:
            async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                oldest = await oldest_offsets(consumer, [tuple(tp) for tp in asked])
        except (KafkaError, TimeoutError, OSError) as error:
            await self._failed(error)
            return
        for tp, offset in asked.items():
            policy = self._settings.out_of_range
            self._telemetry.retention_overtook(tp.topic, tp.partition, offset, oldest[tp], policy)
            if policy == "earliest":
                consumer.seek(tp, oldest[tp])
                self._custodian.assigned({tuple(tp): oldest[tp]})
            else:
                self._stopped.add(tuple(tp))
                self._telemetry.hold(("stopped", tuple(tp)), "partition_stopped", f"{tp.topic}/{tp.partition}")
        self._set_flow()

    def highwater(self, partition: Partition) -> int | None:
        """Offset of the next record to be produced there, as of the last fetch; None if not known."""
        if self._consumer is None or partition not in self._assigned:
            return None
        highwater: int | None = self._consumer.highwater(TopicPartition(*partition))
        return highwater

    async def position(self, partition: Partition) -> int | None:
        """Offset of the next record to fetch there, control records passed over; None if not known."""
        if self._consumer is None or partition in self._fresh or partition not in self._assigned:
            return None
        try:
            async with asyncio.timeout(LOOKUP_TIMEOUT_S):
                position: int = await self._consumer.position(TopicPartition(*partition))
        except (KafkaError, IllegalStateError, TimeoutError):
            return None
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
        if self._membership is None or self._consumer is None:
            return False
        committed = await fence.commit(self._consumer._coordinator, self._membership, offsets)
        self._telemetry.commit_done(committed.result, committed.detail)
        return committed.result == "ok"


def _check_tasks(consumer: AIOKafkaConsumer) -> None:
    for task in (consumer._fetcher._fetch_task, consumer._coordinator._coordination_task):
        if task.done():
            raise RuntimeError("a task of the Kafka client has ended")


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
