"""Calls of the main providers in the attributes of OpenTelemetry's semantic conventions, without their content."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.records import Cost, UnknownCost
from tests.decode.examples import golden, litellm, plain
from tests.mapping.provider_calls import CALLS
from tests.mapping.views import attributes, those

EXAMPLES: dict[str, Any] = {
    "openai": {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.request.temperature": 0.2,
        "gen_ai.request.top_p": 0.9,
        "gen_ai.request.max_tokens": 64,
        "gen_ai.request.frequency_penalty": 0.1,
        "gen_ai.request.presence_penalty": 0.2,
        "gen_ai.request.seed": 7,
        "gen_ai.request.choice.count": 2,
        "gen_ai.request.stream": True,
        "gen_ai.request.stop_sequences": ("END", "STOP"),
        "gen_ai.output.type": "json",
        "gen_ai.response.id": "chatcmpl-1",
        "gen_ai.response.model": "gpt-4o-2024-08-06",
        "gen_ai.response.finish_reasons": ("tool_calls", "length"),
        "gen_ai.response.time_to_first_chunk": 0.25,
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 50,
        "gen_ai.usage.cache_read.input_tokens": 40,
        "gen_ai.usage.reasoning.output_tokens": 20,
        "gen_ai.conversation.id": "s-1",
        "openai.request.service_tier": "flex",
        "openai.response.service_tier": "flex",
    },
    "anthropic": {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-sonnet-4-5",
        "gen_ai.request.max_tokens": 1024,
        "gen_ai.request.top_k": 40.0,
        "gen_ai.request.stop_sequences": ("END",),
        "gen_ai.response.id": "msg_1",
        "gen_ai.response.model": "claude-sonnet-4-5-20250929",
        "gen_ai.response.finish_reasons": ("end_turn",),
        "gen_ai.usage.input_tokens": 21 + 1886 + 100,
        "gen_ai.usage.output_tokens": 305,
        "gen_ai.usage.cache_read.input_tokens": 100,
        "gen_ai.usage.cache_creation.input_tokens": 1886,
    },
    "gemini": {
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.request.model": "gemini-2.5-flash",
        "gen_ai.request.temperature": 1.0,
        "gen_ai.request.max_tokens": 100,
        "gen_ai.request.stop_sequences": ("END",),
        "gen_ai.response.id": "g-1",
        "gen_ai.response.model": "gemini-2.5-flash-001",
        "gen_ai.response.finish_reasons": ("STOP",),
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 5 + 3,
        "gen_ai.usage.reasoning.output_tokens": 3,
    },
    "bedrock": {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "aws.bedrock",
        "gen_ai.request.model": "amazon.nova-pro-v1:0",
        "gen_ai.request.max_tokens": 200,
        "gen_ai.request.top_p": 0.5,
        "gen_ai.response.finish_reasons": ("end_turn",),
        "gen_ai.usage.input_tokens": 30,
        "gen_ai.usage.output_tokens": 12,
    },
    "responses": {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4.1",
        "gen_ai.request.max_tokens": 50,
        "gen_ai.response.id": "resp_1",
        "gen_ai.response.model": "gpt-4.1-2025-04-14",
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 4,
        "gen_ai.usage.reasoning.output_tokens": 2,
    },
    "completion": {
        "gen_ai.operation.name": "text_completion",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-3.5-turbo-instruct",
        "gen_ai.request.stop_sequences": ("END",),
        "gen_ai.response.id": "cmpl-1",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 4,
        "gen_ai.usage.output_tokens": 6,
    },
    "embedding": {
        "gen_ai.operation.name": "embeddings",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "text-embedding-3-small",
        "gen_ai.embeddings.dimension.count": 256,
        "gen_ai.request.encoding_formats": ("float",),
        "gen_ai.response.model": "text-embedding-3-small",
        "gen_ai.usage.input_tokens": 8,
    },
    "rerank": {
        "gen_ai.operation.name": "rerank",
        "gen_ai.provider.name": "cohere",
        "gen_ai.request.model": "rerank-v3.5",
        "gen_ai.response.id": "rr-1",
    },
    "ollama": {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "ollama",
        "gen_ai.request.model": "llama3.2",
        "gen_ai.request.max_tokens": 10,
        "gen_ai.response.model": "llama3.2",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 5,
        "gen_ai.usage.output_tokens": 6,
    },
    "failed": {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4o"},
    "tool": {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "weather"},
    "agent": {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner"},
    "retriever": {"gen_ai.operation.name": "retrieval"},
    "guardrail": {},
    "chain": {},
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_of_each_provider(name: str) -> None:
    found = attributes(CALLS[name])
    assert found.pop("gen_ai.usage.cost") == 0.25
    assert those(found, "gen_ai.", "openai.") == EXAMPLES[name]


def test_a_stream_by_litellm() -> None:
    found = attributes(golden("openai_stream")["records"][0])
    assert those(found, "gen_ai.request.", "gen_ai.response.", "server.", "openai.") == {
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.request.stream": True,
        "gen_ai.response.id": "chatcmpl-STopenai_stream",
        "gen_ai.response.model": "gpt-4o",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.response.time_to_first_chunk": 0.055122,
        "server.address": "127.0.0.1",
        "server.port": 46167,
        "openai.response.system_fingerprint": "fp_07871e2ad8",
    }


def test_time_to_the_first_chunk_is_told_of_streams_only() -> None:
    """LiteLLM writes the end where there was none."""
    name = "gen_ai.response.time_to_first_chunk"
    end = "2026-11-23T09:18:37.500000+00:00"
    assert attributes(litellm())[name] == 0.5
    assert name not in attributes(litellm(completion_start_time=end))
    assert attributes(litellm(completion_start_time=end, optional_params={"stream": True}))[name] == 1.0
    assert name not in attributes(litellm(completion_start_time="2026-11-23T09:18:30+00:00"))


def test_cost_is_told_in_all_and_by_parts() -> None:
    found = attributes(plain(), Cost(0.3, {"input": 0.1, "cache_read_input_tokens": 0.05, "output": 0.15}))
    assert those(found, "gen_ai.usage.cost", "shipper.cost") == {
        "gen_ai.usage.cost": 0.3,
        "shipper.cost.input": 0.1,
        "shipper.cost.cache_read_input_tokens": 0.05,
        "shipper.cost.output": 0.15,
    }


def test_a_cost_that_nobody_knows_is_never_zero() -> None:
    assert not those(attributes(plain(), UnknownCost("no_model")), "gen_ai.usage.cost", "shipper.cost")


def test_tokens_that_are_no_text_are_part_of_the_totals() -> None:
    usage = {
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "prompt_tokens_details": {"audio_tokens": 30, "image_tokens": 10},
        "completion_tokens_details": {"audio_tokens": 20},
    }
    response = {"choices": [{"message": {"role": "assistant", "content": "a"}}], "usage": usage}
    assert those(attributes(plain(response=response), UnknownCost("no_model")), "gen_ai.usage") == {
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 50,
        "gen_ai.usage.audio.input_tokens": 30,
        "gen_ai.usage.image.input_tokens": 10,
        "gen_ai.usage.audio.output_tokens": 20,
    }


def test_units_that_are_no_tokens_are_counted_by_our_own_names() -> None:
    assert those(attributes(CALLS["rerank"]), "shipper.usage") == {"shipper.usage.queries": 1}


def test_a_prompt_of_langfuses_has_its_name() -> None:
    found = attributes(litellm(metadata={"prompt": {"name": "p", "version": 3}}))
    assert those(found, "gen_ai.prompt", "shipper.prompt") == {"gen_ai.prompt.name": "p", "shipper.prompt.version": 3}


def test_openais_tier_is_told_of_openai_only() -> None:
    response = {"service_tier": "flex", "choices": [{"message": {"content": "a"}}]}
    assert not those(attributes(plain(provider="groq", response=response)), "openai.")
