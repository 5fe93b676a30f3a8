"""Some calls of every kind, made while the test runs, and all that were kept.

`python -m tests.parity` makes them all.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.parity import comparison_spans
from tests.parity.cases import CASES, KEPT, KEPT_SPANS, MEANT
from tests.parity.comparison import case_differences
from tests.parity.oracle import run_cases

GOLDEN = Path(__file__).parents[1] / "golden" / "parity"
SPANS = GOLDEN.parent / "otlp" / "parity"
LIVE = (
    "chat_sync", "chat_choices", "chat_tool_calls", "stream_tools", "stream_broken", "anthropic_thinking",
    "gemini_grounding", "bedrock_stream", "text", "embedding", "image", "transcription", "speech", "moderation",
    "rerank", "responses_tools", "responses_stream", "failure_429", "router_fallback", "cache_twice", "redact",
    "redact_text", "guardrail_several", "mask_function", "steer_header_all", "steer_mix_3", "steer_update_header",
    "proxy_chat_team_stream", "proxy_responses_headers", "proxy_messages", "proxy_chat_guarded",
    "proxy_failure_key",
)  # fmt: skip


@pytest.fixture(scope="module")
def live() -> dict[str, dict[str, Any]]:
    """What became of the live cases."""
    return {result["case"]: result for result in run_cases([case for case in CASES if case["case"] in LIVE])}


@pytest.mark.timeout(1500)  # building the environment counts towards the first test that needs it
@pytest.mark.parametrize("name", LIVE)
def test_a_call_made_now_becomes_the_batch_that_litellm_sent(live: dict[str, dict[str, Any]], name: str) -> None:
    """From the arguments of LiteLLM's own callback, and from what the callback of deploy/producers wrote."""
    assert live[name]["records"]
    assert live[name]["produced"]
    assert case_differences(live[name]) == []


@pytest.mark.parametrize("name", KEPT)
def test_a_call_kept_becomes_the_batch_that_litellm_sent(name: str) -> None:
    result = json.loads((GOLDEN / f"{name}.json").read_text())
    assert case_differences(result) == []


@pytest.mark.parametrize("name", KEPT_SPANS)
def test_a_call_kept_becomes_the_spans_that_litellm_sent(name: str) -> None:
    """LiteLLM 1.108, whose callback is on the OTLP wire."""
    result = json.loads((SPANS / f"{name}.json").read_text())
    assert result["batch"]
    assert comparison_spans.case_differences(result) == []


def test_every_case_kept_is_compared() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(KEPT)
    assert {path.stem for path in SPANS.glob("*.json")} == set(KEPT_SPANS)
    named = set(KEPT) | set(KEPT_SPANS) | MEANT.keys() | comparison_spans.MEANT.keys() | set(LIVE)
    assert named <= {case["case"] for case in CASES}


def test_a_difference_between_spans_is_found() -> None:
    """Of a value, of a missing one, of one too many, of another type, and of a whole span."""
    result = json.loads((SPANS / "responses_tools.json").read_text())
    span = result["batch"][0]
    span["name"] = "another"
    del span["attributes"]["langfuse.observation.level"]
    span["attributes"] |= {"more": "1", "langfuse.trace.name": 5}
    assert comparison_spans.case_differences(result) == [
        "call .name: 'litellm-aresponses' instead of 'another'",
        'call langfuse.observation.level: "DEFAULT" instead of <not there>',
        'call langfuse.trace.name: "litellm-aresponses" instead of 5',
        "call more: <not there> instead of 1",
    ]
    del result["batch"][0]
    assert comparison_spans.case_differences(result) == ["in all 1 calls instead of 0"]


def test_a_difference_is_found() -> None:
    """Of a value, of a missing one, of one too many, and of a whole event."""
    result = json.loads((GOLDEN / "chat_choices.json").read_text())
    body = result["batch"][1]["body"]
    body["name"] = "another"
    del body["level"]
    body["more"] = 1
    assert case_differences(result) == [
        'generation-create.body.level: "DEFAULT" instead of "<not there>"',
        'generation-create.body.more: "<not there>" instead of 1',
        'generation-create.body.name: "litellm-acompletion" instead of "another"',
    ]
    del result["batch"][1]
    assert case_differences(result) == ["['trace-create', 'generation-create'] instead of ['trace-create']"]
