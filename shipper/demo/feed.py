"""The demo's producer and its reader, around the daemon: what went in, what is committed, what was refused.

The embedded broker silently drops the oldest batches of a partition above 5 MiB, so the feed holds back what would
make a partition hold more than HELD_BYTES that the daemon has not committed yet.
Knows neither the inbox nor the terminal.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import Counter, deque
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

HELD_BYTES = 2_000_000
RECORD_MAX_BYTES = 4_000_000
_OVERHEAD_BYTES = 100  # of a record in the broker's log, amply
_LOOK_EVERY_S = 0.02
_SEND_AT_ONCE = 500


class Standing(msgspec.Struct, frozen=True):
    """How a demo stands: records produced, delivered (each arrival of a call counts) and dead-lettered by reason.

    `expected` is the number of records to be produced, None where the input is not known to its end.
    """

    produced: int
    delivered: int
    dead_letters: Counter[str]
    expected: int | None

    @property
    def settled(self) -> int:
        """Records that have arrived somewhere."""
        return self.delivered + self.dead_letters.total()


class RecordTooLarge(Exception):
    """A record that the embedded broker cannot hold; the text says which."""


class Feed:
    """Produces records to `topic` and watches what becomes of them. An async context manager."""

    def __init__(self, bootstrap: str, topic: str, partitions: int, dead_letter_topic: str, group: str) -> None:
        self.produced = 0
        self.span_ids: list[str] = []
        self.dead_letters: Counter[str] = Counter()
        self._topic = topic
        self._partitions = [TopicPartition(topic, number) for number in range(partitions)]
        self._refused = TopicPartition(dead_letter_topic, 0)
        self._backlog: list[deque[int]] = [deque() for _ in self._partitions]
        self._held_bytes = [0] * partitions
        self._settled = [0] * partitions
        # The broker answers a fetch with a few produced batches of whatever size: large ones are five times as fast.
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            max_request_size=RECORD_MAX_BYTES + 100_000,
            max_batch_size=262_144,
            linger_ms=5,
        )
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
        )

    async def __aenter__(self) -> Feed:
        await self._producer.start()
        await self._consumer.start()
        self._consumer.assign([self._refused])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()
        await self._consumer.stop()

    async def run(self, records: AsyncIterator[tuple[bytes | None, bytes]]) -> None:
        """Produce all of `records` (key, value), as fast as the daemon commits. Raises RecordTooLarge."""
        sent: list[asyncio.Future[Any]] = []
        async for key, value in records:
            size_bytes = len(key or b"") + len(value) + _OVERHEAD_BYTES
            if size_bytes > RECORD_MAX_BYTES:
                raise RecordTooLarge(
                    f"record {self.produced + 1} has {len(value):,} bytes: the demo's broker holds 4 MB"
                )
            partition = (zlib.crc32(key) if key else self.produced) % len(self._partitions)
            await self._room(partition, size_bytes)
            sent.append(await self._producer.send(self._topic, value, key=key, partition=partition))
            self._backlog[partition].append(size_bytes)
            self._held_bytes[partition] += size_bytes
            self.produced += 1
            self._note_span(value)
            if len(sent) >= _SEND_AT_ONCE:
                await asyncio.gather(*sent)
                sent.clear()
        await asyncio.gather(*sent)

    async def _room(self, partition: int, size_bytes: int) -> None:
        while self._backlog[partition] and self._held_bytes[partition] + size_bytes > HELD_BYTES:
            await asyncio.sleep(_LOOK_EVERY_S)
            await self._settle(partition)

    async def _settle(self, partition: int) -> None:
        committed = await self._consumer.committed(self._partitions[partition]) or 0
        while self._settled[partition] < committed:
            self._held_bytes[partition] -= self._backlog[partition].popleft()
            self._settled[partition] += 1

    def _note_span(self, value: bytes) -> None:
        """Plain records may be spans and events, which are told from calls by their id only."""
        try:
            plain = msgspec.json.decode(value, type=_Plain)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        if plain.schema == "shipper.call/1" and plain.type in ("span", "event"):
            self.span_ids.append(plain.id)

    async def read_dead_letters(self) -> None:
        """Count what has come to the dead letters since the last time, by reason."""
        for records in (await self._consumer.getmany(timeout_ms=0)).values():
            for record in records:
                reason = dict(record.headers).get("shipper.reason", b"")
                self.dead_letters[reason.decode(errors="replace") or "unknown"] += 1

    async def uncommitted(self) -> int:
        """Records of the topic above the group's committed offsets."""
        ends: dict[TopicPartition, int] = await self._consumer.end_offsets(self._partitions)
        return sum([end - (await self._consumer.committed(partition) or 0) for partition, end in ends.items()])


class _Plain(msgspec.Struct):
    schema: str = ""
    type: str = ""
    id: str = ""
