"""Events of Anthropic's messages API, as its reference shows them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shipper.records import Usage
from tests.decode.examples import Json, call, parsed, plain
from tests.decode.streams import ARGUMENTS, CUTS, TEXTS, answer, dumped, pieces, streamed

START_USAGE = {
    "input_tokens": 472,
    "cache_read_input_tokens": 100,
    "cache_creation_input_tokens": 0,
    "output_tokens": 2,
}
START: Json = {
    "type": "message_start",
    "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-opus-4-1-20250805", "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": START_USAGE,
    },
}  # fmt: skip
END = [
    {
        "type": "message_delta",
        "delta": {"stop_reason": "tool_use", "stop_sequence": None},
        "usage": {"output_tokens": 89},
    },
    {"type": "message_stop"},
]


def block(index: int, start: Json, *deltas: Json) -> list[Json]:
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        {"type": "ping"},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def text(*parts: str) -> list[Json]:
    return block(0, {"type": "text", "text": ""}, *({"type": "text_delta", "text": part} for part in parts))


def tool(index: int, *parts: str) -> list[Json]:
    start = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}}
    return block(index, start, *({"type": "input_json_delta", "partial_json": part} for part in parts))


def test_text_and_tool_input_are_put_together() -> None:
    events = [START, *text("Okay, let's", " check."), *tool(1, "", '{"location":', ' "San Francisco, CA"}'), *END]
    assert answer(events) == [
        {"type": "text", "text": "Okay, let's check."},
        {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"location": "San Francisco, CA"}},
    ]


def test_thinking_with_its_signature_is_put_together() -> None:
    start = {"type": "thinking", "thinking": "", "signature": ""}
    deltas = [
        {"type": "thinking_delta", "thinking": "27 * 453"},
        {"type": "thinking_delta", "thinking": " = 12231"},
        {"type": "signature_delta", "signature": "EqQBCgIYAhIM"},
    ]
    assert answer([START, *block(0, start, *deltas)]) == [
        {"type": "thinking", "thinking": "27 * 453 = 12231", "signature": "EqQBCgIYAhIM"}
    ]


def test_citations_are_collected() -> None:
    cited = [{"type": "char_location", "cited_text": "a"}, {"type": "char_location", "cited_text": "b"}]
    start = {"type": "text", "text": "", "citations": []}
    deltas: list[Json] = [
        *({"type": "citations_delta", "citation": one} for one in cited),
        {"type": "text_delta", "text": "x"},
    ]
    assert answer([START, *block(0, start, *deltas)]) == [{"type": "text", "text": "x", "citations": cited}]


def test_a_tool_without_input_has_an_empty_one() -> None:
    assert answer([START, *tool(0, "")])[0]["input"] == {}


def test_a_block_that_comes_whole_stays_whole() -> None:
    found = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [{"type": "web_search_result"}]}
    assert answer([START, *block(0, found)]) == [found]


def test_counts_of_the_end_are_those_of_the_message() -> None:
    record = streamed([START, *text("a"), *END], model=...)
    assert record.observation.usage == Usage(472, 89, 100, 0, 0, 572, 89)
    assert record.observation.model == "claude-opus-4-1-20250805"


def test_an_abandoned_stream_keeps_what_came_and_was_counted() -> None:
    record = streamed([START, *text("Okay")[:-1], *tool(1, '{"loc')[:-1]])
    assert parsed(record.observation.output) == [
        {"type": "text", "text": "Okay"},
        {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": '{"loc'},
    ]
    assert record.observation.usage == Usage(472, 2, 100, 0, 0, 572, 2)


def test_a_stream_whose_beginning_is_missing_keeps_what_came() -> None:
    assert answer([text("Hi")[2]]) == [{"type": "text", "text": "Hi"}]


def test_an_error_event_is_the_calls_error() -> None:
    failure = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    record = streamed([START, *text("Hi"), failure])
    assert (record.observation.level, record.observation.status_message) == ("ERROR", "Overloaded")
    assert parsed(record.observation.output) == [{"type": "text", "text": "Hi"}]


def test_half_a_pair_inside_of_a_tools_input_is_mended() -> None:
    # Escaped twice as it comes, so that nobody sees it before the input is read.
    found = streamed([START, *tool(0, '{"a": "\\ud800"}')]).observation.output
    assert parsed(found)[0]["input"] == {"a": "�"}


def test_input_nested_deeper_than_anybody_reads_stays_a_text() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    assert answer([START, *tool(0, deep)])[0]["input"] == deep


@given(
    blocks=st.lists(st.tuples(st.just("text"), TEXTS) | st.tuples(st.just("tool_use"), ARGUMENTS), max_size=4),
    cuts=CUTS,
)
def test_events_of_a_complete_answer_give_it_again(blocks: list[tuple[str, Any]], cuts: list[int]) -> None:
    content: list[Json] = []
    events: list[Json] = [START]
    for index, (kind, value) in enumerate(blocks):
        if kind == "text":
            content.append({"type": "text", "text": value})
            deltas = [{"type": "text_delta", "text": piece} for piece in pieces(value, cuts)]
            events += block(index, {"type": "text", "text": ""}, *deltas)
        else:
            content.append({"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": value})
            events += tool(index, *pieces(dumped(value), cuts))
    response = {**START["message"], "content": content, "usage": {**START_USAGE, "output_tokens": 89}}
    whole, found = call(plain(response=response)), streamed([*events, *END])
    assert found.observation.usage == whole.observation.usage
    assert found.billing.models == whole.billing.models
    if content:
        assert parsed(found.observation.output) == parsed(whole.observation.output) == content
