"""Every metric that shipper exposes: name, meaning, labels. The operator's page is made from here (`metrics_page`).

Labels are bounded: closed lists (their series are there from the start, at 0), the configured topics, or the first
names that records bring (`labels`).
"""

from __future__ import annotations

from typing import TypeVar, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from shipper.batch import CloseReason
from shipper.outcome import HoldReason
from shipper.records import Reason, Wire

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60)
_BYTES = (1e3, 1e4, 1e5, 2.5e5, 5e5, 1e6, 2.5e6, 5e6)
_EVENTS = (1, 2, 10, 50, 100, 500, 1000, 2500, 5000)

# Labels with a closed list of values, by metric and label.
CLOSED: dict[tuple[str, ...], tuple[str, ...]] = {
    ("shipper_records", "outcome"): ("received", "delivered", "dead_lettered"),
    ("shipper_batches_closed", "reason"): get_args(CloseReason),
    ("shipper_ambiguous_requests", "wire"): get_args(Wire),
    ("shipper_wire", "wire"): get_args(Wire),
    ("shipper_hold", "reason"): get_args(HoldReason),
    ("shipper_dead_letters", "reason"): get_args(Reason),
    ("shipper_commits", "result"): ("ok", "failed", "fenced"),
    ("shipper_consumer_rebuilds", "reason"): ("error", "stalled"),
    ("shipper_price_reloads", "result"): ("ok", "refused"),
}

M = TypeVar("M", Counter, Gauge)


class Metrics:
    """The metrics of one process in a registry of their own; `label_names` has those of each metric, by its name."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series beside each counter
        self.registry = CollectorRegistry()
        self.label_names: dict[str, tuple[str, ...]] = {}
        self._of_records()
        self._of_prices()
        self._of_delivery()
        self._of_kafka()
        self.build_info = self._gauge("build_info", "Always 1; the version is the label.", "version")

    def _of_records(self) -> None:
        self.records = self._counter("records", "Records by what became of them.", "outcome")
        self.repairs = self._counter("repairs", "What was put right in records on their way, by kind.", "repair")
        self.dead_letters = self._counter("dead_letters", "Records written to the dead letters.", "reason")
        self.dead_letter_references = self._counter(
            "dead_letter_references", "Dead letters that Kafka takes only without their value: the value is lost there."
        )
        self.held_bytes = self._gauge(
            "held_bytes", "Bytes of records and events held; process.memory_bytes is the limit."
        )
        self.oldest = self._gauge(
            "oldest_undelivered_seconds", "Age of the oldest record taken and not settled, by Kafka's timestamp."
        )

    def _of_prices(self) -> None:
        self.cost_usd = self._counter(
            "cost_usd", "Known cost of the calls mapped, in USD.", "model", "provider", "team"
        )
        self.cost_compared = self._counter(
            "cost_compared_usd",
            "Cost of the calls that both their record and the price table know, in USD, by whose it is.",
            "model",
            "source",
        )
        self.unpriced = self._counter("unpriced", "Calls whose cost is unknown, by model.", "model")
        self.price_reloads = self._counter("price_reloads", "Times the price files were read again.", "result")
        self.prices_broken = self._gauge(
            "prices_broken", "1 while the price files are refused and the prices from before go on, else 0."
        )

    def _of_delivery(self) -> None:
        self.batches_closed = self._counter("batches_closed", "Batches by why they closed.", "reason")
        self.batch_bytes = self._histogram("batch_bytes", "Encoded size of the batches that closed.", _BYTES)
        self.batch_events = self._histogram("batch_events", "Events in the batches that closed.", _EVENTS)
        self.requests = self._counter(
            "requests", "Requests to the backend by HTTP code, or `error` where no answer came.", "code"
        )
        self.request_seconds = self._histogram("request_seconds", "Duration of the requests to the backend.", _SECONDS)
        self.ambiguous = self._counter(
            "ambiguous_requests",
            "Requests written whole of which the backend said nothing: their events are sent again, and Langfuse 4 may "
            "show those of the wire `otlp` twice until it merges them.",
            "wire",
        )
        self.wire = self._gauge("wire", "1 for the wire that the backend is spoken to by, else 0.", "wire")
        self.hold = self._gauge("hold", "1 while delivery waits for this reason, else 0.", "reason")

    def _of_kafka(self) -> None:
        self.lag = self._gauge("lag_records", "Records in the partition not settled yet.", "topic", "partition")
        self.paused = self._gauge("paused", "1 while fetching is paused because the memory budget is used.")
        self.commits = self._counter("commits", "Commits of offsets.", "result")
        self.rebalances = self._counter("rebalances", "Assignments received from the group.")
        self.rebuilds = self._counter("consumer_rebuilds", "Kafka consumers given up and built anew.", "reason")
        self.lost_by_retention = self._counter(
            "lost_by_retention_records", "Records that Kafka deleted before they could be read."
        )

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return self._noted(Counter(f"shipper_{name}", text, labels, registry=self.registry), name, labels)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return self._noted(Gauge(f"shipper_{name}", text, labels, registry=self.registry), name, labels)

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
        self.label_names[f"shipper_{name}"] = ()
        return Histogram(f"shipper_{name}", text, buckets=buckets, registry=self.registry)

    def _noted(self, metric: M, name: str, labels: tuple[str, ...]) -> M:
        self.label_names[f"shipper_{name}"] = labels
        for value in CLOSED.get((f"shipper_{name}", *labels), ()):
            metric.labels(value)
        return metric
