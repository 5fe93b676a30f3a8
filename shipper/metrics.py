"""Every metric that shipper exposes: name, meaning, labels. The operator's page is generated from here.

Labels are bounded: closed lists, the configured topics, or the first `MODELS_MAX` model names and `other`.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

MODELS_MAX = 100

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60)
_BYTES = (1e3, 1e4, 1e5, 2.5e5, 5e5, 1e6, 2.5e6, 5e6)
_EVENTS = (1, 2, 10, 50, 100, 500, 1000, 2500, 5000)


class Metrics:
    """The metrics of one process in a registry of their own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()

        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"shipper_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"shipper_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: tuple[float, ...]) -> Histogram:
            return Histogram(f"shipper_{name}", text, buckets=buckets, registry=registry)

        self.records = counter(
            "records", "Records by what became of them: received, delivered, dead_lettered.", "outcome"
        )
        self.lag = gauge("lag_records", "Records in the partition that are not settled yet.", "topic", "partition")
        self.oldest = gauge(
            "oldest_undelivered_seconds", "Age of the oldest record taken and not settled, by Kafka's timestamp."
        )
        self.batches_closed = counter("batches_closed", "Batches by why they closed.", "reason")
        self.batch_bytes = histogram("batch_bytes", "Encoded size of the batches that closed.", _BYTES)
        self.batch_events = histogram("batch_events", "Events in the batches that closed.", _EVENTS)
        self.requests = counter(
            "requests", "Requests to the backend by HTTP code, or `error` where none came back.", "code"
        )
        self.request_seconds = histogram("request_seconds", "Duration of the requests to the backend.", _SECONDS)
        self.hold = gauge("hold", "1 while delivery waits for this reason, else 0.", "reason")
        self.unpriced = counter("unpriced", "Calls whose cost is unknown, by model.", "model")
        self.cost_usd = counter("cost_usd", "Known cost of the calls mapped, in USD, by model.", "model")
        self.dead_letters = counter("dead_letters", "Records written to the dead letters, by reason.", "reason")
        self.dead_letter_references = counter(
            "dead_letter_references", "Dead letters that Kafka takes only without their value: the value is lost there."
        )
        self.repairs = counter("repairs", "What was put right in records on their way, by kind.", "repair")
        self.held_bytes = gauge("held_bytes", "Bytes of records and events held; process.memory_bytes is the limit.")
        self.paused = gauge("paused", "1 while fetching is paused because the memory budget is used.")
        self.commits = counter("commits", "Commits of offsets by result: ok, failed, fenced.", "result")
        self.rebalances = counter("rebalances", "Assignments received from the group.")
        self.rebuilds = counter(
            "consumer_rebuilds", "Kafka consumers that were given up and built anew, by reason.", "reason"
        )
        self.lost_by_retention = counter(
            "lost_by_retention_records", "Records that Kafka deleted before they could be read."
        )
        self.build_info = gauge("build_info", "Always 1; the version is the label.", "version")
