"""What OpenTelemetry's own SDK and exporter cost a span: runs inside the environment `otel_sdk`.

Reads a JSON object from stdin: `batches` of spans (name, times in ns, attributes, whether it failed and the error) and
`rounds`; writes the CPU-µs a span, the best of the rounds, and the bytes of a request with the first batch. No network:
what the exporter does before it posts, and before that what making the spans costs.
"""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Callable
from time import process_time
from typing import Any, TypeVar

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.trace import Status, StatusCode, Tracer

T = TypeVar("T")


class Kept(SpanProcessor):  # type: ignore[misc]
    """Stands where the queue of a batch is, and costs less."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(span)


def make(tracer: Tracer, told: dict[str, Any]) -> None:
    span = tracer.start_span(told["name"], attributes=told["attributes"], start_time=told["start_ns"])
    if told["failed"]:
        span.set_status(Status(StatusCode.ERROR, told["error"]))
    span.end(told["end_ns"])


def zipped(body: bytes) -> bytes:
    """As the exporter does it, at the level that it leaves unsaid."""
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="w") as file:
        file.write(body)
    return buffer.getvalue()


class Measured:
    """One batch after the other goes through all three steps."""

    def __init__(self) -> None:
        self._kept = Kept()
        provider = TracerProvider(resource=Resource({}))
        provider.add_span_processor(self._kept)
        self._tracer = provider.get_tracer("langfuse-sdk", "0", attributes={"public_key": "pk-lf-bench"})
        self.best_us: dict[str, float] = {}

    def run(self, batch: list[dict[str, Any]]) -> tuple[bytes, bytes]:
        """The request of a batch, and it compressed."""
        self._kept.spans.clear()

        def make_all() -> None:
            for told in batch:
                make(self._tracer, told)

        def export() -> bytes:
            body: bytes = encode_spans(self._kept.spans).SerializeToString()
            return body

        self._timed("make_us", make_all, len(batch))
        body = self._timed("encode_us", export, len(batch))
        return body, self._timed("gzip_us", lambda: zipped(body), len(batch))

    def _timed(self, name: str, work: Callable[[], T], n_spans: int) -> T:
        begin = process_time()
        made = work()
        took_us = (process_time() - begin) / n_spans * 1e6
        self.best_us[name] = min(self.best_us.get(name, took_us), took_us)
        return made


def main() -> None:
    question = json.load(sys.stdin)
    batches, measured = question["batches"], Measured()
    for round_number in range(1, question["rounds"]):
        measured.run(batches[round_number % len(batches)])
    body, compressed = measured.run(batches[0])
    n_spans = len(batches[0])
    answer = {**measured.best_us, "raw_bytes": len(body) / n_spans, "gzip_bytes": len(compressed) / n_spans}
    json.dump(answer, sys.stdout)


main()
