"""What decode, pricing and mapping cost a record: `python -m tests.bench.bench_stages`. Measures, does not judge.

CPU-µs of one core, the best of many short rounds (the others measure what else the machine did), in which everything
takes its turn. Beside our stages: `json.loads` of the same bytes, a decoding that reads nothing, and LiteLLM's own
Langfuse callback (`callback_process.py`), whose events are compared with ours; it runs in an environment of its own,
which is installed on the first run.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

from msgspec import Raw, Struct
from msgspec.json import Decoder

from shipper.allocator import keep_freed_memory
from shipper.decode import Decoder as RecordDecoder
from shipper.mapping.conform import Conform
from shipper.mapping.ingestion import IngestionMapper
from shipper.mapping.settings import MappingSettings
from shipper.mapping.size import Size
from shipper.pricing import PriceBook, Pricer, PriceTable, PricingSettings, bundled_snapshot
from shipper.records import Record, Rejected
from shipper.stages import Stages, next_chunk
from tests.decode.examples import GOLDEN, golden
from tests.oracles.environment import environment
from tests.parity.comparison import differences, events_of

Json = dict[str, Any]

CALLBACK = Path(__file__).with_name("callback_process.py")
CALLBACK_TIMEOUT_S = 900
ROUNDS = 60
ROUND_BYTES = 600_000  # of records a round
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


def _best_us(works: dict[str, Callable[[], object]], n_records: int, size_bytes: int) -> dict[str, float]:
    count = max(3, ROUND_BYTES // (size_bytes + 4000) // n_records)
    best_s = dict.fromkeys(works, float("inf"))
    for _ in range(ROUNDS):
        for name, work in works.items():
            work()
            begin = process_time()
            for _ in range(count):
                work()
            best_s[name] = min(best_s[name], process_time() - begin)
    return {name: seconds / count / n_records * 1e6 for name, seconds in best_s.items()}


class _Floor(Struct):
    """The least that any reader of a record must do."""

    standard_logging_object: Raw = Raw(b"")
    id: str = ""
    request: Raw = Raw(b"")
    response: Raw = Raw(b"")


_floor = Decoder(_Floor).decode


class Measured(Struct, frozen=True):
    """CPU-µs of one record, beside `json.loads` and the least possible; of LiteLLM's callback, where it was asked:
    until the events are in its queue, and until they are JSON.
    """

    size_bytes: int
    decode_us: float
    stages_us: float
    loads_us: float
    floor_us: float
    callback_us: float | None = None
    callback_json_us: float | None = None


class Bench:
    """The daemon's stages and settings."""

    def __init__(self) -> None:
        keep_freed_memory()
        data, day = bundled_snapshot()
        mapping = MappingSettings()
        self._decode = RecordDecoder(mapping).decode
        self._stages = Stages(
            self._decode,
            Pricer(PricingSettings(), PriceBook.of(PriceTable.load(data, day))).price,
            Conform(mapping).conform,
            IngestionMapper(mapping, "pk-lf-bench", "0").events,
            Size(mapping, mapping.max_event_bytes).fit,
        )

    def measure(self, value: bytes, callback: Json | None = None) -> Measured:
        """One record, as often as it would be in a chunk that the daemon works through at a time."""
        record = Record("bench", 0, 0, 0, None, value)
        assert not isinstance(self._stages.work(record), Rejected)
        chunk = next_chunk([record] * 100, 0, 10**9)
        best_us = _best_us(
            {
                "decode": lambda: [self._decode(record) for record in chunk],
                "stages": lambda: self._stages.work_all(chunk),
                "loads": lambda: [json.loads(value) for _ in chunk],
                "floor": lambda: [_floor(value) for _ in chunk],
            },
            len(chunk),
            len(value),
        )
        times_us = (best_us[name] for name in ("decode", "stages", "loads", "floor"))
        others_us = () if callback is None else (callback["build_us"], callback["wire_us"])
        return Measured(len(value), *times_us, *others_us)


def callbacks(records: list[Json]) -> list[Json]:
    """What LiteLLM's callback says of each record. AssertionError where it made other events than we do."""
    done = subprocess.run(
        [environment("langfuse_callback") / "python", CALLBACK],
        input="".join(json.dumps(record) + "\n" for record in records),
        stdout=subprocess.PIPE,
        text=True,
        timeout=CALLBACK_TIMEOUT_S,
        check=True,
    )
    answers: list[Json] = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(records)
    for record, answer in zip(records, answers, strict=True):
        unlike = differences(events_of([record]), answer["events"])
        assert not unlike, unlike
    return answers


def main() -> None:
    """Prints a line a shape and size, and those of LiteLLM's own records that are the median and the worst."""
    bench, sizes = Bench(), (2_000, 20_000, 200_000)
    plain, litellm = [plain_record(size) for size in sizes], [litellm_record(size) for size in sizes]
    goldens = {name: record for name in GOLDEN for record in golden(name)["records"]}
    answers = callbacks([*map(json.loads, litellm), *goldens.values()])
    lines = [("shipper.call/1", bench.measure(value)) for value in plain]
    lines += [("LiteLLM", bench.measure(value, found)) for value, found in zip(litellm, answers, strict=False)]
    compact = [
        (name, bench.measure(_bytes(record), found))
        for (name, record), found in zip(goldens.items(), answers[len(litellm) :], strict=True)
    ]
    compact.sort(key=lambda one: one[1].stages_us)
    lines += [("median golden", compact[len(compact) // 2][1]), (f"worst, {compact[-1][0]}", compact[-1][1])]
    for name, found in lines:
        sys.stdout.write(_line(name, found))


def _line(name: str, found: Measured) -> str:
    line = (
        f"{name:<28} {found.size_bytes:>7,} bytes: stages {found.stages_us:6.1f} (decode {found.decode_us:6.1f}); "
        f"json.loads {found.loads_us:6.1f}, ratio {found.stages_us / found.loads_us:4.2f}; floor {found.floor_us:6.1f}"
    )
    if found.callback_us is not None:
        line += f"; LiteLLM's callback {found.callback_us:,.0f}, to JSON {found.callback_json_us:,.0f}"
    return line + "\n"


if __name__ == "__main__":
    main()
