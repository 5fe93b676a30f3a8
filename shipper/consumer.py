"""The life of the Kafka client's consumer: built, started, looked at, told about, given up.

Its tasks die in silence, some of its errors never heal, and the true reason of a failure stands only in its log.
Rule: nothing here blocks longer than it is told to, and nothing that is wrong goes unsaid. Knows nothing of records.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError

from shipper.checkpoint import Partition
from shipper.kafka import KafkaSettings, LastClientError, client_arguments, close_client, repair_client
from shipper.telemetry import Telemetry
from shipper.watch import Watch

MAX_PARTITION_BYTES = 1_048_576
METADATA_MS = 60_000  # until a new partition, or a topic made anew, is noticed
START_QUIET_S = 10.0  # a start that takes longer is told about
ERRORS_MAX = 3  # in a row, then a new consumer is the better one
CALM_S = 5.0  # without an error, then it is over


class ConsumerBroken(Exception):
    """The client's own state is not to be trusted any more; only a new consumer helps. The text says why."""


class ConsumerLife:
    """One consumer at a time, from its building to its end; `listener` is told of rebalances."""

    def __init__(
        self,
        settings: KafkaSettings,
        telemetry: Telemetry,
        clock: Callable[[], float],
        listener: ConsumerRebalanceListener,
    ) -> None:
        repair_client()
        self.settings = settings
        self.consumer: AIOKafkaConsumer | None = None
        self._telemetry = telemetry
        self._clock = clock
        self._listener = listener
        self._starting: asyncio.Task[None] | None = None
        self._started_s = 0.0
        self._watch = Watch(settings, clock)
        self._errors = 0
        self._error_s: float | None = None  # when the last one was, while it is told about
        self._client_error = LastClientError()

    async def started(self, timeout_s: float) -> AIOKafkaConsumer | None:
        """The consumer once it has joined the group, None if that takes longer than `timeout_s`.

        Raises what made the start fail; then `end` is due. OSError or ssl.SSLError too, if a PEM file cannot be used.
        """
        if self.consumer is None:
            self._client_error.listen()
            self._watch.rest()
            self._started_s = self._clock()
            self.consumer = _build(self.settings, self._listener)
            self._starting = asyncio.ensure_future(_start(self.consumer, self.settings))
            self._starting.add_done_callback(
                lambda done: done.cancelled() or done.exception()
            )  # fetched, if nobody asks
        if self._starting is not None:
            await asyncio.wait({self._starting}, timeout=timeout_s)
            if not self._starting.done():
                if self._clock() - self._started_s > START_QUIET_S:
                    self.hold("the group has not given an assignment yet")
                return None
            self._starting.result()
            self._starting = None
        return self.consumer

    async def check(self, partitions: Collection[Partition] | None) -> None:
        """ConsumerBroken if it does not work: asked before each call, `partitions` being those it should fetch now.

        None stands for no assignment. To be asked before, because the client raises the CancelledError of a task of
        its own that was cancelled.
        """
        assert self.consumer is not None  # noqa: S101  # only a started one is asked about
        for name, task in (
            ("fetch", self.consumer._fetcher._fetch_task),
            ("coordination", self.consumer._coordinator._coordination_task),
            ("metadata", self.consumer._client._sync_task),
        ):
            if task.done():
                raise ConsumerBroken(f"the Kafka client's {name} task has ended")
        match await self._watch.look(self.consumer, partitions):
            case "stalled":
                raise ConsumerBroken("stalled: the brokers answer, but nothing is fetched")
            case "no_answer":
                self.hold("the brokers do not answer")
            case "well":
                if self._error_s is not None and self._clock() - self._error_s >= CALM_S:
                    self._error_s = None
                    self._client_error.text = ""
                    self._telemetry.release(self)

    def works(self) -> None:
        """A call has succeeded."""
        self._errors = 0

    def failed(self, error: Exception) -> bool:
        """Tell of an error. True if the consumer is to be given up for it."""
        of_kafka = isinstance(error, KafkaError)
        detail = str(error) if of_kafka else f"{type(error).__name__}: {error}"
        self.hold(detail)
        # A topic that may be read again is read again; errors of the group never heal. Time-outs and lost
        # connections are the brokers' matter. Anything else is a mistake in the client.
        self._errors += of_kafka and not isinstance(error, TopicAuthorizationFailedError)
        hopeless = not isinstance(error, KafkaError | TimeoutError | OSError)
        given_up = self.consumer is not None and (hopeless or self._starting is not None or self._errors >= ERRORS_MAX)
        if given_up and self._starting is None:
            reason = "stalled" if detail.startswith("ConsumerBroken: stalled") else "error"
            self._telemetry.consumer_rebuilt(reason, detail[:300])
        return given_up

    def hold(self, detail: str) -> None:
        """Tell what stands in the way, with the client's own last word: the true reason is only there."""
        self._error_s = self._clock()
        said = "; ".join(text for text in (self._client_error.text, detail[:300]) if text)
        self._telemetry.hold(self, "kafka_unavailable", said)

    async def end(self) -> None:
        """Give the consumer up, if there is one; the next `started` builds another."""
        consumer, self.consumer = self.consumer, None
        starting, self._starting = self._starting, None
        self._errors = 0
        if starting is not None:
            starting.cancel()
        if consumer is not None:
            await close_client(consumer)

    def close(self) -> None:
        """Nothing comes after this."""
        self._client_error.close()


def _build(settings: KafkaSettings, listener: ConsumerRebalanceListener) -> AIOKafkaConsumer:
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
        max_partition_fetch_bytes=min(settings.fetch_max_bytes, MAX_PARTITION_BYTES),
        fetch_max_wait_ms=settings.fetch_max_wait_ms,
        metadata_max_age_ms=METADATA_MS,
    )
    consumer.subscribe(topics=list(settings.topics), listener=listener)
    return consumer


async def _start(consumer: AIOKafkaConsumer, settings: KafkaSettings) -> None:
    async with asyncio.timeout(2 * settings.request_timeout_ms / 1000):  # a join takes one, another may be needed
        await consumer.start()
