"""Events of Bedrock's ConverseStream, as its reference shows them."""

from __future__ import annotations

import pytest

from shipper.records import Usage
from tests.decode.examples import Json, parsed
from tests.decode.streams import answer, streamed

START = {"messageStart": {"role": "assistant"}}
END = [
    {"messageStop": {"stopReason": "tool_use"}},
    {"metadata": {"usage": {"inputTokens": 47, "outputTokens": 20, "totalTokens": 67}, "metrics": {"latencyMs": 100}}},
]


def delta(index: int, **one: object) -> Json:
    return {"contentBlockDelta": {"delta": one, "contentBlockIndex": index}}


TEXT = [delta(0, text="Here"), delta(0, text=" are"), {"contentBlockStop": {"contentBlockIndex": 0}}]
TOOL_START = {
    "contentBlockStart": {"start": {"toolUse": {"toolUseId": "t1", "name": "top_song"}}, "contentBlockIndex": 1}
}
TOOL = [TOOL_START, *(delta(1, toolUse={"input": part}) for part in ('{"sign":', ' "WZPZ"}'))]


def test_text_and_tool_input_are_put_together() -> None:
    record = streamed([START, *TEXT, *TOOL, *END])
    assert parsed(record.observation.output) == {
        "role": "assistant",
        "content": [
            {"text": "Here are"},
            {"toolUse": {"toolUseId": "t1", "name": "top_song", "input": {"sign": "WZPZ"}}},
        ],
    }
    assert record.observation.usage == Usage(47, 20, prompt=47, completion=20)


def test_reasoning_with_its_signature_is_put_together() -> None:
    parts = [{"text": "Hm"}, {"text": "."}, {"signature": "EqQB"}]
    assert answer([START, *(delta(0, reasoningContent=part) for part in parts)])["content"] == [
        {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "EqQB"}}}
    ]


def test_redacted_reasoning_stays_as_it_came() -> None:
    hidden = {"redactedContent": "c2VjcmV0"}
    assert answer([START, delta(0, reasoningContent=hidden)])["content"] == [{"reasoningContent": hidden}]


def test_a_tool_without_input_has_an_empty_one() -> None:
    assert answer([START, TOOL_START])["content"][0]["toolUse"]["input"] == {}


def test_an_abandoned_stream_keeps_what_came() -> None:
    assert answer([START, TEXT[0]]) == {"role": "assistant", "content": [{"text": "Here"}]}


@pytest.mark.parametrize("kind", ["throttlingException", "modelStreamErrorException", "internalServerException"])
def test_an_exception_in_the_stream_is_the_calls_error(kind: str) -> None:
    record = streamed([START, *TEXT, {kind: {"message": "Too many tokens"}}])
    assert (record.observation.level, record.observation.status_message) == ("ERROR", "Too many tokens")
    assert parsed(record.observation.output)["content"] == [{"text": "Here are"}]


METRICS = {"inputTokenCount": 12, "outputTokenCount": 3, "invocationLatency": 700, "firstByteLatency": 300}


TITAN = [
    {
        "outputText": "Sun",
        "index": 0,
        "totalOutputTextTokenCount": None,
        "completionReason": None,
        "inputTextTokenCount": 12,
    },
    {
        "outputText": "ny.",
        "index": 0,
        "totalOutputTextTokenCount": 3,
        "completionReason": "FINISH",
        "inputTextTokenCount": None,
    },
]
MISTRAL = [
    {"outputs": [{"text": "Sun", "stop_reason": None}]},
    {"outputs": [{"text": "ny.", "stop_reason": "stop"}], "amazon-bedrock-invocationMetrics": METRICS},
]


def test_titans_texts_are_put_together() -> None:
    found = streamed(TITAN)
    assert parsed(found.observation.output) == "Sunny."
    assert found.observation.usage == Usage(12, 3, prompt=12, completion=3)
    assert parsed(found.observation.metadata)["finish_reason"] == "FINISH"


@pytest.mark.parametrize("metrics", [{}, {"amazon-bedrock-invocationMetrics": METRICS}], ids=["its own", "Amazon's"])
def test_llamas_generation_is_put_together(metrics: Json) -> None:
    found = streamed([
        {"generation": "Sun", "prompt_token_count": 12, "generation_token_count": 1, "stop_reason": None},
        {"generation": "ny.", "prompt_token_count": None, "generation_token_count": 3, "stop_reason": "stop"} | metrics,
    ])  # fmt: skip
    assert parsed(found.observation.output) == "Sunny."
    assert found.observation.usage == Usage(12, 3, prompt=12, completion=3)
    assert parsed(found.observation.metadata)["finish_reason"] == "stop"


def test_mistrals_outputs_are_put_together() -> None:
    found = streamed(MISTRAL)
    assert parsed(found.observation.output) == "Sunny."
    assert found.observation.usage == Usage(12, 3, prompt=12, completion=3)
