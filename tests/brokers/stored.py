"""Records as they lie in a topic, read by librdkafka up to the ends of their partitions."""

from __future__ import annotations

import time
from typing import NamedTuple, cast

from confluent_kafka import Consumer, KafkaError, KafkaException, Message

Headers = tuple[tuple[str, bytes | None], ...]


class Stored(NamedTuple):
    """A record as it lies in a topic."""

    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers


def read_to_ends(consumer: Consumer, partitions: int, timeout_s: float) -> list[Stored]:
    """Read the consumer's assigned partitions, so many, each from where it stands to its present end.

    The consumer must have `enable.partition.eof` set. Raises TimeoutError, and KafkaException for what it reports.
    """
    records: list[Stored] = []
    ended: set[int | None] = set()
    deadline = time.monotonic() + timeout_s
    while len(ended) < partitions:
        if time.monotonic() > deadline:
            raise TimeoutError(f"only partitions {ended} read to their ends")
        for message in consumer.consume(1000, timeout=0.02):
            error = message.error()
            if error is None:
                records.append(_stored(message))
            elif error.code() == KafkaError._PARTITION_EOF:
                ended.add(message.partition())
            else:
                raise KafkaException(error)
    return records


def _stored(message: Message) -> Stored:
    return Stored(
        message.partition() or 0,
        message.offset() or 0,
        message.timestamp()[1],
        message.key(),
        message.value(),
        cast("Headers", tuple(message.headers() or ())),
    )
