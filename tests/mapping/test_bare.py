"""StandardLoggingPayloads of older LiteLLMs, without a record around them: what each of them makes of itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shipper.records import CallRecord
from tests.decode.examples import call, parsed

BARE = Path(__file__).parents[1] / "golden" / "bare"
PAYLOADS = {
    (path.stem.removeprefix("litellm-"), name): payload
    for path in sorted(BARE.glob("*.json"))
    for name, payload in json.loads(path.read_text()).items()
}
ASKED: dict[str, Any] = {
    "text": "x", "embedding": "a", "image": "a", "rerank": "q", "responses": "hi", "transcription": "a.mp3",
}  # fmt: skip
ANSWERED: dict[str, Any] = {
    "chat": "Hello! How can I help?", "stream": "Hello there", "anthropic": "Salut", "text": "Once", "embedding": None,
    "rerank": [{"index": 0, "relevance_score": 0.5}], "transcription": "Guten Tag",
}  # fmt: skip


@pytest.fixture(params=PAYLOADS, ids="-".join)
def case(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any], CallRecord]:
    """Name of the call, its payload, and what is read of it."""
    _, name = request.param
    return name, PAYLOADS[request.param], call(PAYLOADS[request.param])


def test_versions_of_2025_are_read() -> None:
    assert {version for version, _ in PAYLOADS} == {"1.58.2", "1.67.2", "1.72.0", "1.80.0"}


def test_nothing_has_to_be_repaired(case: tuple[str, dict[str, Any], CallRecord]) -> None:
    assert case[2].repairs == ()


def test_trace_is_the_payloads_else_the_calls_own(case: tuple[str, dict[str, Any], CallRecord]) -> None:
    """LiteLLM 1.58 writes neither a trace id nor a call id: then it is the payload's id."""
    _, payload, found = case
    assert found.trace.id == (payload.get("trace_id") or payload.get("litellm_call_id") or payload["id"])
    assert found.trace.name == f"litellm-{payload['call_type']}"
    assert found.trace.tags == tuple(payload["request_tags"])


def test_input_is_the_payloads_messages(case: tuple[str, dict[str, Any], CallRecord]) -> None:
    name, _, found = case
    if name == "moderation":
        assert found.observation.input is None
    else:
        asked = parsed(found.observation.input)["messages"]
        assert asked == [{"role": "user", "content": ASKED.get(name, "Grüezi")}]


def test_output_goes_by_the_call_type(case: tuple[str, dict[str, Any], CallRecord]) -> None:
    name, payload, found = case
    output = parsed(found.observation.output)
    if name == "failure":
        assert output == payload["error_str"]
        assert found.observation.level == "ERROR"
    elif name in ANSWERED:
        assert (output["content"] if isinstance(output, dict) else output) == ANSWERED[name]
    elif name == "tools":
        assert output["tool_calls"][0]["function"]["name"] == "get_weather"
    elif name == "image":
        assert output[0]["url"] == "https://example.org/i.png"
    elif name == "responses":
        assert output[0]["content"][0]["text"] == "Salut"


def test_usage_and_cost_are_the_payloads(case: tuple[str, dict[str, Any], CallRecord]) -> None:
    name, payload, found = case
    if payload["response_cost"]:
        assert found.billing.recorded_cost == payload["response_cost"]
    if name in ("chat", "stream", "anthropic", "text", "tools", "embedding", "responses"):
        assert found.observation.usage is not None
        assert found.observation.usage.prompt == payload["prompt_tokens"]
        assert found.observation.usage.completion == payload["completion_tokens"]


def test_times_are_the_payloads(case: tuple[str, dict[str, Any], CallRecord]) -> None:
    _, payload, found = case
    assert found.observation.start.timestamp() == pytest.approx(payload["startTime"], abs=1e-5)
    assert found.observation.end is not None
    assert found.observation.end.timestamp() == pytest.approx(payload["endTime"], abs=1e-5)
