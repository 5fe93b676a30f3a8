"""The demo's producer: it holds back what the embedded broker could not keep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from shipper.demo.broker import EmbeddedBroker
from shipper.demo.feed import HELD_BYTES, RECORD_MAX_BYTES, Feed, RecordTooLarge

BROKER_KEEPS_BYTES = 5 * 1024 * 1024


@pytest.fixture
def bootstrap() -> Iterator[str]:
    with EmbeddedBroker({"calls": 2, "dead": 1}) as address:
        yield address


@pytest.fixture
async def feed(bootstrap: str) -> AsyncIterator[Feed]:
    async with Feed(bootstrap, "calls", 2, "dead", "group") as running:
        yield running


async def given(values: Iterable[bytes]) -> AsyncIterator[tuple[bytes | None, bytes]]:
    for value in values:
        yield None, value


async def test_nothing_is_dropped_although_there_is_more_than_the_broker_keeps(feed: Feed, bootstrap: str) -> None:
    """A reader that commits as it goes gets every record, from a feed of several times the broker's size."""
    values = [b"%06d" % i + bytes(100_000) for i in range(3 * BROKER_KEEPS_BYTES // 100_000)]
    producing = asyncio.create_task(feed.run(given(values)))
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id="group", enable_auto_commit=False, auto_offset_reset="none"
    )
    seen: list[bytes] = []
    async with consumer:
        partitions = [TopicPartition("calls", number) for number in range(2)]
        consumer.assign(partitions)
        for partition in partitions:
            consumer.seek(partition, 0)
        while len(seen) < len(values):
            for partition, records in (await consumer.getmany(timeout_ms=100)).items():
                seen += [record.value[:6] for record in records]
                await consumer.commit({partition: OffsetAndMetadata(records[-1].offset + 1, "")})
    await producing
    assert sorted(seen) == [value[:6] for value in values]
    assert await feed.uncommitted() == 0


async def test_waits_for_commits_when_a_partition_is_full(feed: Feed) -> None:
    value = bytes(HELD_BYTES // 4)
    producing = asyncio.create_task(feed.run(given([value] * 20)))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await asyncio.shield(producing)
    assert HELD_BYTES <= feed.produced * len(value) <= 2 * HELD_BYTES
    producing.cancel()
    await asyncio.gather(producing, return_exceptions=True)
    assert await feed.uncommitted() == feed.produced


async def test_a_record_that_the_broker_would_lose_is_refused(feed: Feed) -> None:
    with pytest.raises(RecordTooLarge, match="record 2 "):
        await feed.run(given([b"small", bytes(RECORD_MAX_BYTES)]))


async def test_records_with_the_same_key_share_a_partition(feed: Feed, bootstrap: str) -> None:
    async def keyed() -> AsyncIterator[tuple[bytes | None, bytes]]:
        for i in range(20):
            yield b"trace", b"%d" % i

    await feed.run(keyed())
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        ends = await consumer.end_offsets([TopicPartition("calls", number) for number in range(2)])
    assert sorted(ends.values()) == [0, 20]


async def test_spans_are_noted_because_no_call_will_stand_for_them(feed: Feed) -> None:
    plain = [b'{"schema":"shipper.call/1","id":"%s","type":"%s"}' % pair for pair in ((b"a", b"span"), (b"b", b"tool"))]
    await feed.run(given([*plain, b'{"id":"c","type":"span"}', b"nonsense", b"\xff", b"[" * 5000]))
    assert feed.span_ids == ["a"]


async def test_dead_letters_are_counted_by_their_reason(feed: Feed, bootstrap: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for reason in (b"empty", b"invalid_json", b"empty"):
            await producer.send_and_wait("dead", b"", partition=0, headers=[("shipper.reason", reason)])
    async with asyncio.timeout(10):
        while feed.dead_letters.total() < 3:
            await feed.read_dead_letters()
            await asyncio.sleep(0.01)
    assert feed.dead_letters == {"empty": 2, "invalid_json": 1}
