"""Calls through LiteLLM's SDK: chat at providers with an API of their own, and at those with OpenAI's."""

from __future__ import annotations

from typing import Any

from tests.parity.cases_chat import AWS, DETAILED, HELLO, PNG, SCHEMA, TOOL, case
from tests.parity.replies import (
    answer,
    anthropic,
    anthropic_stream,
    bedrock,
    bedrock_stream,
    chat,
    chat_stream,
    gemini,
    gemini_body,
    gemini_stream,
)

Json = dict[str, Any]


def _anthropic() -> list[Json]:
    thought = {"type": "thinking", "thinking": "He greets.", "signature": "c2lnbmF0dXJl"}
    use = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Zürich"}}
    search = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "Bern"}}
    found = {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [
        {"type": "web_search_result", "url": "https://example.org/bern", "title": "Bern", "encrypted_content": "e",
         "page_age": None}]}  # fmt: skip
    cited = {"type": "text", "text": "Bern.", "citations": [
        {"type": "web_search_result_location", "url": "https://example.org/bern", "title": "Bern",
         "encrypted_index": "x", "cited_text": "Bern"}]}  # fmt: skip
    cached = {"input_tokens": 3, "output_tokens": 12, "cache_creation_input_tokens": 100,
              "cache_read_input_tokens": 900, "service_tier": "standard",
              "cache_creation": {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40}}  # fmt: skip
    searched = {"input_tokens": 30, "output_tokens": 12, "server_tool_use": {"web_search_requests": 1}}
    system = [
        {"role": "system", "content": [
            {"type": "text", "text": "Long rules", "cache_control": {"type": "ephemeral"}}]},
        *HELLO,
    ]  # fmt: skip
    claude = {"model": "anthropic/claude-sonnet-4-5", "path": ""}
    blocks = (
        ({"type": "thinking", "thinking": ""}, [{"type": "thinking_delta", "thinking": "Hm."},
                                                {"type": "signature_delta", "signature": "c2ln"}]),
        ({"type": "text", "text": ""}, [{"type": "text_delta", "text": "Salut"}]),
        ({"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}},
         [{"type": "input_json_delta", "partial_json": '{"city": "Bern"}'}]),
    )  # fmt: skip
    text = {"type": "text", "text": "Salut"}
    plain = {"function": "anthropic.messages.acreate", "path": "", "max_tokens": 99}
    return [
        case("anthropic_sync", anthropic(), function="completion", **claude),
        case("anthropic_thinking", anthropic(thought, text), thinking={"type": "enabled", "budget_tokens": 1024},
             **claude),
        case("anthropic_redacted_thinking", anthropic({"type": "redacted_thinking", "data": "ZW5j"}, text),
             reasoning_effort="low", **claude),
        case("anthropic_tools", anthropic(text, use, stop="tool_use"), tools=[TOOL], **claude),
        case("anthropic_web_search", anthropic(search, found, cited, usage=searched),
             tools=[{"type": "web_search_20250305", "name": "web_search", "max_uses": 2}], **claude),
        case("anthropic_cached", anthropic(usage=cached), messages=system, **claude),
        case("anthropic_schema", anthropic({**use, "name": "json_tool_call", "input": {"ok": True}}, stop="tool_use"),
             response_format={"type": "json_schema", "json_schema": {"name": "Ok", "schema": SCHEMA}}, **claude),
        case("anthropic_stream", anthropic_stream(), stream=True, **claude),
        case("anthropic_stream_thinking", anthropic_stream(*blocks, usage=cached), stream=True, tools=[TOOL],
             thinking={"type": "enabled", "budget_tokens": 1024}, **claude),
        case("anthropic_vision", anthropic(), messages=[{"role": "user", "content": [
             {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}]}], **claude),
        case("anthropic_parameters", anthropic(), stop=["X"], top_k=3, temperature=1, user="u-2",
             parallel_tool_calls=False, tools=[TOOL], **claude),
        case("messages", anthropic(), model="anthropic/claude-sonnet-4-5", **plain),
        case("messages_thinking", anthropic(thought, text, usage=cached), model="anthropic/claude-sonnet-4-5",
             thinking={"type": "enabled", "budget_tokens": 1024}, system="Be brief.", temperature=1.0, **plain),
        case("messages_tools", anthropic(text, use, stop="tool_use"), model="anthropic/claude-sonnet-4-5",
             tools=[{"name": "get_weather", "description": "w", "input_schema": SCHEMA}], **plain),
        case("messages_stream", anthropic_stream(*blocks), model="anthropic/claude-sonnet-4-5", stream=True, **plain),
        case("messages_openai", chat(), function="anthropic.messages.acreate", max_tokens=99),
        case("messages_failure", answer({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}},
             529), model="anthropic/claude-sonnet-4-5", **plain),
    ]  # fmt: skip


def _google() -> list[Json]:
    flash = {"model": "gemini/gemini-2.5-flash", "path": ""}
    usage = {"promptTokenCount": 26, "candidatesTokenCount": 12, "totalTokenCount": 138, "thoughtsTokenCount": 100,
             "cachedContentTokenCount": 20,
             "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 26}]}  # fmt: skip
    grounding = {
        "webSearchQueries": ["capital of Switzerland"],
        "searchEntryPoint": {"renderedContent": "<div>Bern</div>"},
        "groundingChunks": [{"web": {"uri": "https://example.org/bern", "title": "Bern"}}],
        "groundingSupports": [{"segment": {"startIndex": 0, "endIndex": 4, "text": "Bern"},
                               "groundingChunkIndices": [0], "confidenceScores": [0.9]}],
    }  # fmt: skip
    safety = [{"category": "HARM_CATEGORY_HARASSMENT", "probability": "NEGLIGIBLE"}]
    call = {"functionCall": {"name": "get_weather", "args": {"city": "Zürich"}}}
    image = {"inlineData": {"mimeType": "image/png", "data": PNG}}
    search: Json = {"tools": [{"googleSearch": {}}]}
    return [
        case("gemini_sync", gemini(), function="completion", **flash),
        case("gemini_thinking", gemini({"text": "Hm.", "thought": True}, {"text": "4", "thoughtSignature": "c2ln"},
             usage=usage), reasoning_effort="low", **flash),
        case("gemini_grounding", gemini({"text": "Bern"}, groundingMetadata=grounding), **search, **flash),
        case("gemini_grounding_stream", gemini_stream(gemini_body({"text": "Be"}),
             gemini_body({"text": "rn"}, groundingMetadata=grounding)), stream=True, **search, **flash),
        case("gemini_tools", gemini(call), tools=[TOOL], **flash),
        case("gemini_safety", gemini({"text": ""}, finish="SAFETY", safetyRatings=safety),
             safety_settings=[{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}], **flash),
        case("gemini_blocked", answer({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
             "usageMetadata": {"promptTokenCount": 5, "totalTokenCount": 5}}), **flash),
        case("gemini_image_out", gemini({"text": "Here"}, image), modalities=["text", "image"],
             model="gemini/gemini-2.5-flash-image", path=""),
        case("gemini_schema", gemini({"text": '{"ok": true}'}), response_format={
             "type": "json_schema", "json_schema": {"name": "Ok", "schema": SCHEMA}}, **flash),
        case("gemini_stream", gemini_stream(gemini_body({"text": "Sa"}), gemini_body({"text": "lut"}, usage=usage)),
             stream=True, **flash),
        case("gemini_failure", answer({"error": {"code": 429, "message": "Quota", "status": "RESOURCE_EXHAUSTED"}},
             429), **flash),
        case("vertex_mock", mock_response="Salut", model="vertex_ai/gemini-2.5-pro", vertex_location="europe-west6",
             vertex_project="p", api_base=..., api_key=...),
    ]  # fmt: skip


def _bedrock() -> list[Json]:
    claude = {"model": "bedrock/anthropic.claude-3-5-sonnet-20240620-v1:0", "path": "", "api_base": ..., "api_key": ...}

    def at(name: str, *replies: Json, **more: Any) -> Json:
        return case(name, *replies, aws_bedrock_runtime_endpoint=f"PROVIDER/{name}", **(claude | AWS | more))

    use = {"toolUse": {"toolUseId": "tooluse_1", "name": "get_weather", "input": {"city": "Zürich"}}}
    thought = {"reasoningContent": {"reasoningText": {"text": "Hm.", "signature": "c2ln"}}}
    cached = {"inputTokens": 3, "outputTokens": 12, "totalTokens": 1015, "cacheReadInputTokens": 900,
              "cacheWriteInputTokens": 100}  # fmt: skip
    frames: list[tuple[str, Json]] = [
        ("messageStart", {"role": "assistant"}),
        ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Salut"}}),
        ("contentBlockStop", {"contentBlockIndex": 0}),
        ("messageStop", {"stopReason": "end_turn"}),
        (
            "metadata",
            {"usage": {"inputTokens": 21, "outputTokens": 12, "totalTokens": 33}, "metrics": {"latencyMs": 9}},
        ),
    ]
    return [
        at("bedrock", bedrock()),
        at("bedrock_sync", bedrock(), function="completion", temperature=0.3),
        at("bedrock_tools", bedrock({"text": "I look."}, use, stop="tool_use"), tools=[TOOL]),
        at("bedrock_thinking", bedrock(thought, {"text": "4"}), thinking={"type": "enabled", "budget_tokens": 1024},
           model="bedrock/eu.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        at("bedrock_cached", bedrock(usage=cached)),
        at("bedrock_stream", bedrock_stream(*frames), stream=True),
        at("bedrock_guardrail", bedrock(stop="guardrail_intervened"),
           guardrailConfig={"guardrailIdentifier": "gr-1", "guardrailVersion": "1", "trace": "disabled"}),
        at("bedrock_nova", bedrock(), model="bedrock/us.amazon.nova-lite-v1:0", aws_region_name="us-east-1"),
        at("bedrock_failure", answer({"message": "Too many requests"}, 429)),
    ]  # fmt: skip


def _others() -> list[Json]:
    cohere = {"id": "co-1", "finish_reason": "COMPLETE", "message": {"role": "assistant", "content": [
              {"type": "text", "text": "Salut"}]}, "usage": {"billed_units": {"input_tokens": 5, "output_tokens": 2},
              "tokens": {"input_tokens": 70, "output_tokens": 4}}}  # fmt: skip
    ollama = {"model": "llama3", "created_at": "2026-11-23T09:00:00Z", "done": True, "done_reason": "stop",
              "message": {"role": "assistant", "content": "Salut"}, "prompt_eval_count": 9,
              "eval_count": 3}  # fmt: skip
    citations: Json = {"citations": ["https://example.org/bern"], "search_results": [
                 {"title": "Bern", "url": "https://example.org/bern", "date": "2026-01-01"}]}  # fmt: skip
    cost = {**DETAILED, "cost": 0.00123, "cost_details": {"upstream_inference_cost": None}}
    named = {
        "mistral": "mistral/mistral-large-latest",
        "groq": "groq/llama-3.3-70b-versatile",
        "xai": "xai/grok-4",
        "together": "together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo",
        "fireworks": "fireworks_ai/accounts/fireworks/models/llama-v3p1-8b-instruct",
        "cerebras": "cerebras/llama3.1-8b",
        "vllm": "hosted_vllm/qwen3",
        "azure_ai": "azure_ai/mistral-large",
        "databricks": "databricks/databricks-meta-llama-3-3-70b-instruct",
        "moonshot": "moonshot/kimi-k2-0711-preview",
        "nvidia": "nvidia_nim/meta/llama3-70b-instruct",
    }
    return [
        *(case(f"other_{name}", chat(model=model), model=model) for name, model in named.items()),
        case("other_azure", chat(prompt_filter_results=[]), model="azure/my-deployment", api_version="2024-10-21",
             path="", base_model="azure/gpt-4o"),
        case("other_azure_stream", chat_stream(), model="azure/gpt-4o", api_version="2024-10-21", path="", stream=True),
        case("other_cohere", answer(cohere), model="cohere_chat/command-r-plus-08-2024", path="/v2/chat"),
        case("other_perplexity", chat({"content": "Bern [1]"}, **citations), model="perplexity/sonar-pro"),
        case("other_openrouter", chat({"content": "Hi", "reasoning": "Hm."}, usage=cost),
             model="openrouter/anthropic/claude-sonnet-4.5"),
        case("other_ollama", answer(ollama), model="ollama_chat/llama3", path=""),
        case("other_groq_reasoning", chat({"content": "4", "reasoning": "2+2"}), model="groq/qwen/qwen3-32b",
             reasoning_effort="default"),
        case("other_hugging_face", chat(), model="huggingface/meta-llama/Llama-3.3-70B-Instruct"),
    ]  # fmt: skip


CASES = [*_anthropic(), *_google(), *_bedrock(), *_others()]
