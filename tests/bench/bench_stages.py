"""What decode, pricing and mapping cost a record: `python -m tests.bench.bench_stages`. Measures, does not judge.

CPU-µs of one core, the best of several rounds (the others measure what else the machine did).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from statistics import median
from time import process_time
from typing import Any

from shipper.decode import Decoder
from shipper.mapping.ingestion import IngestionMapper
from shipper.mapping.settings import MappingSettings
from shipper.pricing import Pricer, PriceTable, PricingSettings, bundled_snapshot
from shipper.records import CallRecord, Record
from tests.decode.examples import GOLDEN, golden

ROUNDS = 7
ROUND_BYTES = 8_000_000  # of records a round
SENTENCE = "A prompt is mostly plain text, with a line break now and then, and it comes three times a record.\n"
# What is in a payload of 2 KB; the rest of LiteLLM's has another 2 KB without its price row.
SMALL = (
    "id", "litellm_call_id", "trace_id", "call_type", "status", "custom_llm_provider", "startTime", "endTime",
    "completionStartTime", "model", "metadata", "response_cost", "request_tags", "messages", "response",
    "hidden_params",
)  # fmt: skip


def record_of(size_bytes: int) -> bytes:
    """A LiteLLM record of about that size: a golden one without its price row, its texts made longer."""
    value: dict[str, Any] = golden("fx_completion")["records"][0]
    payload = value["standard_logging_object"]
    del payload["model_map_information"]
    if size_bytes < 4000:
        payload = {key: payload[key] for key in SMALL}
        payload["metadata"] = {key: item for key, item in payload["metadata"].items() if item is not None}
        value["standard_logging_object"] = payload
    texts = (value["messages"][0], payload["messages"][0], payload["response"]["choices"][0]["message"])
    missing = max(0, size_bytes - len(_bytes(value))) // len(texts)
    for text in texts:
        text["content"] += (SENTENCE * (missing // len(SENTENCE) + 1))[:missing]
    return _bytes(value)


def _bytes(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _best_us(work: Callable[[], object], size_bytes: int) -> float:
    count = max(50, ROUND_BYTES // (size_bytes + 4000))
    best_s = float("inf")
    for _ in range(ROUNDS):
        begin = process_time()
        for _ in range(count):
            work()
        best_s = min(best_s, process_time() - begin)
    return best_s / count * 1e6


class _Stages:
    def __init__(self) -> None:
        data, day = bundled_snapshot()
        self._decode = Decoder(MappingSettings()).decode
        self._price = Pricer(PricingSettings(), PriceTable.load(data, day)).price
        self._events = IngestionMapper(MappingSettings(), "pk-lf-bench", "0").events

    def run(self, record: Record) -> CallRecord:
        call = self._decode(record)
        assert isinstance(call, CallRecord)
        self._events(call, self._price(call.billing))
        return call

    def report(self, value: bytes) -> tuple[float, float, float]:
        """Decode alone, all three stages, and json.loads of the same bytes."""
        record = Record("bench", 0, 0, 0, None, value)
        return (
            _best_us(lambda: self._decode(record), len(value)),
            _best_us(lambda: self.run(record), len(value)),
            _best_us(lambda: json.loads(value), len(value)),
        )


def main() -> None:
    """Prints a line a size, and one for LiteLLM's own records."""
    stages = _Stages()
    write = sys.stdout.write
    for size_bytes in (2_000, 20_000, 200_000):
        value = record_of(size_bytes)
        decode_us, all_us, loads_us = stages.report(value)
        write(
            f"{len(value):>7,} bytes: decode {decode_us:6.1f}, all stages {all_us:6.1f}, json.loads {loads_us:6.1f}\n"
        )
    goldens = [_bytes(value) for name in GOLDEN for value in golden(name)["records"]]
    times_us = sorted(stages.report(value)[1] for value in goldens)
    write(f"{len(goldens)} golden records: median {median(times_us):.1f}, worst {times_us[-1]:.1f}\n")


if __name__ == "__main__":
    main()
