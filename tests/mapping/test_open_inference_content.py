"""Content in OpenInference's attributes, where it is asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec import Raw
from msgspec.json import encode

from shipper.mapping.open_inference_content import add_content
from shipper.mapping.span import Attributes
from tests.decode.examples import plain
from tests.mapping.provider_calls import CALLS
from tests.mapping.views import attributes, those

START = datetime(2026, 3, 1, tzinfo=UTC)
CONTENT = (
    *("input.", "output.", "llm.input_messages", "llm.output_messages", "llm.tools", "embedding.embeddings"),
    *("retrieval.", "reranker.query", "reranker.input_documents", "reranker.output_documents"),
)


def content(record: Any) -> dict[str, Any]:
    return those(attributes(record, conventions=("openinference",), capture_content=True), *CONTENT)


def messages(*asked: Any) -> dict[str, Any]:
    """What becomes of messages, by their names after the head."""
    found = those(content(plain(request={"messages": list(asked)}, response=...)), "llm.input_messages.")
    return {name.removeprefix("llm.input_messages."): value for name, value in found.items()}


def test_a_call_of_openais() -> None:
    found = content(CALLS["openai"])
    assert found.pop("input.value")["messages"][1]["content"] == "Weather in canary?"
    assert [answer["role"] for answer in found.pop("output.value")] == ["assistant", "assistant"]
    assert found.pop("llm.tools.0.tool.json_schema")["function"]["name"] == "weather"
    assert found == {
        "input.mime_type": "application/json",
        "output.mime_type": "application/json",
        "llm.input_messages.0.message.role": "system",
        "llm.input_messages.0.message.content": "Be canary.",
        "llm.input_messages.1.message.role": "user",
        "llm.input_messages.1.message.content": "Weather in canary?",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.tool_calls.0.tool_call.id": "call_1",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "weather",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": {"city": "canary"},
        "llm.output_messages.1.message.role": "assistant",
        "llm.output_messages.1.message.content": "Sunny in canary.",
    }


def test_instructions_beside_the_messages_are_the_first_of_them() -> None:
    found = content(CALLS["anthropic"])
    assert those(found, "llm.input_messages.0") == {
        "llm.input_messages.0.message.role": "system",
        "llm.input_messages.0.message.content": "Be canary.",
    }
    assert those(found, "llm.output_messages") == {
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.contents.0.message_content.type": "reasoning",
        "llm.output_messages.0.message.contents.0.message_content.text": "hm, canary",
        "llm.output_messages.0.message.contents.1.message_content.type": "text",
        "llm.output_messages.0.message.contents.1.message_content.text": "Sunny in canary.",
    }


def test_each_result_of_a_tool_is_a_message() -> None:
    results = [{"type": "tool_result", "tool_use_id": name, "content": f"{name} said"} for name in ("a", "b")]
    assert messages({"role": "user", "content": [*results, {"type": "text", "text": "And now?"}]}) == {
        "0.message.role": "tool",
        "0.message.content": "a said",
        "0.message.tool_call_id": "a",
        "1.message.role": "tool",
        "1.message.content": "b said",
        "1.message.tool_call_id": "b",
        "2.message.role": "user",
        "2.message.content": "And now?",
    }


def test_media_have_their_addresses() -> None:
    parts = [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": "https://x.example/a.png"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
        {"type": "mystery", "x": 1},
    ]
    head = "0.message.contents"
    assert messages({"role": "user", "content": parts, "name": "ann"}) == {
        "0.message.role": "user",
        "0.message.name": "ann",
        f"{head}.0.message_content.type": "text",
        f"{head}.0.message_content.text": "What is it?",
        f"{head}.1.message_content.type": "image",
        f"{head}.1.message_content.image.image.url": "https://x.example/a.png",
        f"{head}.2.message_content.type": "audio",
        f"{head}.2.message_content.audio.audio.url": "data:audio/wav;base64,AAAA",
        f"{head}.3.message_content.type": "text",
        f"{head}.3.message_content.text": {"type": "mystery", "x": 1},
    }


def test_a_file_that_the_provider_has_is_shown_as_it_is() -> None:
    found = messages({"role": "user", "content": [{"type": "file", "file": {"file_id": "f-1"}}]})
    assert found["0.message.contents.0.message_content.text"] == {
        "type": "file",
        "modality": "document",
        "file_id": "f-1",
    }


@pytest.mark.parametrize(
    ("value", "kind"), [("text", "text/plain"), ({"a": 1}, "application/json"), ([1], "application/json")]
)
def test_a_value_says_what_it_is(value: Any, kind: str) -> None:
    found = content(plain(type="tool", request=value, response=value))
    assert found == {
        "input.value": value,
        "input.mime_type": kind,
        "output.value": value,
        "output.mime_type": kind,
    }


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (
            {"messages": [{"role": "user", "content": "Hi"}]},
            {"role": "assistant", "content": "Ho", "tool_calls": None, "annotations": [], "refusal": None},
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]},
            [{"type": "text", "text": "Ho", "citations": None}],
        ),
        (
            {"input": "Hi"},
            [{"type": "message", "id": "m", "status": "completed", "content": [{"type": "output_text", "text": "Ho"}]}],
        ),
        ({"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}, {"role": "model", "parts": [{"text": "Ho"}]}),
    ],
    ids=["chat", "anthropic", "responses", "google"],
)
def test_what_is_one_text_and_nothing_else_is_told_as_that_text(asked: Any, answered: Any) -> None:
    attributes: Attributes = {}
    add_content(attributes, Raw(encode(asked)), Raw(encode(answered)), "LLM")
    assert (attributes["input.value"], attributes["input.mime_type"]) == ("Hi", "text/plain")
    assert (attributes["output.value"], attributes["output.mime_type"]) == ("Ho", "text/plain")
    assert attributes["llm.input_messages.0.message.content"] == "Hi"
    assert attributes["llm.output_messages.0.message.content"] == "Ho"


@pytest.mark.parametrize("text", ["", "user", "-", "content", 'a "b" \\ ü\n', "x" * 20_000])
def test_a_text_is_told_whatever_it_says(text: str) -> None:
    found = content(plain(request={"messages": [{"role": "user", "content": text}]}))
    plainly = text != "content"  # where it is the name of a member too, it stays in its JSON
    assert (found["input.value"] == text, found["input.mime_type"] == "text/plain") == (plainly, plainly)
    assert found["llm.input_messages.0.message.content"] == text


@pytest.mark.parametrize(
    "said",
    [
        {"role": "assistant", "content": "Ho", "annotations": [{"url": "https://x.example"}]},
        {"role": "assistant", "content": "Ho", "tool_calls": [{"function": {"name": "f"}}]},
        {"role": "assistant", "content": "Ho", "reasoning_content": "hm"},
        {"role": "assistant", "content": [{"type": "text", "text": "Ho"}, {"type": "text", "text": "ho"}]},
        {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]},
        {"messages": [{"role": "user", "content": "Hi"}], "tools": [{"name": "f"}]},
        {"messages": [{"role": "user", "content": "Hi", "name": "ann"}]},
        {"messages": [{"role": "user", "content": "Hi"}], "system": ""},
        {"answer": "Ho"},
        {"content": {"score": 5}},
        [[[[[[[["deep"]]]]]]]],
        5,
    ],
)
def test_what_holds_more_than_a_text_stays_whole(said: Any) -> None:
    attributes: Attributes = {}
    raw = Raw(encode(said))
    add_content(attributes, raw, raw, "LLM")
    assert (attributes["input.value"], attributes["input.mime_type"]) == (raw, "application/json")
    assert (attributes["output.value"], attributes["output.mime_type"]) == (raw, "application/json")


def test_texts_that_were_embedded() -> None:
    found = content(CALLS["embedding"])
    assert found["embedding.embeddings.0.embedding.text"] == "Weather in canary?"
    assert found["embedding.embeddings.1.embedding.text"] == "Sunny in canary."
    assert not those(found, "output.")


def test_documents_of_a_retriever() -> None:
    assert those(content(CALLS["retriever"]), "retrieval.") == {
        "retrieval.documents.0.document.id": "d-1",
        "retrieval.documents.0.document.score": 0.9,
        "retrieval.documents.0.document.content": "About canary",
        "retrieval.documents.1.document.id": "d-2",
        "retrieval.documents.1.document.score": 1.0,
    }
    found = content(
        plain(type="retriever", request="q", response=["text", {"page_content": "p", "metadata": {"a": 1}}, {}])
    )
    assert those(found, "retrieval.") == {
        "retrieval.documents.0.document.content": "text",
        "retrieval.documents.1.document.content": "p",
        "retrieval.documents.1.document.metadata": {"a": 1},
        "retrieval.documents.2.document.content": {},
    }


def test_documents_of_a_ranking() -> None:
    found = content(CALLS["rerank"])
    assert found["reranker.query"] == "Weather in canary?"
    assert those(found, "reranker.input_documents") == {
        "reranker.input_documents.0.document.content": "canary",
        "reranker.input_documents.1.document.content": "Sunny in canary.",
    }
    assert those(found, "reranker.output_documents") == {
        "reranker.output_documents.0.document.id": "1",
        "reranker.output_documents.0.document.score": 0.98,
        "reranker.output_documents.0.document.content": {"text": "canary"},
    }


def test_the_text_of_an_error_is_no_output() -> None:
    assert not those(content(CALLS["failed"]), "output.", "llm.output_messages")


def test_of_very_many_messages_the_first_and_the_last_are_shown() -> None:
    """A thousand short attributes could not be cut to the size of an event."""
    asked = [{"role": "user", "content": str(number)} for number in range(1000)]
    found = messages(*asked)
    assert len(found) == 2 * 128
    assert found["0.message.content"] == "0"
    assert [found[f"{number}.message.content"] for number in (1, 127)] == ["873", "999"]
    assert len(content(plain(request={"messages": asked}))["input.value"]["messages"]) == 1000
    texts = content(plain(type="embedding", request={"input": ["x"] * 1000}))
    assert len(those(texts, "embedding.embeddings.")) == 128
