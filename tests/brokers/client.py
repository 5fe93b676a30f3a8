"""What a test puts into a Kafka and reads out of it, through librdkafka: a client independent of the one under test.

All calls block until the broker has confirmed, most for milliseconds. In an async test that must not stop the loop
(one with the daemon on the same loop), call the longer ones by `asyncio.to_thread`.
Errors are confluent_kafka's KafkaException, and TimeoutError.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import cycle
from typing import Any, TypeVar

from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import (  # type: ignore[attr-defined] # they are documented there, but not re-exported
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
)

from tests.brokers.stored import Stored, read_to_ends

TIMEOUT_S = 60.0
UNSETTLED = {
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
}
T = TypeVar("T")


class Kafka:
    """A Kafka that answers at `bootstrap` (host:port without encryption or login, as a user who may do everything)."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._askers: dict[str, Consumer] = {}

    def create_topic(self, name: str, partitions: int = 4, **configs: str | int) -> None:
        """Create a topic and wait until it can be used; `retention_ms=1000` sets `retention.ms`."""
        dotted = {key.replace("_", "."): str(value) for key, value in configs.items()}
        topic = NewTopic(name, num_partitions=partitions, replication_factor=-1, config=dotted)
        self._admin.create_topics([topic])[name].result(TIMEOUT_S)
        wait_until(lambda: self._answers_for(name, partitions), f"leaders of {name}")

    def delete_topic(self, name: str) -> None:
        """Delete a topic."""
        self._admin.delete_topics([name])[name].result(TIMEOUT_S)

    def partitions(self, topic: str) -> list[int]:
        """The topic's partitions."""
        return sorted(self.leaders(topic))

    def produce(
        self,
        topic: str,
        values: Iterable[bytes | None],
        *,
        key: bytes | None = None,
        headers: Sequence[tuple[str, bytes | None]] = (),
        partition: int | None = None,
        timestamp_ms: int = 0,
    ) -> None:
        """Write records, confirmed by all replicas, each once; `timestamp_ms` 0 means now.

        Value number i goes to partition i modulo the partitions, or all to `partition`, or all where `key` leads.
        """
        failures: list[KafkaError] = []

        def note(error: KafkaError | None, _: Message) -> None:
            if error is not None:
                failures.append(error)

        if partition is not None or key is not None:
            targets = cycle([-1 if partition is None else partition])
        else:
            targets = cycle(self.partitions(topic))
        record = {"key": key, "headers": list(headers), "timestamp": timestamp_ms, "on_delivery": note}
        for value, target in zip(values, targets, strict=False):
            _enqueue(self._producer, topic, {"value": value, "partition": target, **record})
        unconfirmed = self._producer.flush(TIMEOUT_S)
        if unconfirmed or failures:
            # An idempotent producer may stay broken after a failure, and would send what is still in its queue.
            self.forget_producer()
        if failures:
            raise KafkaException(failures[0])
        if unconfirmed:
            raise TimeoutError(f"{unconfirmed} records for {topic} not confirmed")

    def read_topic(self, topic: str) -> list[Stored]:
        """Everything the topic holds now, sorted by partition and offset; joins no group and commits nothing."""
        # The end of a partition is told by an empty fetch, which the broker holds back half a second by default.
        reader = {"enable.auto.commit": False, "enable.partition.eof": True, "fetch.wait.max.ms": 10}
        consumer = Consumer(self._config({"group.id": "tests", **reader}))
        try:
            starts = self.start_offsets(topic)
            consumer.assign([TopicPartition(topic, partition, offset) for partition, offset in starts.items()])
            return sorted(read_to_ends(consumer, len(starts), TIMEOUT_S))
        finally:
            consumer.close()

    def start_offsets(self, topic: str) -> dict[int, int]:
        """Partition → offset of the oldest record kept."""
        return _settled(lambda: self._offsets(topic, OffsetSpec.earliest()))  # type: ignore[no-untyped-call]

    def end_offsets(self, topic: str) -> dict[int, int]:
        """Partition → offset that the next record will get."""
        return _settled(lambda: self._offsets(topic, OffsetSpec.latest()))  # type: ignore[no-untyped-call]

    def delete_records(self, topic: str, partition: int, before_offset: int) -> None:
        """Delete what lies below `before_offset`, as retention would."""
        where = TopicPartition(topic, partition, before_offset)
        _settled(lambda: self._admin.delete_records([where])[where].result(TIMEOUT_S))

    def committed(self, group: str, topic: str) -> dict[int, int | None]:
        """Partition → the group's committed offset, None where it has never committed.

        By a consumer that never joins: the admin client's way ends the process where a broker asks it to try again.
        """
        wanted = [TopicPartition(topic, partition) for partition in self.partitions(topic)]
        if group not in self._askers:
            self._askers[group] = Consumer(self._config({"group.id": group, "enable.auto.commit": False}))
        found = _settled(lambda: self._askers[group].committed(wanted, TIMEOUT_S))
        return {place.partition: place.offset if place.offset >= 0 else None for place in found}

    def members(self, group: str) -> dict[str, set[tuple[str, int]]]:
        """Member id → the (topic, partition) pairs it owns; empty while the group has no members."""
        described = _settled(lambda: self._admin.describe_consumer_groups([group])[group].result(TIMEOUT_S))
        return {
            member.member_id: {(place.topic, place.partition) for place in member.assignment.topic_partitions}
            for member in described.members
        }

    def allow(
        self, user: str, *, topic: str | None = None, group: str | None = None, operations: Sequence[str] = ("READ",)
    ) -> None:
        """Let a user do `operations` (READ, WRITE, DESCRIBE, CREATE, …) on a topic, a group or each of both."""
        rules = [AclBinding(*rule) for rule in _rules(user, topic, group, operations)]
        for future in self._admin.create_acls(rules).values():
            future.result(TIMEOUT_S)

    def forbid(
        self, user: str, *, topic: str | None = None, group: str | None = None, operations: Sequence[str] = ("READ",)
    ) -> None:
        """Take back what `allow` gave; brokers obey it some milliseconds later, as they do with `allow`."""
        rules = [AclBindingFilter(*rule) for rule in _rules(user, topic, group, operations)]
        for future in self._admin.delete_acls(rules).values():
            future.result(TIMEOUT_S)

    def nodes(self, timeout_s: float = TIMEOUT_S) -> set[int]:
        """Ids of the brokers that are in service."""
        return set(self._admin.list_topics(timeout=timeout_s).brokers)

    def leaders(self, topic: str) -> dict[int, int]:
        """Partition → id of the broker that leads it, -1 while none does."""
        found = self._admin.list_topics(topic, timeout=TIMEOUT_S).topics[topic]
        if found.error is not None:
            raise KafkaException(found.error)
        return {partition: metadata.leader for partition, metadata in found.partitions.items()}

    def forget_producer(self) -> None:
        """Let the next `produce` connect anew: after a restart of the broker a kept connection takes seconds longer."""
        self.__dict__.pop("_producer", None)

    @cached_property
    def _admin(self) -> AdminClient:
        return AdminClient(self._config())

    @cached_property
    def _producer(self) -> Producer:
        # Kept, because an idempotent one takes half a second until its first record.
        return Producer(self._config({"enable.idempotence": True, "linger.ms": 2, "message.max.bytes": 16_000_000}))

    def _config(self, more: Mapping[str, str | int] | None = None) -> dict[str, str | int | float | bool]:
        # Brokers that a test kills are no news: librdkafka would tell stderr of each lost connection.
        quiet = {"log_level": 0, "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 200}
        return {"bootstrap.servers": self.bootstrap, **quiet, **(more or {})}

    def _answers_for(self, topic: str, partitions: int) -> bool:
        try:
            return len(self._offsets(topic, OffsetSpec.latest())) == partitions  # type: ignore[no-untyped-call]
        except KafkaException:
            return False

    def _offsets(self, topic: str, spec: OffsetSpec) -> dict[int, int]:
        wanted = {TopicPartition(topic, partition): spec for partition in self.partitions(topic)}
        answers = self._admin.list_offsets(wanted)
        return {place.partition: future.result(TIMEOUT_S).offset for place, future in answers.items()}


def _settled(ask: Callable[[], T]) -> T:
    # Metadata names a leader or coordinator a moment before that broker acts as one.
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        try:
            return ask()
        except KafkaException as error:
            if error.args[0].code() not in UNSETTLED or time.monotonic() > deadline:
                raise
        time.sleep(0.02)


def wait_until(true: Callable[[], bool], what: str, timeout_s: float = TIMEOUT_S) -> None:
    """Poll until a condition of the broker holds; raises TimeoutError that names `what`."""
    deadline = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {timeout_s:.0f} s")
        time.sleep(0.02)


def _enqueue(producer: Producer, topic: str, record: Mapping[str, Any]) -> None:
    while True:
        try:
            producer.produce(topic, **record)
        except BufferError:
            producer.poll(0.1)
        else:
            producer.poll(0)
            return


def _rules(
    user: str, topic: str | None, group: str | None, operations: Sequence[str]
) -> Iterator[tuple[ResourceType, str, ResourcePatternType, str, str, AclOperation, AclPermissionType]]:
    for kind, name in ((ResourceType.TOPIC, topic), (ResourceType.GROUP, group)):
        for operation in operations if name is not None else ():
            pattern, allowed = ResourcePatternType.LITERAL, AclPermissionType.ALLOW
            yield kind, name or "", pattern, f"User:{user}", "*", AclOperation[operation], allowed
