"""The source in ordinary life, on a real Kafka: where reading begins, what is read, what a commit means."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import NewPartitions  # type: ignore[attr-defined]

from shipper.kafka import KafkaSettings
from tests.brokers.client import Kafka
from tests.brokers.kafka import KafkaBroker
from tests.integration.daemon import until
from tests.integration.reader import Reader, eventually, numbered, settings
from tests.integration.test_brokers import EVERY_WAY_IN

Configure = Callable[..., KafkaSettings]


@pytest.fixture
def configure(kafka: Kafka, topic: str, group: str) -> Configure:
    """Settings on the test's own topic and group."""
    return lambda **more: settings(kafka.bootstrap, topic, group, **more)


async def test_records_come_whole_and_in_the_order_of_their_offsets(
    kafka: Kafka, topic: str, configure: Configure
) -> None:
    """Every record once, with key, value, headers and time as they were produced."""
    kafka.produce(topic, numbered(3000))
    kafka.produce(
        topic, [None], key=b"k", headers=[("h", b"\x00"), ("h", b"2")], partition=2, timestamp_ms=1_700_000_000_123
    )
    async with Reader(configure()) as reader:
        await until(lambda: len(reader.records) == 3001, "3001 records")

    assert {value for value in reader.values() if value} == set(numbered(3000))
    for partition in range(4):
        offsets = [record.offset for record in reader.records if record.partition == partition]
        assert offsets == list(range(len(offsets)))
    tombstone = next(record for record in reader.records if record.value is None)
    assert (tombstone.topic, tombstone.partition, tombstone.timestamp_ms) == (topic, 2, 1_700_000_000_123)
    assert (tombstone.key, tombstone.headers) == (b"k", (("h", b"\x00"), ("h", b"2")))


async def test_the_next_run_begins_at_the_commit(kafka: Kafka, topic: str, group: str, configure: Configure) -> None:
    """What was committed does not come again, what was not does; close() leaves the group at once."""
    kafka.produce(topic, numbered(40))
    async with Reader(configure()) as first:
        await first.has(numbered(40))
        assert await first.source.commit({(topic, 0): 10, (topic, 1): 7})
    assert not kafka.members(group)

    async with Reader(configure()) as second:
        await until(lambda: len(second.records) >= 23, "what was not committed")
        assert second.told[0] == ("assigned", {(topic, 0): 10, (topic, 1): 7, (topic, 2): 0, (topic, 3): 0})
    assert sorted((r.partition, r.offset) for r in second.records) == [
        *((1, offset) for offset in range(7, 10)),
        *((2, offset) for offset in range(10)),
        *((3, offset) for offset in range(10)),
    ]


async def test_two_members_share_and_hand_over(kafka: Kafka, topic: str, configure: Configure) -> None:
    """A second member takes half; nothing is lost or double over its coming and going, since it commits."""
    kafka.produce(topic, numbered(400))
    async with Reader(configure()) as first:
        await first.has(numbered(400))
        async with Reader(configure()) as second:
            await second.joined(2)
            await first.joined(2)
            kafka.produce(topic, numbered(400, 400))
            await until(lambda: len(first.records) + len(second.records) >= 800, "the others")
            assert await second.commit()
        await first.joined(4)
        kafka.produce(topic, numbered(4, 800))
        await first.has(numbered(4, 800))

    assert sorted(map(int, [v for v in first.values() + second.values() if v])) == list(range(804))
    assert first.names() == ["assigned", "revoked", "assigned", "revoked", "assigned"]


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
async def test_every_codec_is_read(kafka: Kafka, topic: str, configure: Configure, codec: str) -> None:
    """All that a producer may have chosen."""
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "compression.type": codec, "linger.ms": 50})
    values = [b"%d %s" % (number, b"text " * 100) for number in range(300)]
    for value in values:
        producer.produce(topic, value)
    assert producer.flush(10) == 0
    async with Reader(configure()) as reader:
        await reader.has(values)


async def test_a_record_above_the_fetch_size_still_comes(kafka: Kafka, group: str) -> None:
    """5 MB in one record, where a fetch asks for 64 KB."""
    name = f"{group}-large"
    kafka.create_topic(name, 1, max_message_bytes=6_000_000)
    kafka.produce(name, [b"before", b"x" * 5_000_000, b"after"])
    async with Reader(settings(kafka.bootstrap, name, group, fetch_max_bytes=65_536)) as reader:
        await until(lambda: len(reader.records) == 3, "three records")
    assert [len(value or b"") for value in reader.values()] == [6, 5_000_000, 5]
    kafka.delete_topic(name)


# Over TLS a connection of the client's own sometimes outlives it, whose cause is not known yet.
@pytest.mark.filterwarnings("ignore:unclosed resource <TCPTransport:ResourceWarning")
@pytest.mark.parametrize(("listener", "mechanism"), EVERY_WAY_IN)
async def test_every_way_in(secured_kafka: KafkaBroker, topic: str, group: str, listener: str, mechanism: str) -> None:
    """TLS, mutual TLS, PLAIN and SCRAM: records come and commits are taken."""
    secured_kafka.produce(topic, [b"hello"], partition=0)
    user = "client" if listener == "MTLS" else "bob"
    secured_kafka.allow(user, topic=topic, group=group)
    access = secured_kafka.access(listener, user="bob", mechanism=mechanism)
    async with Reader(settings(access, topic, group)) as reader:
        await reader.has([b"hello"])
        assert await reader.source.commit({(topic, 0): 1})
    assert secured_kafka.committed(group, topic)[0] == 1


# where reading begins


async def test_earliest_begins_at_the_oldest_record(kafka: Kafka, topic: str, configure: Configure) -> None:
    """The rule for a group that has never committed, whatever retention has taken away."""
    kafka.produce(topic, numbered(10), partition=1)
    kafka.delete_records(topic, 1, 4)
    async with Reader(configure(start="earliest")) as reader:
        await reader.has(numbered(6, 4))
    assert reader.values() == numbered(6, 4)


async def test_latest_skips_nothing_after_the_first_start(
    kafka: Kafka, topic: str, group: str, configure: Configure
) -> None:
    """The end is chosen once: a restart before the first commit does not choose again."""
    kafka.produce(topic, numbered(8))
    async with Reader(configure(start="latest")) as first:
        await first.joined(4)
        assert kafka.committed(group, topic) == {0: 2, 1: 2, 2: 2, 3: 2}
    kafka.produce(topic, numbered(8, 8))
    async with Reader(configure(start="latest")) as second:
        await second.has(numbered(8, 8))
    assert first.values() == []
    assert sorted(second.values()) == sorted(numbered(8, 8))  # type: ignore[type-var]


@pytest.mark.parametrize("start", ["earliest", "latest"])
async def test_a_partition_added_later_is_read_from_its_beginning(
    kafka: Kafka, topic: str, configure: Configure, start: str
) -> None:
    """Also where a member has that partition alone, and the group began at the end."""
    async with Reader(configure(start=start)) as reader:
        await reader.joined(4)
    kafka._admin.create_partitions([NewPartitions(topic, 5)])[topic].result(30)
    await until(lambda: len(kafka.partitions(topic)) == 5, "five partitions")
    kafka.produce(topic, numbered(3), partition=4)
    async with Reader(configure(start=start)) as one, Reader(configure(start=start)) as two:
        await until(lambda: {*one.values(), *two.values()} >= set(numbered(3)), "the new partition's records")


async def test_members_that_start_together_all_begin_at_the_end(kafka: Kafka, topic: str, configure: Configure) -> None:
    """The faster one's commits do not look to the slower one like a group that has read before."""
    kafka.produce(topic, numbered(40))
    async with Reader(configure(start="latest")) as one, Reader(configure(start="latest")) as two:
        await until(lambda: len(one.positions) + len(two.positions) == 4, "all partitions in custody")
        kafka.produce(topic, numbered(4, 40))
        await until(lambda: {*one.values(), *two.values()} >= set(numbered(4, 40)), "what came after the start")
    assert {*one.values(), *two.values()} == set(numbered(4, 40))


# transactions


async def test_aborted_records_never_come_and_the_end_can_be_committed(
    kafka: Kafka, topic: str, group: str, configure: Configure
) -> None:
    """position() passes aborted records and control records, so that the lag can become 0."""
    await asyncio.to_thread(transact, kafka, topic, group)
    async with Reader(configure()) as reader:
        await reader.has([b"committed"])
        await until(lambda: len(reader.positions) == 4, "custody")

        async def ends() -> dict[int, int | None]:
            return {number: await reader.source.position((topic, number)) for number in range(4)}

        await eventually(ends, kafka.end_offsets(topic))
        assert reader.values() == [b"committed"]
        assert reader.positions[topic, 0] < kafka.end_offsets(topic)[0]
        assert await reader.source.commit({(topic, n): end or 0 for n, end in (await ends()).items()})
    assert kafka.committed(group, topic) == kafka.end_offsets(topic)


def transact(kafka: Kafka, topic: str, name: str) -> None:
    """One transaction is aborted, one committed, one aborted."""
    producer = Producer({"bootstrap.servers": kafka.bootstrap, "transactional.id": name})
    producer.init_transactions()
    for value, end in (
        (b"aborted", producer.abort_transaction),
        (b"committed", producer.commit_transaction),
        (b"aborted too", producer.abort_transaction),
    ):
        producer.begin_transaction()
        producer.produce(topic, value, partition=0)
        producer.flush(10)
        end()


# flow


async def test_paused_longer_than_the_session_is_still_a_member(kafka: Kafka, topic: str, configure: Configure) -> None:
    """Paused and polled: the same generation, no records, and what came meanwhile comes after."""
    async with Reader(configure(session_timeout_s=1.0, stall_timeout_s=5.0)) as reader:
        await reader.joined(4)
        generation = reader.generation
        reader.source.pause()
        kafka.produce(topic, numbered(20))
        await asyncio.sleep(2.5)
        assert reader.values() == []
        assert reader.generation == generation
        reader.source.resume()
        await reader.has(numbered(20))
        assert reader.generation == generation
        assert await reader.commit()


async def test_a_rebalance_while_paused_stays_paused(kafka: Kafka, topic: str, configure: Configure) -> None:
    """The client forgets on each assignment what was paused; the source does not."""
    async with Reader(configure()) as reader:
        await reader.joined(4)
        reader.source.pause()
        async with Reader(configure()) as guest:
            await guest.joined(2)
            await reader.joined(2)
        await reader.joined(4)
        kafka.produce(topic, numbered(20))
        await asyncio.sleep(1)
        assert reader.values() == []
        reader.source.resume()
        await reader.has(numbered(20))
