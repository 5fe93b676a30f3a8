"""Content in OpenTelemetry's attributes, where it is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.decode.examples import golden, plain
from tests.mapping.provider_calls import CALLS
from tests.mapping.views import attributes, parsed, those, viewed

CONTENT = ("gen_ai.input.", "gen_ai.output.messages", "gen_ai.system", "gen_ai.tool.", "gen_ai.retrieval.")
USER = [{"role": "user", "parts": [{"type": "text", "content": "Weather in canary?"}]}]
SYSTEM = [{"type": "text", "content": "Be canary."}]
SCHEMA = {"type": "object", "properties": {"canary_city": {"type": "string"}}}


def content(record: Any) -> dict[str, Any]:
    return those(attributes(record, capture_content=True), *CONTENT)


def said(*parts: Any, reason: str | None = None) -> Any:
    message: dict[str, Any] = {"role": "assistant", "parts": list(parts)}
    return [message if reason is None else {**message, "finish_reason": reason}]


def text(content: str) -> Any:
    return {"type": "text", "content": content}


EXAMPLES: dict[str, Any] = {
    "openai": {
        "gen_ai.input.messages": [{"role": "system", "parts": SYSTEM}, *USER],
        "gen_ai.tool.definitions": [
            {"type": "function", "name": "weather", "description": "canary", "parameters": SCHEMA}
        ],
        "gen_ai.output.messages": [
            *said(
                {"type": "tool_call", "id": "call_1", "name": "weather", "arguments": {"city": "canary"}},
                reason="tool_calls",
            ),
            *said(text("Sunny in canary."), reason="length"),
        ],
    },
    "anthropic": {
        "gen_ai.system_instructions": SYSTEM,
        "gen_ai.input.messages": [
            *USER,
            *said({"type": "tool_call", "id": "tu_1", "name": "weather", "arguments": {"city": "canary"}}),
            {"role": "user", "parts": [{"type": "tool_call_response", "id": "tu_1", "response": "18 in canary"}]},
        ],
        "gen_ai.tool.definitions": [
            {"type": "function", "name": "weather", "description": "canary", "parameters": SCHEMA}
        ],
        "gen_ai.output.messages": said(
            {"type": "reasoning", "content": "hm, canary"}, text("Sunny in canary."), reason="end_turn"
        ),
    },
    "gemini": {
        "gen_ai.system_instructions": SYSTEM,
        "gen_ai.input.messages": USER,
        "gen_ai.output.messages": said(text("Sunny in canary."), reason="STOP"),
    },
    "bedrock": {
        "gen_ai.system_instructions": SYSTEM,
        "gen_ai.input.messages": USER,
        "gen_ai.tool.definitions": [{"type": "function", "name": "weather", "parameters": SCHEMA}],
        "gen_ai.output.messages": said(text("Sunny in canary."), reason="end_turn"),
    },
    "responses": {
        "gen_ai.system_instructions": SYSTEM,
        "gen_ai.input.messages": USER,
        "gen_ai.output.messages": said({"type": "reasoning", "content": "hm, canary"}, text("Sunny in canary.")),
    },
    "completion": {
        "gen_ai.input.messages": [*USER, {"role": "user", "parts": [text('{"suffix":"canary"}')]}],
        "gen_ai.output.messages": said(text("Sunny in canary."), reason="stop"),
    },
    "failed": {"gen_ai.input.messages": USER},
    "tool": {
        "gen_ai.tool.name": "weather",
        "gen_ai.tool.call.arguments": {"city": "canary"},
        "gen_ai.tool.call.result": {"sky": "Sunny in canary."},
    },
    "agent": {"gen_ai.input.messages": USER, "gen_ai.output.messages": said(text("Sunny in canary."))},
    "retriever": {
        "gen_ai.retrieval.query.text": "Weather in canary?",
        "gen_ai.retrieval.documents": [
            {"id": "d-1", "score": 0.9, "content": "About canary"},
            {"id": "d-2", "score": 1},
        ],
    },
    "guardrail": {
        "gen_ai.input.messages": USER,
        "gen_ai.output.messages": said(text('{"ok": true, "found": ["canary"]}')),
    },
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_content_of_each_api(name: str) -> None:
    assert content(CALLS[name]) == EXAMPLES[name]


@pytest.mark.parametrize("answer", [[], ["text"], [{"id": 5}], [{"score": "high"}], {"id": "d"}, "text"])
def test_what_a_retriever_found_that_are_no_documents_is_an_answer(answer: Any) -> None:
    found = content(plain(type="retriever", request="q", response=answer))
    assert found["gen_ai.retrieval.query.text"] == "q"
    assert "gen_ai.retrieval.documents" not in found
    assert found["gen_ai.output.messages"]


def test_what_a_guardrail_of_litellms_saw_is_its_spans_content() -> None:
    _, span = viewed(golden("guardrail")["records"][0], capture_content=True)
    found = parsed(span.attributes)
    assert those(found, *CONTENT) == {
        "gen_ai.input.messages": [{"role": "user", "parts": [text('{"t": "x"}')]}],
        "gen_ai.output.messages": said(
            text('[{"entity_type": "PERSON", "start": 0, "end": 4, "score": 0.85}]'),
        ),
    }
    _, span = viewed(golden("guardrail")["records"][0])
    assert those(span.attributes, *CONTENT) == {}


def test_a_redacted_call_shows_what_litellm_shows() -> None:
    found = content(golden("fx_completion_redacted")["records"][0])
    assert found["gen_ai.input.messages"] == [{"role": "user", "parts": [text("redacted-by-litellm")]}]


BROKEN = [
    {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Sunny"}}]},
    {"error": {"message": "overloaded", "type": "server_error"}},
]


@pytest.mark.parametrize(
    "record",
    [
        plain(response=..., chunks=BROKEN),
        plain(error="cancelled", response={"choices": [{"message": {"role": "assistant", "content": "Sunny"}}]}),
        plain(
            error="cancelled", request={"contents": []}, response={"candidates": [{"content": {"parts": ["Sunny"]}}]}
        ),
    ],
    ids=["broken-stream", "cancelled", "not-the-usual-api"],
)
def test_what_was_answered_before_a_call_failed_is_its_output(record: Any) -> None:
    found = attributes(record, capture_content=True, conventions=("gen_ai", "openinference"))
    assert found["gen_ai.output.messages"] == said(text("Sunny"))
    assert found["llm.output_messages.0.message.content"] == "Sunny"


@pytest.mark.parametrize("response", [{"error": {"message": "overloaded"}}, {"message": "who knows"}, "who knows"])
def test_an_error_alone_is_no_output(response: Any) -> None:
    found = attributes(
        plain(response=response, error="overloaded"), capture_content=True, conventions=("gen_ai", "openinference")
    )
    assert not those(found, "gen_ai.output.messages", "output.", "llm.output_messages")


def test_a_failed_tool_shows_what_it_said() -> None:
    record = plain(type="tool", request={"city": "x"}, response={"partly": 1}, error="timeout")
    assert attributes(record, capture_content=True)["gen_ai.tool.call.result"] == {"partly": 1}
