"""Every internal event once: its log line and its counters.

One line per batch or incident, never per record. WARNING: odd, but nothing is lost. ERROR: something is
lost, or only an operator can help. No secret and no record content: what comes in here are counts, reasons,
positions, and texts of the backend or the network that were bounded and cleaned before.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Literal

import structlog
from prometheus_client import Counter

from shipper.labels import CostLabels
from shipper.log import printable
from shipper.metrics import Metrics
from shipper.outcome import HoldReason
from shipper.records import Wire
from shipper.tally import Tally

REMIND_AFTER_S = 60.0  # a hold that lasts is logged again at most this often

# What an operator can do. A hold that has advice here is an ERROR: it does not heal by waiting.
ADVICE: dict[HoldReason, str] = {
    "unauthorized": "the backend refuses the keys: check backend.public_key and backend.secret_key",
    "forbidden": "the backend refuses this project: look for a suspended ingestion or a usage limit there, "
    "and for a public key that is not the secret key's",
    "not_found": "no endpoint at this address: check backend.host, and backend.path for OTLP",
    "unsupported_encoding": "the endpoint takes another encoding of OTLP: set backend.encoding to the other of "
    "protobuf and json",
    "event_type_not_accepted": "this Langfuse v4 takes no trace events on its ingestion endpoint: "
    "leave backend.api at auto, or set it to otlp",
    "unknown_reply": "something else than the backend answers at backend.host, such as a login page or a proxy",
    "unknown_refusal": "the refusal is not in the backend's own form: look at the proxy or ingress before it "
    "(413: raise its body limit above batch.max_bytes)",
    "dead_letter_limit": "too many records in a row are refused: look at the dead letters; "
    "raise dead_letters.max_consecutive to let them pass",
    "dead_letters_unavailable": "the dead-letter topic takes nothing: check that it exists and may be written",
    "partition_stopped": "a partition cannot be read on: see the event before this one and kafka.out_of_range",
}


class Telemetry:
    """What happened, said once. Methods are named after events; ages are measured by the clocks given, in seconds."""

    def __init__(
        self,
        metrics: Metrics,
        log: structlog.typing.FilteringBoundLogger,
        clock: Callable[[], float],
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self.metrics = metrics
        self.log = log
        self._clock = clock
        self._wall_clock = wall_clock
        self._holds: dict[object, HoldReason] = {}  # who waits, and what for
        self._hold_said_s: dict[HoldReason, float] = {}  # when last
        self._hold_open: set[HoldReason] = set()  # said, and its end not yet
        self._labels = CostLabels()

    # records

    def records_settled(self, delivered: int, dead_lettered: Mapping[str, int]) -> None:
        """Records whose way has ended, dead-lettered ones by reason."""
        self.metrics.records.labels("delivered").inc(delivered)
        if dead_lettered:
            self.metrics.records.labels("dead_lettered").inc(sum(dead_lettered.values()))
            for reason, count in dead_lettered.items():
                self.metrics.dead_letters.labels(reason).inc(count)
            self.log.error("records_dead_lettered", **dead_lettered)

    def records_mapped(self, tally: Tally) -> None:
        """Records that went through the pure stages since the last call, and what they are worth."""
        metrics, model = self.metrics, self._labels.models.label
        metrics.records.labels("received").inc(tally.received)
        for call, usd in tally.cost_usd.items():
            _add(metrics.cost_usd, self._labels.of(*call), usd)
        for name, count in tally.unpriced.items():
            metrics.unpriced.labels(model(name)).inc(count)
        for name, usd in tally.recorded_usd.items():
            _add(metrics.cost_compared, (model(name), "record"), usd)
            _add(metrics.cost_compared, (model(name), "table"), tally.table_usd[name])
        for repair, count in tally.repairs.items():
            metrics.repairs.labels(repair).inc(count)

    def under_way(self, held_bytes: int, partitions: Iterable[tuple[tuple[str, int], int, int | None]]) -> None:
        """How things stand: for each partition its lag in records and the Kafka timestamp (ms) of the oldest owed."""
        self.metrics.held_bytes.set(held_bytes)
        oldest_ms = None
        for (topic, partition), lag, timestamp_ms in partitions:
            self.metrics.lag.labels(topic, str(partition)).set(lag)
            if timestamp_ms is not None and timestamp_ms >= 0 and (oldest_ms is None or timestamp_ms < oldest_ms):
                oldest_ms = timestamp_ms
        self.metrics.oldest.set(max(0.0, self._wall_clock() - oldest_ms / 1000) if oldest_ms is not None else 0.0)

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

    def request_done(self, code: str, seconds: float, ambiguous: Wire | None = None) -> None:
        """One request to the backend ended, however it ended; `ambiguous`: by this wire, and nobody knows how."""
        self.metrics.requests.labels(code).inc()
        if ambiguous is not None:
            self.metrics.ambiguous.labels(ambiguous).inc()
        self.metrics.request_seconds.observe(seconds)

    def batch_delivered(self, events: int, size_bytes: int, attempts: int, seconds: float) -> None:
        """Every event of a batch has its verdict."""
        self.log.info("batch_delivered", events=events, bytes=size_bytes, attempts=attempts, seconds=round(seconds, 4))

    def wire_chosen(self, wire: Wire, reason: str) -> None:
        """The backend said which wire it takes."""
        self.log.info("wire_chosen", wire=wire, reason=reason)

    def wire_changed(self, before: Wire, after: Wire, reason: str) -> None:
        """The backend takes another wire now: what is not delivered is made again for that one."""
        self.log.warning("wire_changed", before=before, wire=after, reason=reason)

    # holds

    def hold(self, who: object, reason: HoldReason, detail: str) -> None:
        """`who` cannot go on for `reason`; each reason is said at most every REMIND_AFTER_S, however often it comes."""
        before = self._holds.get(who)
        if before is not None and before != reason:
            self.release(who)
        self._holds[who] = reason
        self.metrics.hold.labels(reason).set(1)
        now_s = self._clock()
        if now_s - self._hold_said_s.get(reason, -math.inf) < REMIND_AFTER_S:
            return
        self._hold_said_s[reason] = now_s
        self._hold_open.add(reason)
        if reason in ADVICE:
            self.log.error("hold", reason=reason, detail=detail, advice=ADVICE[reason])
        else:
            self.log.warning("hold", reason=reason, detail=detail)

    def release(self, who: object) -> None:
        """`who` goes on."""
        reason = self._holds.pop(who, None)
        if reason is not None and reason not in self._holds.values():
            self.metrics.hold.labels(reason).set(0)
            if reason in self._hold_open:
                self._hold_open.remove(reason)
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

    def unreadable(self, topic: str, partition: int, offset: int) -> None:
        """What the broker holds at `offset` does not match its checksum, however often it is fetched."""
        self.log.error("unreadable", topic=topic, partition=partition, offset=offset)

    def dead_letter_without_value(self, topic: str, partition: int, offset: int) -> None:
        """The broker refuses this dead letter for good: only a reference to the record is kept there."""
        self.metrics.dead_letter_references.inc()
        self.log.error("dead_letter_without_value", topic=topic, partition=partition, offset=offset)

    # prices

    def prices_reloaded(self, days: Iterable[date], models: int, own_prices: int) -> None:
        """New prices hold: the days of their tables, the models of the newest, the operator's own prices."""
        self.metrics.price_reloads.labels("ok").inc()
        self.metrics.prices_broken.set(0)
        self.log.info("prices_reloaded", snapshots=[str(day) for day in days], models=models, own_prices=own_prices)

    def prices_refused(self, detail: str) -> None:
        """The files make no prices; those from before go on."""
        self.metrics.price_reloads.labels("refused").inc()
        self.metrics.prices_broken.set(1)
        self.log.error("prices_refused", detail=printable(detail))

    def event(self, name: str, **fields: Any) -> None:
        """An incident without a counter of its own."""
        self.log.info(name, **fields)


def _add(counter: Counter, labels: tuple[str, ...], usd: float) -> None:
    if 0 <= usd < math.inf:  # a counter refuses anything else, and that must not stop the daemon
        counter.labels(*labels).inc(usd)


def _names(partitions: Iterable[tuple[str, int]]) -> list[str]:
    return [f"{topic}/{partition}" for topic, partition in sorted(partitions)]
