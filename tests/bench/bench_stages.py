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

from msgspec import Raw, Struct
from msgspec.json import Decoder

from shipper.decode import Decoder as RecordDecoder
from shipper.mapping.conform import Conform
from shipper.mapping.ingestion import IngestionMapper
from shipper.mapping.settings import MappingSettings
from shipper.mapping.size import Size
from shipper.pricing import PriceBook, Pricer, PriceTable, PricingSettings, bundled_snapshot
from shipper.records import Record, Rejected
from shipper.stages import Stages
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


def litellm_record(size_bytes: int) -> bytes:
    """A LiteLLM record of about that size: a golden one without its price row, its texts made longer."""
    value: dict[str, Any] = golden("fx_completion")["records"][0]
    payload = value["standard_logging_object"]
    del payload["model_map_information"]
    if size_bytes < 4000:
        payload = {key: payload[key] for key in SMALL}
        payload["metadata"] = {key: item for key, item in payload["metadata"].items() if item is not None}
        value["standard_logging_object"] = payload
    return _grown(
        value, size_bytes, value["messages"][0], payload["messages"][0], payload["response"]["choices"][0]["message"]
    )


def plain_record(size_bytes: int) -> bytes:
    """A `shipper.call/1` record of about that size: OpenAI's chat request and response, their texts made longer."""
    question, answer = {"role": "user", "content": ""}, {"role": "assistant", "content": "", "refusal": None}
    details = {"cached_tokens": 0, "audio_tokens": 0}
    usage = {"prompt_tokens": 310, "completion_tokens": 120, "total_tokens": 430, "prompt_tokens_details": details}
    value = {
        "schema": "shipper.call/1",
        "id": "7f9c3d52-9a0b-4a53-8b3c-0d0c4d1b9c11",
        "start_time": "2026-11-23T09:18:36.989194+00:00",
        "end_time": "2026-11-23T09:18:40.872667+00:00",
        "first_token_time": "2026-11-23T09:18:37.412008+00:00",
        "provider": "openai",
        "name": "answer-question",
        "request": {
            "model": "gpt-4o",
            "messages": [{"role": "system", "content": "You answer briefly."}, question],
            "temperature": 0.2,
            "max_tokens": 500,
            "stream": True,
        },
        "response": {
            "id": "chatcmpl-BwK2mJ5u1tq0xq4cV8o7e3nQh9zLr",
            "object": "chat.completion",
            "created": 1795425520,
            "model": "gpt-4o-2024-08-06",
            "choices": [{"index": 0, "message": answer, "finish_reason": "stop", "logprobs": None}],
            "usage": usage,
            "system_fingerprint": "fp_44709d6fcb",
        },
        "trace": {
            "id": "4bf92f35-77b3-4da6-a3ce-929d0e0e4736",
            "name": "support-chat",
            "session_id": "session-20261123-17",
            "user_id": "user-4711",
            "tags": ["support", "web"],
        },
        "metadata": {"tenant": "acme", "feature": "chat"},
    }
    return _grown(value, size_bytes, question, answer)


def _grown(value: Any, size_bytes: int, *messages: Any) -> bytes:
    """The record with more text in equal parts in each of the messages."""
    missing = max(0, size_bytes - len(_bytes(value))) // len(messages)
    for message in messages:
        message["content"] += (SENTENCE * (missing // len(SENTENCE) + 1))[:missing]
    return _bytes(value)


def _bytes(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def _best_us(work: Callable[[], object], size_bytes: int) -> float:
    count = max(50, ROUND_BYTES // (size_bytes + 4000))
    best_s = float("inf")
    for _ in range(ROUNDS):
        begin = process_time()
        for _ in range(count):
            work()
        best_s = min(best_s, process_time() - begin)
    return best_s / count * 1e6


class _Floor(Struct):
    """The least that any reader of a record must do."""

    standard_logging_object: Raw = Raw(b"")
    id: str = ""
    request: Raw = Raw(b"")
    response: Raw = Raw(b"")


_floor = Decoder(_Floor).decode


class _Stages:
    def __init__(self) -> None:
        data, day = bundled_snapshot()
        mapping = MappingSettings()
        self._decode = RecordDecoder(mapping).decode
        self._work = Stages(
            self._decode,
            Pricer(PricingSettings(), PriceBook.of(PriceTable.load(data, day))).price,
            Conform(mapping).conform,
            IngestionMapper(mapping, "pk-lf-bench", "0").events,
            Size(mapping, mapping.max_event_bytes).fit,
        ).work

    def run(self, record: Record) -> None:
        assert not isinstance(self._work(record), Rejected)

    def report(self, shape: str, value: bytes) -> str:
        """Decode alone, all three stages, and beside them what a mere decoding of the same bytes costs."""
        record = Record("bench", 0, 0, 0, None, value)
        decode_us = _best_us(lambda: self._decode(record), len(value))
        all_us = _best_us(lambda: self.run(record), len(value))
        floor_us = _best_us(lambda: _floor(value), len(value))
        loads_us = _best_us(lambda: json.loads(value), len(value))
        return (
            f"{shape:<15} {len(value):>7,} bytes: decode {decode_us:6.1f}, all stages {all_us:6.1f}; "
            f"a struct of Raw {floor_us:6.1f}, json.loads {loads_us:6.1f}\n"
        )

    def all_us(self, value: bytes) -> float:
        """All three stages."""
        record = Record("bench", 0, 0, 0, None, value)
        return _best_us(lambda: self.run(record), len(value))


def main() -> None:
    """Prints a line a shape and size, and one for LiteLLM's own records."""
    stages = _Stages()
    write = sys.stdout.write
    for shape, record_of in (("shipper.call/1", plain_record), ("LiteLLM", litellm_record)):
        for size_bytes in (2_000, 20_000, 200_000):
            write(stages.report(shape, record_of(size_bytes)))
    for how, encoded in (("compact", _bytes), ("as json.dumps writes", _dumped)):
        times_us = sorted(stages.all_us(encoded(value)) for name in GOLDEN for value in golden(name)["records"])
        write(f"{len(times_us)} goldens, {how}: median {median(times_us):.1f}, worst {times_us[-1]:.1f}\n")


if __name__ == "__main__":
    main()
