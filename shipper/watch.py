"""Signs of life of a consumer: a dead client and a client without brokers both look like an idle one.

A partition that is fetched is answered every half second, records or not; the client notes when. Where that note
does not change, the brokers are asked. Rule: only where they answer is the client the culprit, for a new one
could not reach them either, and its join would wait for the old one's session to end.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Collection
from typing import Any, Literal

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from shipper.checkpoint import Partition
from shipper.kafka import KafkaSettings

EVERY_S = 1.0
QUIET_S = 5.0  # beyond the longest time that a broker may hold an empty fetch
ASK_TIMEOUT_S = 2.0

Verdict = Literal["well", "no_answer", "stalled"]


class Watch:
    """One consumer's signs of life."""

    def __init__(self, settings: KafkaSettings, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._quiet_s = settings.fetch_max_wait_ms / 1000 + QUIET_S
        self._stall_s = max(settings.stall_timeout_s, self._quiet_s)
        # To join the group takes as long as the slowest member takes to let go.
        self._join_s = max(settings.stall_timeout_s, settings.request_timeout_ms / 1000 + QUIET_S)
        self._topics = settings.topics
        self._seen: dict[Partition | None, tuple[object, float]] = {}  # sign, and since when it is this
        self._next_s = self._unanswered_s = -math.inf

    def rest(self) -> None:
        """Nothing is being fetched, on purpose: silence says nothing."""
        self._seen = {}

    async def look(self, consumer: Any, partitions: Collection[Partition] | None) -> Verdict:
        """Whether the `partitions` that should be fetched are; None while the group has given no assignment.

        Asks the brokers, for ASK_TIMEOUT_S at most, if there was no sign for a while; looks once a second.
        """
        now_s = self._clock()
        if now_s < self._next_s:
            return "well"
        self._next_s = now_s + EVERY_S
        if partitions is None:
            silent_s = self._note({None: None}, now_s)
        else:
            silent_s = self._note({p: consumer.last_poll_timestamp(TopicPartition(*p)) for p in partitions}, now_s)
        quiet = [partition for partition, for_s in silent_s.items() if for_s >= self._quiet_s]
        if not quiet:
            return "well"
        asked = [partition for partition in quiet if partition is not None] or [(topic, 0) for topic in self._topics]
        try:
            async with asyncio.timeout(ASK_TIMEOUT_S):
                await consumer.end_offsets([TopicPartition(*partition) for partition in asked])
        except (KafkaError, TimeoutError, OSError):
            self._unanswered_s = self._clock()
            return "no_answer"
        answered_s = now_s - self._unanswered_s
        stalled = (
            min(silent_s[partition], answered_s) >= (self._stall_s if partition else self._join_s)
            for partition in quiet
        )
        return "stalled" if any(stalled) else "well"

    def _note(self, signs: dict[Any, object], now_s: float) -> dict[Partition | None, float]:
        """For each key the seconds since its sign last changed."""
        before = self._seen
        self._seen = {
            key: before[key] if key in before and before[key][0] == sign else (sign, now_s)
            for key, sign in signs.items()
        }
        return {key: now_s - since_s for key, (_, since_s) in self._seen.items()}
