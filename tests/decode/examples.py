"""Records for the tests of decode and mapping: LiteLLM's own (tests/golden) and small ones of one rule each."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from shipper.decode import Decoder
from shipper.mapping.settings import MappingSettings
from shipper.records import CallRecord, Record, Rejected

GOLDEN_DIR = Path(__file__).parent.parent / "golden"
GOLDEN = tuple(sorted(path.stem for path in GOLDEN_DIR.glob("*.json")))
KAFKA_MS = 1_795_425_600_000  # 2026-11-23T09:20:00Z

Json = dict[str, Any]


def golden(name: str) -> Json:
    """One case: `records` as the callback got them and the `batch` that LiteLLM's own callback sent."""
    case: Json = json.loads((GOLDEN_DIR / f"{name}.json").read_text())
    return case


def litellm(payload: Json | None = None, **around: Any) -> Json:
    """A small LiteLLM record; `payload` goes over its StandardLoggingPayload, `around` over the rest.

    A value of `...` takes the key away.
    """
    record: Json = {
        "standard_logging_object": _over(
            {
                "id": "chatcmpl-1",
                "litellm_call_id": "call-1",
                "trace_id": "own-trace",
                "session_id": "",
                "call_type": "acompletion",
                "status": "success",
                "custom_llm_provider": "openai",
                "startTime": 1795425516.5,
                "endTime": 1795425517.5,
                "completionStartTime": 1795425517.0,
                "model": "gpt-4o",
                "model_id": "deployment-1",
                "metadata": {"user_api_key_alias": None, "requester_metadata": None},
                "response_cost": 0.25,
                "cost_breakdown": {"total_cost": 0.25},
                "request_tags": [],
                "messages": [{"role": "user", "content": "hi"}],
                "response": {
                    "id": "chatcmpl-1",
                    "model": "gpt-4o-2024-08-06",
                    "choices": [{"message": {"role": "assistant", "content": "hello"}}],
                    "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
                },
                "hidden_params": {"response_cost": 0.25},
                "error_str": None,
            },
            payload or {},
        ),
        "metadata": {},
        "optional_params": {},
        "messages": [{"role": "user", "content": "hi"}],
        "model": "gpt-4o",
        "api_base": "",
        "response_cost": 0.25,
        "cache_hit": None,
        "start_time": "2026-11-23T09:18:36.500000+00:00",
        "end_time": "2026-11-23T09:18:37.500000+00:00",
        "completion_start_time": "2026-11-23T09:18:37+00:00",
    }
    return _over(record, around)


def bare(payload: Json | None = None) -> Json:
    """The same call as a StandardLoggingPayload alone."""
    alone: Json = litellm(payload)["standard_logging_object"]
    return alone


def plain(**fields: Any) -> Json:
    """A small plain record; a value of `...` takes the key away."""
    record = {
        "schema": "shipper.call/1",
        "id": "p-1",
        "start_time": "2026-11-23T09:18:36.5Z",
        "end_time": 1795425517.5,
        "provider": "openai",
        "model": "gpt-4o",
        "request": {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.2},
        "response": {
            "model": "gpt-4o-2024-08-06",
            "choices": [{"message": {"role": "assistant", "content": "hello"}}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        },
    }
    return _over(record, fields)


def decode(value: Json | bytes | None, *, timestamp_ms: int = KAFKA_MS, **settings: Any) -> CallRecord | Rejected:
    """What the decoder makes of a record with this value."""
    data = json.dumps(value).encode() if isinstance(value, dict) else value
    return Decoder(MappingSettings(**settings)).decode(Record("calls", 0, 7, timestamp_ms, None, data))


def call(value: Json | bytes, **settings: Any) -> CallRecord:
    """Likewise, for a record that must be understood."""
    decoded = decode(value, **settings)
    assert isinstance(decoded, CallRecord), decoded
    return decoded


def rejected(value: Json | bytes | None, **kwargs: Any) -> Rejected:
    """Likewise, for a record that must be refused."""
    decoded = decode(value, **kwargs)
    assert isinstance(decoded, Rejected), decoded
    return decoded


def parsed(raw: Any) -> Any:
    """A raw JSON text as Python's values; None if there is none."""
    return None if raw is None else json.loads(bytes(raw))


def _over(base: Json, changes: Json) -> Json:
    result = copy.deepcopy(base)
    for key, value in changes.items():
        if value is ...:
            result.pop(key, None)
        else:
            result[key] = value
    return result
