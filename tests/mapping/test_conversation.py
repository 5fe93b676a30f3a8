"""Messages of each API come out in the one shape of OpenTelemetry's conventions, and nothing raises."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw
from msgspec.json import encode

from shipper.mapping.conversation import read_answer, read_request
from tests.mapping.message_format import check_format
from tests.mapping.odd_records import ODD, to_raw

Json = Any


def raw(value: Json) -> Raw:
    return Raw(json.dumps(value).encode())


def text(content: str) -> Json:
    return {"type": "text", "content": content}


def asked(value: Json) -> tuple[Json, Json]:
    """Messages and instructions of an input."""
    request = read_request(raw(value))
    return json.loads(encode(request.messages)), json.loads(encode(request.system))


def answered(value: Json, reason: str | None = None) -> Json:
    """The one message of an output."""
    (message,) = json.loads(encode(read_answer(raw(value), () if reason is None else (reason,))))
    return message


CHAT = [
    ({"role": "system", "content": "Be kind."}, {"role": "system", "parts": [text("Be kind.")]}),
    ({"role": "developer", "content": "x"}, {"role": "developer", "parts": [text("x")]}),
    ({"role": "user", "content": "hi", "name": "ann"}, {"role": "user", "parts": [text("hi")], "name": "ann"}),
    (
        {"role": "user", "content": ["a", {"type": "text", "text": "b"}]},
        {"role": "user", "parts": [text("a"), text("b")]},
    ),
    ({"role": "user", "content": ""}, {"role": "user", "parts": [text("")]}),
    ({"role": "assistant", "content": None}, {"role": "assistant", "parts": []}),
    (
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}},
                {"id": "c2", "type": "function", "function": {"name": "g", "arguments": "not JSON"}},
                {"id": "c3", "type": "function", "function": {"name": "h", "arguments": ""}},
            ],
        },
        {
            "role": "assistant",
            "parts": [
                {"type": "tool_call", "id": "c1", "name": "f", "arguments": {"a": 1}},
                {"type": "tool_call", "id": "c2", "name": "g", "arguments": "not JSON"},
                {"type": "tool_call", "id": "c3", "name": "h"},
            ],
        },
    ),
    (
        {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}},
        {"role": "assistant", "parts": [{"type": "tool_call", "name": "f", "arguments": {}}]},
    ),
    (
        {"role": "tool", "tool_call_id": "c1", "content": "18°"},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "18°"}]},
    ),
    (
        {"role": "function", "name": "f", "content": '{"t": 18}'},
        {"role": "tool", "parts": [{"type": "tool_call_response", "response": '{"t": 18}'}], "name": "f"},
    ),
    (
        {"role": "assistant", "reasoning_content": "hm", "thinking_blocks": [{"type": "thinking", "thinking": "hm"}],
         "content": "yes"},
        {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}, text("yes")]},
    ),
    (
        {"role": "assistant", "thinking_blocks": [{"type": "thinking", "thinking": "hm"}], "content": "yes"},
        {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}, text("yes")]},
    ),
    ({"role": "assistant", "content": None, "refusal": "No."}, {"role": "assistant", "parts": [text("No.")]}),
    ({"content": "whose?"}, {"role": "user", "parts": [text("whose?")]}),
]  # fmt: skip


@pytest.mark.parametrize(("message", "read"), CHAT)
def test_a_message_of_openais_chat(message: Json, read: Json) -> None:
    assert asked({"messages": [message]}) == ([read], [])


ANTHROPIC = [
    (
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "18"}]},
        ]},
        [{"type": "tool_call_response", "id": "t1", "response": [{"type": "text", "text": "18"}]}],
    ),
    (
        {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "hm", "signature": "s"},
            {"type": "redacted_thinking", "data": "xx"},
            {"type": "text", "text": "Look:"},
            {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}},
        ]},
        [
            {"type": "reasoning", "content": "hm"},
            {"type": "redacted_thinking", "data": "xx"},
            text("Look:"),
            {"type": "tool_call", "id": "t1", "name": "f", "arguments": {"a": 1}},
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("message", "parts"), ANTHROPIC)
def test_a_message_of_anthropics(message: Json, parts: Json) -> None:
    (read,), _ = asked({"messages": [message]})
    assert read == {"role": message["role"], "parts": parts}


@pytest.mark.parametrize(
    ("system", "parts"),
    [
        ("Be kind.", [text("Be kind.")]),
        (
            [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}, {"type": "text", "text": "b"}],
            [text("a"), text("b")],
        ),
        ([{"text": "Amazon's"}], [text("Amazon's")]),
    ],
)  # fmt: skip
def test_instructions_beside_the_messages(system: Json, parts: Json) -> None:
    messages = [{"role": "user", "content": "hi"}]
    assert asked({"messages": messages, "system": system}) == ([{"role": "user", "parts": [text("hi")]}], parts)


def test_a_conversation_with_openais_responses() -> None:
    messages, system = asked(
        {
            "instructions": "Be kind.",
            "input": [
                {"role": "user", "content": [{"type": "input_text", "text": "hi"}]},
                {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "hm"}]},
                {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a":1}'},
                {"type": "function_call_output", "call_id": "c1", "output": "18"},
                {"type": "web_search_call", "id": "w", "status": "completed"},
            ],
        }
    )
    assert system == [text("Be kind.")]
    assert messages == [
        {"role": "user", "parts": [text("hi")]},
        {"role": "assistant", "parts": [{"type": "reasoning", "content": "hm"}]},
        {"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "f", "arguments": {"a": 1}}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "18"}]},
        {"role": "assistant", "parts": [{"type": "web_search_call", "id": "w", "status": "completed"}]},
    ]


def test_a_conversation_with_gemini() -> None:
    messages, system = asked(
        {
            "systemInstruction": {"parts": [{"text": "Be kind."}]},
            "contents": [
                {"role": "user", "parts": [{"text": "hi"}]},
                {
                    "role": "model",
                    "parts": [{"text": "hm", "thought": True}, {"functionCall": {"name": "f", "args": {}}}],
                },
                {"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"t": 18}}}]},
            ],
        }
    )
    assert system == [text("Be kind.")]
    assert messages == [
        {"role": "user", "parts": [text("hi")]},
        {
            "role": "assistant",
            "parts": [{"type": "reasoning", "content": "hm"}, {"type": "tool_call", "name": "f", "arguments": {}}],
        },
        {"role": "user", "parts": [{"type": "tool_call_response", "response": {"t": 18}}]},
    ]


def test_a_conversation_by_amazons_converse() -> None:
    messages, _ = asked(
        {
            "messages": [
                {"role": "user", "content": [{"text": "hi"}]},
                {
                    "role": "assistant",
                    "content": [
                        {"reasoningContent": {"reasoningText": {"text": "hm"}}},
                        {"toolUse": {"toolUseId": "t", "name": "f", "input": {}}},
                    ],
                },
                {"role": "user", "content": [{"toolResult": {"toolUseId": "t", "content": [{"text": "18"}]}}]},
            ]
        }
    )
    assert [message["parts"] for message in messages] == [
        [text("hi")],
        [{"type": "reasoning", "content": "hm"}, {"type": "tool_call", "id": "t", "name": "f", "arguments": {}}],
        [{"type": "tool_call_response", "id": "t", "response": [{"text": "18"}]}],
    ]


@pytest.mark.parametrize(
    ("value", "messages"),
    [
        ("Once upon", [{"role": "user", "parts": [text("Once upon")]}]),
        (["a", "b"], [{"role": "user", "parts": [text("a"), text("b")]}]),
        ({"messages": "redacted-by-litellm"}, [{"role": "user", "parts": [text("redacted-by-litellm")]}]),
        ({"messages": None}, []),
        ({"messages": []}, [{"role": "user", "parts": []}]),
        ({"query": "q", "documents": ["a"]}, [{"role": "user", "parts": [text('{"query": "q", "documents": ["a"]}')]}]),
        ([1, 2], [{"role": "user", "parts": [text("[1, 2]")]}]),
        (17, [{"role": "user", "parts": [text("17")]}]),
    ],
)
def test_any_other_input_is_a_text(value: Json, messages: Json) -> None:
    assert asked(value) == (messages, [])


def test_a_prompt_is_the_users_and_its_suffix_stands_beside_it() -> None:
    messages, _ = asked({"prompt": "Once", "suffix": "end."})
    assert messages == [
        {"role": "user", "parts": [text("Once")]},
        {"role": "user", "parts": [text('{"suffix":"end."}')]},
    ]


def test_what_else_was_asked_beside_the_messages_is_kept_too() -> None:
    messages, _ = asked({"messages": [{"role": "user", "content": "hi"}], "documents": ["d"], "other": None})
    assert messages[1:] == [{"role": "user", "parts": [text('{"documents":["d"]}')]}]


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ({"role": "assistant", "content": "yes"}, [text("yes")]),
        ("a completion", [text("a completion")]),
        ([{"type": "text", "text": "a"}, {"type": "tool_use", "id": "t", "name": "f", "input": {}}],
         [text("a"), {"type": "tool_call", "id": "t", "name": "f", "arguments": {}}]),
        ([{"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
          {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]}],
         [{"type": "reasoning", "content": "hm"}, text("a")]),
        ({"role": "model", "parts": [{"text": "a"}]}, [text("a")]),
        ([{"index": 0, "relevance_score": 1}], [text('[{"index": 0, "relevance_score": 1}]')]),
        ([{"url": "https://x.example/a.png"}], [text('[{"url": "https://x.example/a.png"}]')]),
        ({"thinking": "hm", "response": "a"}, [{"type": "reasoning", "content": "hm"}, text("a")]),
        ({"text": "a", "tool_calls": [{"name": "f", "parameters": {"b": 1}}]},
         [text("a"), {"type": "tool_call", "name": "f", "arguments": {"b": 1}}]),
        ([{"type": "thought", "summary": [{"type": "text", "text": "hm"}]},
          {"type": "model_output", "content": [{"type": "text", "text": "a"}]},
          {"type": "function_call", "id": "c", "name": "f", "arguments": {"b": 1}}],
         [{"type": "reasoning", "content": "hm"}, text("a"),
          {"type": "tool_call", "id": "c", "name": "f", "arguments": {"b": 1}}]),
        ([], []),
        ({}, []),
        (None, [text("null")]),
    ],
)  # fmt: skip
def test_an_answer_is_one_message_of_the_assistants(value: Json, parts: Json) -> None:
    assert answered(value) == {"role": "assistant", "parts": parts}


def test_an_answer_says_why_it_ended() -> None:
    assert answered("a", "length") == {"role": "assistant", "parts": [text("a")], "finish_reason": "length"}


def test_a_texts_bytes_are_not_touched() -> None:
    written = b'"\\u00e4\\/ \\u2028"'
    request = read_request(Raw(b'{"messages":[{"role":"user","content":' + written + b"}]}"))
    assert written in encode(request.messages)


KEYS = st.sampled_from(
    [
        *("messages", "contents", "input", "instructions", "system", "systemInstruction", "tools", "functions", "role"),
        *("content", "parts", "type", "text", "tool_calls", "function", "function_call", "name", "arguments", "id"),
        *("tool_call_id", "image_url", "url", "source", "data", "input_audio", "file", "file_id", "toolUse", "summary"),
        *("functionCall", "functionResponse", "inlineData", "mimeType", "thinking", "refusal", "reasoning_content"),
    ]
)
TYPES = st.sampled_from(
    [
        *("text", "image_url", "image", "document", "tool_use", "tool_result", "function_call", "function_call_output"),
        *(
            "reasoning",
            "thinking",
            "message",
            "input_audio",
            "file",
            "refusal",
            "input_image",
            "uri",
            "blob",
            "tool_call",
        ),
    ]
)


@st.composite
def blocks(draw: st.DrawFn) -> Json:
    """An object that says that it is of some type, with odd members."""
    return {"type": draw(TYPES), **draw(st.dictionaries(KEYS, ODD, max_size=3))}


ALMOST = st.recursive(
    TYPES | blocks() | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=12,
)


@given(ALMOST.map(to_raw))
def test_whatever_it_is_it_has_the_format_of_messages(value: Raw) -> None:
    request = read_request(value)
    for name, found in (
        ("gen_ai.input.messages", request.messages),
        ("gen_ai.system_instructions", request.system),
        ("gen_ai.output.messages", read_answer(value)),
    ):
        if found:
            check_format(name, encode(found).decode())


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ({"content": None, "audio": {"id": "a", "data": "AAAA", "transcript": "Hi"}},
         [text("Hi"), {"type": "blob", "modality": "audio", "content": "AAAA"}]),
        ({"content": None, "audio": {"id": "a"}}, []),
        ({"content": "a", "thinking": "hm", "images": ["iVBO", 5]},
         [{"type": "reasoning", "content": "hm"}, text("a"), {"type": "blob", "modality": "image", "content": "iVBO"}]),
        ({"content": "", "tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "sql", "input": "select 1"}}]},
         [text(""), {"type": "tool_call", "id": "c", "name": "sql", "arguments": "select 1"}]),
    ],
    ids=["spoken", "spoken-before", "ollama", "custom-tool"],
)  # fmt: skip
def test_what_a_message_says_beside_its_content(message: Json, parts: Json) -> None:
    assert answered({"role": "assistant", **message}) == {"role": "assistant", "parts": parts}


def test_whose_an_item_is_that_names_no_role() -> None:
    items = [
        {"type": "text", "text": "a"},
        {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}},
        {"type": "custom_tool_call", "call_id": "c", "name": "sql", "input": "select 1"},
        {"type": "custom_tool_call_output", "call_id": "c", "output": "1"},
        {"type": "user_input", "content": "b"},
        {"type": "model_output", "content": "c"},
        {"type": "function_result", "call_id": "c", "result": "2"},
    ]
    roles = ["user", "user", "assistant", "tool", "user", "assistant", "tool"]
    assert [message["role"] for message in asked(items)[0]] == roles


@pytest.mark.parametrize(
    "value",
    [
        {"parts": [{"text": "a"}]},
        {"role": "user", "parts": [{"text": "a"}]},
        [{"model": "m", "content": {"parts": [{"text": "a"}]}}],
    ],
)
def test_what_google_embeds_is_its_text(value: Json) -> None:
    assert asked(value)[0] == [{"role": "user", "parts": [text("a")]}]
