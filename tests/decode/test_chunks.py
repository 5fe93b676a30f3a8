"""Chunks of any stream: told by their names, never refused, and nothing lost that is not put together."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from shipper.decode.chunks import assemble
from tests.decode import (
    test_chunks_amazon,
    test_chunks_anthropic,
    test_chunks_chat,
    test_chunks_cohere,
    test_chunks_lines,
    test_chunks_media,
    test_chunks_mistral,
    test_chunks_responses,
)
from tests.decode.examples import call, parsed, plain
from tests.decode.streams import answer, streamed


@pytest.mark.parametrize("chunks", [[], [7, None, "x"], [{"a": 1}], [[]], {"choices": []}, "data: [DONE]"], ids=str)
def test_chunks_of_no_known_stream_are_shown_whole(chunks: Any) -> None:
    assert answer(chunks) == chunks


def test_what_is_no_object_among_the_chunks_is_passed_over() -> None:
    assert answer([None, {"choices": [{"delta": {"content": "a"}}]}, "[DONE]"]) == {"content": "a"}


def test_a_server_sent_event_is_its_data() -> None:
    def event(data: Any) -> Any:
        return {"event": "x", "id": None, "data": data}

    assert answer([event({"choices": [{"delta": {"content": piece}}]}) for piece in ("a", "b")]) == {"content": "ab"}
    assert answer([event(7), {"data": {"choices": [{"delta": {"content": "a"}}]}}]) == {"content": "a"}


def test_a_stream_without_an_answer_is_shown_whole_and_its_usage_counted() -> None:
    chunks = [{"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 0}}]
    found = streamed(chunks).observation
    assert parsed(found.output) == chunks
    assert found.usage is not None


def test_a_stream_that_only_failed_is_shown_whole_and_an_error() -> None:
    chunks = [{"error": {"message": "no"}}]
    found = streamed(chunks).observation
    assert (parsed(found.output), found.level, found.status_message) == (chunks, "ERROR", "no")


def test_a_response_goes_before_chunks() -> None:
    record = call(plain(response={"text": "whole"}, chunks=[{"choices": [{"delta": {"content": "a"}}]}]))
    assert parsed(record.observation.output) == "whole"


NAMES = [
    "type", "event_type", "choices", "delta", "message", "content", "text", "tool_calls", "function", "arguments",
    "index", "id", "usage", "x_groq", "response", "output", "item", "output_index", "content_index", "content_block",
    "partial_json", "input", "citations", "citation", "candidates", "parts", "thought", "usageMetadata", "done",
    "messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockIndex", "messageStop", "metadata", "toolUse",
    "reasoningContent", "start", "signature", "error", "thinking", "tool_plan", "object", "finish_reason", "summary",
    "throttlingException", "detail", "code", "data", "embedding", "results", "contents", "documents", "query", "prompt",
    "options", "config", "generationConfig", "toolConfig", "tools", "messages", "system", "voice", "model",
    "predictions", "outputs", "generation", "outputText", "amazon-bedrock-invocationMetrics",
]  # fmt: skip
WORDS = [
    "", "a", "{", '{"a":', "[1]", "null", '"\\ud800"', "1e999", "NaN", "\U0001f600", "error", "message_start",
    "content_block_start", "content_block_delta", "message_delta", "text_delta", "input_json_delta", "thinking_delta",
    "citations_delta", "signature_delta", "response.created", "response.completed", "response.output_item.added",
    "response.output_item.done", "response.output_text.delta", "response.function_call_arguments.delta",
    "response.reasoning_summary_text.delta", "response.failed", "message-start", "content-start", "content-delta",
    "tool-call-start", "tool-call-delta", "tool-plan-delta", "citation-start", "message-end", "stream-end",
    "text-generation", "tool-calls-generation",
    "image_generation.completed", "transcript.text.delta", "transcript.text.done", "speech.audio.done",
    "conversation.response.started", "message.output.delta", "function.call.delta",
]  # fmt: skip
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([*WORDS, None, True, 0, 1, -1, 1.5, 2**70, 10**400, [], {}]) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=30,
)
EVENTS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6)


@settings(max_examples=200)
@given(st.lists(EVENTS | VALUES, max_size=8))
def test_no_list_of_chunks_raises_and_all_that_comes_of_it_is_json(chunks: list[Any]) -> None:
    response = assemble(Raw(json.dumps(chunks).encode()))
    for raw in (response or {}).values():
        json.loads(bytes(raw))


@settings(max_examples=200)
@given(request=EVENTS | VALUES, response=EVENTS | VALUES, chunks=st.lists(EVENTS | VALUES, max_size=6))
def test_no_body_raises_and_all_that_is_shown_is_json(request: Any, response: Any, chunks: Any) -> None:
    for fields in ({"request": request, "response": response}, {"request": request, "response": None}):
        record = call(plain(**fields, chunks=chunks))
        for raw in (record.observation.input, record.observation.output, record.observation.parameters):
            if raw is not None:
                json.loads(bytes(raw))


WHOLE = [
    [test_chunks_chat.HEAD, *[test_chunks_chat.chunk({"tool_calls": [{"index": 0, "id": "a", "function": {
        "name": "f", "arguments": "{}"}}]}, usage=test_chunks_chat.USAGE)] * 2],
    [test_chunks_anthropic.START, *test_chunks_anthropic.text("a"), *test_chunks_anthropic.tool(1, "{", "}"),
     *test_chunks_anthropic.END],
    [test_chunks_responses.CREATED, test_chunks_responses.ADDED, *test_chunks_responses.TEXT,
     test_chunks_responses.DONE, {"type": "response.completed", "response": test_chunks_responses.ENDED}],
    [test_chunks_amazon.START, *test_chunks_amazon.TEXT, *test_chunks_amazon.TOOL, *test_chunks_amazon.END],
    [test_chunks_cohere.START, *test_chunks_cohere.TEXT, test_chunks_cohere.END],
    test_chunks_lines.GEMINI,
    test_chunks_lines.OLLAMA,
    test_chunks_media.PICTURE,
    test_chunks_media.TRANSCRIPT,
    test_chunks_mistral.CONVERSATION,
    test_chunks_amazon.TITAN,
    test_chunks_amazon.MISTRAL,
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside of this one."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, inner in items for found in ((*path, key), *places(inner, (*path, key)))]


@settings(max_examples=400)
@given(st.data(), st.sampled_from(WHOLE))
def test_a_stream_with_odd_values_in_any_place_is_still_read(data: st.DataObject, whole: list[Any]) -> None:
    chunks = copy.deepcopy(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        *path, last = data.draw(st.sampled_from(places(chunks) or [(0,)]))
        holder = chunks
        for key in path:
            holder = holder[key]
        if holder:
            holder[last] = data.draw(VALUES)
    record = streamed(chunks)
    if record.observation.output is not None:
        json.loads(bytes(record.observation.output))


@given(VALUES)
def test_both_ways_of_reading_show_the_same(response: Any) -> None:
    usual = call(plain(response=response))
    unusual = call(plain(response=response, first_token_time="soon"))
    assert unusual.observation == usual.observation
    assert unusual.billing == usual.billing
