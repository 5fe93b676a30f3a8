"""Where reading begins: committed offsets first, an explicit rule for everything else.

Nothing is skipped in silence: `auto_offset_reset` of the client is off, and what Kafka no longer holds is
told as a gap with both its ends. Looks only; who reads seeks and commits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from aiokafka import TopicPartition
from msgspec import Struct

from shipper.checkpoint import Partition

_MARK = "first start, partitions: "


class Positions(Struct, frozen=True):
    """First offsets of partitions. Those in `marks` were chosen at the end and are to be committed with that text."""

    offsets: dict[Partition, int]
    marks: dict[Partition, str]


async def first_positions(
    consumer: Any, partitions: Iterable[Partition], start: Literal["earliest", "latest"]
) -> Positions:
    """Look up where each of `partitions` begins. The caller bounds the time; KafkaError passes through."""
    fresh = set(partitions)
    counts = {topic: _count(consumer, topic, fresh) for topic, _ in fresh}
    # Which partitions are new to the group can only be seen beside the others, whoever has those.
    asked = fresh if start == "earliest" else {(topic, n) for topic, count in counts.items() for n in range(count)}
    found = await consumer._coordinator.fetch_committed_offsets([TopicPartition(*partition) for partition in asked])
    commits: dict[Partition, tuple[int, str]] = {
        tuple(tp): (place.offset, place.metadata) for tp, place in found.items()
    }
    offsets = {partition: commits[partition][0] for partition in fresh if partition in commits}
    unknown = fresh.difference(offsets)
    at_end = {partition for partition in unknown if start == "latest" and is_first_start(partition, commits)}
    if unknown - at_end:
        offsets |= await oldest_offsets(consumer, unknown - at_end)
    if at_end:
        offsets |= _plain(await consumer.end_offsets([TopicPartition(*partition) for partition in at_end]))
    return Positions(offsets, {partition: f"{_MARK}{counts[partition[0]]}" for partition in at_end})


def is_first_start(partition: Partition, commits: Mapping[Partition, tuple[int, str]]) -> bool:
    """Whether a partition that has no commit belongs to the group's first start on its topic.

    `commits` are all commits of the group on the topic: offset and text. Either there are none; or another member
    was faster, then its text tells how many partitions the topic had. A partition that came later is read from its
    beginning, or its first records would be lost.
    """
    topic, number = partition
    texts = [text for (name, _), (_, text) in commits.items() if name == topic]
    counts = [int(text.removeprefix(_MARK)) for text in texts if text.startswith(_MARK)]
    return not texts or number < max(counts, default=0)


async def oldest_offsets(consumer: Any, partitions: Iterable[Partition]) -> dict[Partition, int]:
    """The first offset that Kafka still holds of each partition. The caller bounds the time."""
    return _plain(await consumer.beginning_offsets([TopicPartition(*partition) for partition in partitions]))


def _count(consumer: Any, topic: str, assigned: Iterable[Partition]) -> int:
    # The group's leader may know of a partition before our own metadata does.
    known = consumer.partitions_for_topic(topic) or set()
    return 1 + max(known.union(number for name, number in assigned if name == topic))


def _plain(offsets: Mapping[Any, int]) -> dict[Partition, int]:
    return {tuple(tp): offset for tp, offset in offsets.items()}
