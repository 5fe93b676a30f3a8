"""Where reading begins: committed offsets first, an explicit rule for everything else.

Nothing is skipped in silence: `auto_offset_reset` of the client is off, and what Kafka no longer holds is
told as a gap with both its ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from aiokafka import TopicPartition
from msgspec import Struct

from shipper.checkpoint import Partition


class Positions(Struct, frozen=True):
    """First offsets of partitions; `chosen` are those that no commit named."""

    offsets: dict[Partition, int]
    chosen: dict[Partition, int]


async def first_positions(
    consumer: Any, partitions: Iterable[Partition], start: Literal["earliest", "latest"]
) -> Positions:
    """Look up where each of `partitions` begins and seek there. The caller bounds the time; KafkaError passes through.

    A group that has never committed on a topic begins at `start`; a partition that came to a topic later is
    read from its beginning, or its first records would be lost.
    """
    fresh = [TopicPartition(*partition) for partition in partitions]
    committed = {tp: await consumer.committed(tp) for tp in fresh}
    offsets: dict[Any, int] = {tp: offset for tp, offset in committed.items() if offset is not None}
    read_before = {tp.topic for tp in offsets}
    unknown = [tp for tp in fresh if tp not in offsets]
    latest = [tp for tp in unknown if start == "latest" and tp.topic not in read_before]
    earliest = [tp for tp in unknown if tp not in latest]
    chosen: dict[Any, int] = await consumer.beginning_offsets(earliest) if earliest else {}
    chosen |= await consumer.end_offsets(latest) if latest else {}
    for tp, offset in chosen.items():
        consumer.seek(tp, offset)
    return Positions({tuple(tp): offset for tp, offset in (offsets | chosen).items()}, _plain(chosen))


async def oldest_offsets(consumer: Any, partitions: Iterable[Partition]) -> dict[Partition, int]:
    """The first offset that Kafka still holds of each partition. The caller bounds the time."""
    return _plain(await consumer.beginning_offsets([TopicPartition(*partition) for partition in partitions]))


async def behind(consumer: Any, partitions: Iterable[Partition]) -> list[Partition]:
    """Those of `partitions` that hold records which were not fetched yet. The caller bounds the time."""
    readable = [TopicPartition(*partition) for partition in partitions]
    ends = await consumer.end_offsets(readable) if readable else {}
    return [tuple(tp) for tp, end in ends.items() if end > await consumer.position(tp)]


def _plain(offsets: dict[Any, int]) -> dict[Partition, int]:
    return {tuple(tp): offset for tp, offset in offsets.items()}
