"""Operations and providers by their well-known names."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.mapping.gen_ai_names import operation_of, to_operation, to_provider
from tests.decode.examples import Json, call, litellm, plain

# The list of the conventions (gen_ai.provider.name), but those that LiteLLM has the same name for.
WELL_KNOWN = {
    "azure": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "bedrock": "aws.bedrock",
    "gemini": "gcp.gemini",
    "vertex_ai": "gcp.vertex_ai",
    "vertex_ai-anthropic_models": "gcp.vertex_ai",
    "google": "gcp.gen_ai",
    "watsonx": "ibm.watsonx.ai",
    "xai": "x_ai",
    "mistral": "mistral_ai",
    "moonshot": "moonshot_ai",
    "text-completion-openai": "openai",
    "cohere_chat": "cohere",
}


@pytest.mark.parametrize(("name", "known"), WELL_KNOWN.items())
def test_a_provider_has_its_well_known_name(name: str, known: str) -> None:
    assert to_provider(name) == known


@pytest.mark.parametrize("name", ["openai", "anthropic", "cohere", "deepseek", "groq", "perplexity", "fireworks_ai"])
def test_any_other_provider_is_called_as_it_is(name: str) -> None:
    assert to_provider(name) == name
    assert to_provider(f" {name.upper()} ") == name


def test_no_provider_has_no_name() -> None:
    assert to_provider("") is None


@pytest.mark.parametrize(
    ("call_type", "operation"),
    [
        ("acompletion", "chat"),
        ("completion", "chat"),
        ("aresponses", "chat"),
        ("anthropic_messages", "chat"),
        ("atext_completion", "text_completion"),
        ("aembedding", "embeddings"),
        ("agenerate_content", "generate_content"),
        ("avector_store_search", "retrieval"),
        ("aimage_generation", "image_generation"),
        ("arerank", "rerank"),
        ("call_mcp_tool", "call_mcp_tool"),
    ],
)
def test_a_litellm_call_by_its_type(call_type: str, operation: str) -> None:
    assert to_operation(call(litellm({"call_type": call_type}))) == operation


_IMAGE = "image_generation"


def _completion(*texts: str) -> Json:
    choices = [{"text": text, "index": index, "finish_reason": "stop"} for index, text in enumerate(texts)]
    return {"choices": choices, "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}


@pytest.mark.parametrize(
    ("record", "operation"),
    [
        (plain(), "chat"),
        (plain(request=..., response=...), "chat"),
        (plain(request={"prompt": "Once"}, response={"choices": [{"text": "upon"}]}), "text_completion"),
        (plain(request={"input": "hi"}, response={"output": [{"type": "message"}]}), "chat"),
        (plain(request={"contents": []}, response={"candidates": [{"content": {}}]}), "generate_content"),
        (plain(request={"prompt": "a", "suffix": "b"}, response={"choices": [{"text": "c"}]}), "text_completion"),
        (plain(request={"prompt": "a cat"}, response={"data": [{"url": "https://x.example"}]}), "image_generation"),
        (plain(request={"query": "q", "documents": ["d"]}, response={"results": []}), "rerank"),
        (plain(request={"prompt": ["a", "b"]}, response=_completion("c")), "text_completion"),
        (plain(request={"prompt": ["a", "b"]}, response=_completion("c", "d")), "text_completion"),
        (plain(request={"prompt": "a cat", "image": "c.png"}, response={"data": [{"b64_json": "iVBO"}]}), "image_edit"),
        (plain(request={"instances": [{}]}, response={"predictions": [{"bytesBase64Encoded": "iV"}]}), _IMAGE),
        (plain(request={"instances": [{}]}, response={"predictions": [{"embeddings": {}}]}), "embeddings"),
        (plain(request={"instances": [{}]}, response={"predictions": ["a"]}), "chat"),
        (plain(request={"file": "a.mp3", "model": "m"}, response={"text": "hello"}), "transcription"),
        (plain(request={"file": "a.mp3", "prompt": "names"}, response="hello"), "transcription"),
        (plain(request={"input": "say", "voice": "coral"}, response=...), "speech"),
        (plain(request={"input": "bad?"}, response={"results": [{"flagged": True, "categories": {}}]}), "moderation"),
        (plain(request={"document": {"type": "document_url"}}, response={"pages": [{"markdown": "m"}]}), "ocr"),
        (plain(request={"message": "q", "documents": [{}]}, response={"text": "a", "finish_reason": "X"}), "chat"),
        (plain(request={"query": "q", "documents": ["d"]}, response={"data": [{"relevance_score": 1}]}), "rerank"),
        (plain(request={"input": "hi"}, response={"data": [{"embedding": [0.1]}]}), "embeddings"),
        (plain(request={"input": "hi"}, response={"embeddings": [[0.1]]}), "embeddings"),
        (plain(type="embedding"), "embeddings"),
        (plain(type="tool"), "execute_tool"),
        (plain(type="agent"), "invoke_agent"),
        (plain(type="retriever"), "retrieval"),
        *((plain(type=kind), None) for kind in ("span", "event", "chain", "evaluator", "guardrail")),
    ],
)
def test_a_plain_call_by_what_went_in_and_out(record: Any, operation: str | None) -> None:
    found = call(record)
    assert to_operation(found) == operation
    if found.observation.type != "generation":
        assert operation_of(found.observation) == operation
