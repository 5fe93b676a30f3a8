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
