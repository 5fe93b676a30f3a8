"""Parts of messages: what has a rule of its own, and that what has none keeps its type or becomes a text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import Raw
from msgspec.json import encode

from shipper.mapping.part_rules import to_parts, to_whole

Json = Any


def parts(value: Json) -> Json:
    return json.loads(encode(to_parts(Raw(json.dumps(value).encode()))))


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"type": "text", "text": "a", "citations": []}, {"type": "text", "content": "a"}),
        ({"type": "output_text", "text": "a", "annotations": []}, {"type": "text", "content": "a"}),
        ({"type": "refusal", "refusal": "No."}, {"type": "text", "content": "No."}),
        ({"type": "reasoning", "content": [{"type": "reasoning_text", "text": "hm"}]},
         {"type": "reasoning", "content": "hm"}),
        ({"type": "function_call", "name": "f", "call_id": "c", "arguments": "5"},
         {"type": "tool_call", "id": "c", "name": "f", "arguments": 5}),
        ({"type": "function_call", "name": "f", "call_id": "c", "arguments": '{"a": "\\ud83d"}'},
         {"type": "tool_call", "id": "c", "name": "f", "arguments": {"a": "\N{REPLACEMENT CHARACTER}"}}),
        ({"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
         {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}),
        ({"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "reasoning", "content": "hm"}),
        ({"guardContent": {"text": {"text": "a", "qualifiers": []}}}, {"type": "text", "content": "a"}),
        ({"citationsContent": {"content": [{"text": "a"}], "citations": []}}, {"type": "text", "content": "a"}),
        ({"type": "custom_tool_call", "name": "f", "call_id": "c", "input": "a b"},
         {"type": "tool_call", "id": "c", "name": "f", "arguments": "a b"}),
        ({"toolUse": {"toolUseId": "t", "name": "f"}}, {"type": "tool_call", "id": "t", "name": "f"}),
    ],
)  # fmt: skip
def test_a_part_of_a_known_api(block: Json, part: Json) -> None:
    assert parts([block]) == [part]


def test_where_amazon_caches_is_no_part() -> None:
    assert parts([{"text": "a"}, {"cachePoint": {"type": "default"}}]) == [{"type": "text", "content": "a"}]


@pytest.mark.parametrize(
    ("block", "kind"),
    [
        ({"type": "function_call", "arguments": "{}"}, "function_call"),
        ({"type": "input_audio", "input_audio": 5}, "input_audio"),
        ({"type": "audio_url", "audio_url": {"url": "https://x.example/a.wav"}}, "audio_url"),
    ],
)
def test_a_part_that_says_no_more_than_its_type_stays_as_it_is_written(block: Json, kind: str) -> None:
    (part,) = parts([block])
    assert part == block
    assert part["type"] == kind


@pytest.mark.parametrize(
    "block",
    [
        {"type": "text", "text": 5},
        {"type": "text"},
        {"type": "tool_call"},
        {"type": "uri"},
        {"type": "reasoning", "summary": []},
    ],
)
def test_a_part_that_lies_about_its_type_becomes_a_text(block: Json) -> None:
    """Else it would have a type of the conventions, and not what belongs to it."""
    assert parts([block]) == [{"type": "text", "content": json.dumps(block)}]


@pytest.mark.parametrize("block", [5, None, True, [], {}, {"a": 1}, {"type": None}, {"type": 5}, {"functionCall": 1}])
def test_a_part_without_a_type_becomes_a_text_of_its_json(block: Json) -> None:
    assert parts([block]) == [{"type": "text", "content": json.dumps(block)}]


def test_any_value_can_be_a_text_that_holds_it() -> None:
    assert json.loads(encode(to_whole(Raw(b'{"a":"\\u00e4\\"b"}')))) == {
        "type": "text",
        "content": '{"a":"\\u00e4\\"b"}',
    }
