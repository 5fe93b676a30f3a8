"""Every internal event once: its log line and its counters.

One line per batch or incident, never per record. WARNING: odd, but nothing is lost. ERROR: something is
lost, or only an operator can help. No secret and no record content: what comes in here are counts, reasons,
positions, and texts of the backend or the network that were bounded and cleaned before.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal

import msgspec
import structlog
from msgspec import Meta, Struct

from shipper.metrics import MODELS_MAX, Metrics
from shipper.outcome import HoldReason

REMIND_AFTER_S = 60.0  # a hold that lasts is logged again at most this often

# What an operator can do. A hold that has advice here is an ERROR: it does not heal by waiting.
ADVICE: dict[HoldReason, str] = {
    "unauthorized": "the backend refuses the keys: check backend.public_key and backend.secret_key",
    "forbidden": "the backend refuses this project: look for a suspended ingestion or a usage limit there",
    "not_found": "no ingestion endpoint at this address: check backend.host",
    "event_type_not_accepted": "this Langfuse v4 takes no trace events on its ingestion endpoint: "
    "set LANGFUSE_MIGRATION_V4_WRITE_MODE=dual on the server",
    "unknown_reply": "something else than Langfuse answers at backend.host, such as a login page or a proxy",
    "unknown_refusal": "the refusal is not in Langfuse's own form: look at the proxy or ingress before it "
    "(413: raise its body limit above batch.max_bytes)",
    "dead_letter_limit": "too many records in a row are refused: look at the dead letters; "
    "raise dead_letters.max_consecutive to let them pass",
    "dead_letters_unavailable": "the dead-letter topic takes nothing: check that it exists and may be written",
    "partition_stopped": "a partition cannot be read on: see the event before this one and kafka.out_of_range",
}


class LogSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `log`."""

    level: Annotated[Literal["debug", "info", "warning", "error"], Meta(description="Least level that is written.")] = (
        "info"
    )
    format: Annotated[
        Literal["auto", "json", "console"],
        Meta(description="auto: console on a terminal, else JSON, one event a line."),
    ] = "auto"


class _KafkaClientLog(logging.Handler):
    """Brings the Kafka client's own warnings into our log: bounded, and each place in its code once in ten seconds."""

    EVERY_S = 10.0

    def __init__(self, log: structlog.typing.FilteringBoundLogger) -> None:
        super().__init__(logging.WARNING)
        self._log = log
        self._last_s: dict[tuple[str, int], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        place, now_s = (record.module, record.lineno), time.monotonic()
        if now_s - self._last_s.get(place, -self.EVERY_S) >= self.EVERY_S:
            self._last_s[place] = now_s
            self._log.warning("kafka_client", logger=record.name, message=record.getMessage()[:300])


def configure_logging(settings: LogSettings) -> structlog.typing.FilteringBoundLogger:
    """Set structlog up for the process (to stderr) and bring the Kafka client's warnings into it."""
    console = settings.format == "console" or (settings.format == "auto" and sys.stderr.isatty())
    level = getattr(logging, settings.level.upper())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer()
            if console
            else structlog.processors.JSONRenderer(serializer=lambda event, **_: msgspec.json.encode(event)),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr)
        if console
        else structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=False,
    )
    log: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    client = logging.getLogger("aiokafka")
    client.handlers = [_KafkaClientLog(log)]
    client.propagate = False
    return log


class Telemetry:
    """What happened, said once. Methods are named after events; time is the monotonic clock given."""

    def __init__(
        self, metrics: Metrics, log: structlog.typing.FilteringBoundLogger, clock: Callable[[], float]
    ) -> None:
        self.metrics = metrics
        self.log = log
        self._clock = clock
        self._holds: dict[object, HoldReason] = {}  # who waits, and what for
        self._hold_said_s: dict[HoldReason, float] = {}
        self._models: set[str] = set()

    # records

    def records_settled(self, delivered: int, dead_lettered: Mapping[str, int]) -> None:
        """Records whose way has ended, dead-lettered ones by reason."""
        self.metrics.records.labels("delivered").inc(delivered)
        if dead_lettered:
            self.metrics.records.labels("dead_lettered").inc(sum(dead_lettered.values()))
            for reason, count in dead_lettered.items():
                self.metrics.dead_letters.labels(reason).inc(count)
            self.log.error("records_dead_lettered", **dead_lettered)

    def records_mapped(
        self, received: int, cost_usd: Mapping[str, float], unpriced: Mapping[str, int], repairs: Mapping[str, int]
    ) -> None:
        """Records that went through the pure stages since the last call: cost and unknown cost by model."""
        self.metrics.records.labels("received").inc(received)
        for model, usd in cost_usd.items():
            self.metrics.cost_usd.labels(self._model(model)).inc(usd)
        for model, count in unpriced.items():
            self.metrics.unpriced.labels(self._model(model)).inc(count)
        for repair, count in repairs.items():
            self.metrics.repairs.labels(repair).inc(count)

    def _model(self, name: str) -> str:
        if name not in self._models:
            if len(self._models) >= MODELS_MAX:
                return "other"
            self._models.add(name)
        return name[:100]

    def under_way(self, held_bytes: int, partitions: Iterable[tuple[tuple[str, int], int, int | None]]) -> None:
        """How things stand: for each partition its lag in records and the Kafka timestamp (ms) of the oldest owed."""
        self.metrics.held_bytes.set(held_bytes)
        oldest_ms = None
        for (topic, partition), lag, timestamp_ms in partitions:
            self.metrics.lag.labels(topic, str(partition)).set(lag)
            if timestamp_ms is not None and timestamp_ms >= 0 and (oldest_ms is None or timestamp_ms < oldest_ms):
                oldest_ms = timestamp_ms
        self.metrics.oldest.set(max(0.0, time.time() - oldest_ms / 1000) if oldest_ms is not None else 0.0)

    def draining(self, parcels: int) -> None:
        """The daemon was asked to stop; `parcels` records are under way."""
        self.log.info("draining", records=parcels)

    def drain_incomplete(self, parcels: int) -> None:
        """The grace is over; `parcels` records are not settled and come again, to whoever reads next."""
        self.log.warning("drain_incomplete", records=parcels)

    # batches

    def batch_closed(self, reason: str, events: int, size_bytes: int) -> None:
        """A batch is complete and waits for its request."""
        self.metrics.batches_closed.labels(reason).inc()
        self.metrics.batch_events.observe(events)
        self.metrics.batch_bytes.observe(size_bytes)

    def request_done(self, code: str, seconds: float) -> None:
        """One request to the backend ended, however it ended."""
        self.metrics.requests.labels(code).inc()
        self.metrics.request_seconds.observe(seconds)

    def batch_delivered(self, events: int, size_bytes: int, attempts: int, seconds: float) -> None:
        """Every event of a batch has its verdict."""
        self.log.info("batch_delivered", events=events, bytes=size_bytes, attempts=attempts, seconds=round(seconds, 4))

    # holds

    def hold(self, who: object, reason: HoldReason, detail: str) -> None:
        """`who` cannot go on for `reason`; said again only when it lasts."""
        before = self._holds.get(who)
        if before is not None and before != reason:
            self.release(who)
        self._holds[who] = reason
        self.metrics.hold.labels(reason).set(1)
        now_s = self._clock()
        if now_s - self._hold_said_s.get(reason, -REMIND_AFTER_S) >= REMIND_AFTER_S:
            self._hold_said_s[reason] = now_s
            if reason in ADVICE:
                self.log.error("hold", reason=reason, detail=detail, advice=ADVICE[reason])
            else:
                self.log.warning("hold", reason=reason, detail=detail)

    def release(self, who: object) -> None:
        """`who` goes on."""
        reason = self._holds.pop(who, None)
        if reason is not None and reason not in self._holds.values():
            self.metrics.hold.labels(reason).set(0)
            if self._hold_said_s.pop(reason, None) is not None:
                self.log.info("hold_ended", reason=reason)

    @property
    def holds(self) -> set[HoldReason]:
        """Everything that delivery waits for at the moment."""
        return set(self._holds.values())

    # the group

    def assigned(self, partitions: Iterable[tuple[str, int]], generation: int) -> None:
        """The group gave us these partitions."""
        self.metrics.rebalances.inc()
        self.log.info("assigned", partitions=_names(partitions), generation=generation)

    def revoked(self, partitions: Iterable[tuple[str, int]], unsettled: int) -> None:
        """Partitions went away; `unsettled` records of them come again, to whoever has them next."""
        for topic, partition in partitions:
            self.metrics.lag.remove(topic, str(partition))
        if unsettled:
            self.log.warning("revoked", partitions=_names(partitions), unsettled=unsettled)
        else:
            self.log.info("revoked", partitions=_names(partitions))

    def consumer_rebuilt(self, reason: str, detail: str) -> None:
        """The Kafka consumer was given up; a new one begins at the committed offsets."""
        self.metrics.rebuilds.labels(reason).inc()
        self.log.warning("consumer_rebuilt", reason=reason, detail=detail)

    def commit_done(self, result: Literal["ok", "failed", "fenced"], detail: str = "") -> None:
        """One commit ended."""
        self.metrics.commits.labels(result).inc()
        if result != "ok":
            self.log.warning("commit_not_done", result=result, detail=detail)

    def retention_overtook(self, topic: str, partition: int, committed: int, oldest: int, policy: str) -> None:
        """Kafka deleted the records from `committed` up to `oldest` before they were shipped."""
        self.metrics.lost_by_retention.inc(max(0, oldest - committed))  # below 0: the topic was made anew
        self.log.error(
            "retention_overtook", topic=topic, partition=partition, committed=committed, oldest=oldest, policy=policy
        )

    def dead_letter_without_value(self, topic: str, partition: int, offset: int) -> None:
        """The broker refuses this dead letter for good: only a reference to the record is kept there."""
        self.metrics.dead_letter_references.inc()
        self.log.error("dead_letter_without_value", topic=topic, partition=partition, offset=offset)

    def event(self, name: str, **fields: Any) -> None:
        """An incident without a counter of its own."""
        self.log.info(name, **fields)


def _names(partitions: Iterable[tuple[str, int]]) -> list[str]:
    return [f"{topic}/{partition}" for topic, partition in sorted(partitions)]
