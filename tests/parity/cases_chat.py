"""Calls through LiteLLM's SDK: chat at many providers, whole and streamed."""

from __future__ import annotations

from typing import Any

from tests.parity.replies import (
    TOOL_CALL,
    anthropic,
    anthropic_stream,
    answer,
    bedrock,
    bedrock_stream,
    chat,
    chat_stream,
    events,
    gemini,
    gemini_body,
    gemini_stream,
)

Json = dict[str, Any]

HELLO = [{"role": "user", "content": "Grüezi, wie geht's? 🌍"}]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
SCHEMA = {
    "type": "object",
    "properties": {"ok": {"type": "boolean"}},
    "required": ["ok"],
    "additionalProperties": False,
}
CITATION = {
    "type": "url_citation",
    "url_citation": {"start_index": 0, "end_index": 5, "title": "Bern", "url": "https://example.org/bern"},
}
DETAILED = {
    "prompt_tokens": 2006,
    "completion_tokens": 300,
    "total_tokens": 2306,
    "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
    "completion_tokens_details": {
        "reasoning_tokens": 64,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    },
}
AWS = {
    "aws_access_key_id": "AKIAEXAMPLE",
    "aws_secret_access_key": "aws-example",
    "aws_region_name": "eu-central-1",
}


def case(name: str, *replies: Json, function: str = "acompletion", path: str = "/v1", **arguments: Any) -> Json:
    """A case of one call to a model of OpenAI unless told otherwise."""
    wanted = {"model": "openai/gpt-4o", "messages": HELLO, "api_key": "sk-1", "api_base": f"PROVIDER/{name}{path}"}
    wanted["metadata"] = {"trace_id": f"tr-{name}"}
    more = {key: arguments.pop(key) for key in ("settings", "environ", "mapping") if key in arguments}
    take = arguments.pop("take", None)
    kept = {key: value for key, value in (wanted | arguments).items() if value is not ...}
    call = {"function": function, "arguments": kept} | ({} if take is None else {"take": take})
    return {"case": name, "replies": list(replies), "calls": [call], **more}


def _openai() -> list[Json]:
    image = {"type": "image_url", "image_url": {"url": "https://example.org/cat.png", "detail": "low"}}
    data = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
    sound = {"type": "input_audio", "input_audio": {"data": PNG, "format": "wav"}}
    file = {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{PNG}", "filename": "a.pdf"}}
    asked = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, image]}]
    tools = [
        {"role": "system", "content": "Be brief."},
        *HELLO,
        {"role": "assistant", "content": None, "tool_calls": [TOOL_CALL]},
        {"role": "tool", "tool_call_id": "call_abc123", "content": '{"t": 7}'},
    ]
    logprobs = {"content": [{"token": "Hi", "logprob": -0.1, "bytes": [72, 105], "top_logprobs": []}], "refusal": None}
    with_logprobs = chat()
    with_logprobs["json"]["choices"][0]["logprobs"] = logprobs
    audio = {"id": "audio_1", "data": PNG, "expires_at": 1747003600, "transcript": "Hello"}
    function_call = {"name": "get_weather", "arguments": "{}"}
    return [
        case("chat_sync", chat(), function="completion", temperature=0.2, max_tokens=50),
        case("chat_choices", chat({"content": "A"}, {"content": "B"}, {"content": "C"}), n=3),
        case("chat_no_metadata", chat(), metadata=...),
        case("chat_vision_url", chat(), messages=asked),
        case("chat_vision_data", chat(), messages=[{"role": "user", "content": [data]}]),
        case("chat_audio_in", chat(usage=DETAILED), messages=[{"role": "user", "content": [sound]}]),
        case("chat_file", chat(), messages=[{"role": "user", "content": [file]}]),
        case("chat_audio_out", chat({"content": None, "audio": audio}), modalities=["text", "audio"],
             audio={"voice": "alloy", "format": "wav"}, model="openai/gpt-4o-audio-preview"),
        case("chat_json_object", chat({"content": '{"ok": true}'}), response_format={"type": "json_object"}),
        case("chat_json_schema", chat({"content": '{"ok": true}'}),
             response_format={"type": "json_schema", "json_schema": {"name": "Ok", "schema": SCHEMA, "strict": True}}),
        case("chat_schema_class", chat({"content": '{"ok": true}'}), response_format={
             "$python": "__import__('pydantic').create_model('Ok', ok=(bool, ...))"}),
        case("chat_tier_flex", chat(service_tier="flex"), service_tier="flex", model="openai/o3"),
        case("chat_tier_priority", chat(service_tier="priority"), service_tier="priority"),
        case("chat_logprobs", with_logprobs, logprobs=True, top_logprobs=2),
        case("chat_reasoning", chat(usage=DETAILED), model="openai/o3", reasoning_effort="high"),
        case("chat_parameters", chat(), temperature=0.0, top_p=0.95, seed=7, stop=["END", "\n"], user="u-1",
             presence_penalty=-0.5, frequency_penalty=1, logit_bias={"50256": -100}, max_completion_tokens=99,
             parallel_tool_calls=False, tool_choice="auto", tools=[TOOL], store=True,
             extra_body={"top_k": 5, "nested": {"a": [1, None, True]}}, extra_headers={"X-Own": "1"}, timeout=30.5),
        case("chat_tool_calls", chat({"content": None, "tool_calls": [TOOL_CALL, {**TOOL_CALL, "id": "call_2"}]},
             finish="tool_calls"), tools=[TOOL], tool_choice={"type": "function", "function": {"name": "get_weather"}}),
        case("chat_tool_results", chat(), messages=tools, tools=[TOOL]),
        case("chat_functions", chat({"content": None, "function_call": function_call}, finish="function_call"),
             functions=[TOOL["function"]], function_call="auto"),
        case("chat_web_search", chat({"content": "Bern", "annotations": [CITATION]}),
             model="openai/gpt-4o-search-preview", web_search_options={"search_context_size": "high"}),
        case("chat_refusal", chat({"content": None, "refusal": "No."}), max_tokens=5),
        case("chat_filtered", chat({"content": ""}, finish="content_filter")),
        case("chat_no_usage", chat(usage=None)),
        case("chat_no_choices", chat(choices=[])),
        case("chat_prediction", chat(usage=DETAILED), prediction={"type": "content", "content": "Hello"}),
        case("chat_mock", mock_response="mocked", api_base=...),
        case("chat_mock_tools", mock_tool_calls=[TOOL_CALL], api_base=..., tools=[TOOL]),
        case("chat_mock_error", mock_response="litellm.RateLimitError", api_base=...),
        case("chat_unknown_model", chat(model="house-model"), model="openai/house-model"),
        case("chat_custom_price", chat(), model="openai/house-model", input_cost_per_token=1e-6,
             output_cost_per_token=2e-6),
        case("chat_base_model", chat(), model="openai/house-model", base_model="gpt-4o"),
        case("chat_deepseek", chat({"content": "4", "reasoning_content": "2+2"}, usage=DETAILED),
             model="deepseek/deepseek-reasoner"),
        case("chat_names", chat({"content": "Hi"}), messages=[{"role": "user", "name": "Anna", "content": "hi"}],
             metadata={"trace_id": "tr-names", "tags": ["a", "b"]}, user="end-user"),
    ]  # fmt: skip


def _streams() -> list[Json]:
    parts = [
        {"role": "assistant", "content": None, "tool_calls": [
            {"index": 0, "id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": ""}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '{"city": '}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": '"Bern"}'}}]},
    ]  # fmt: skip
    usage = {"stream": True, "stream_options": {"include_usage": True}}
    two = [
        (0, {"role": "assistant", "content": "A"}),
        (1, {"role": "assistant", "content": "B"}),
        (0, {"content": "a"}),
    ]
    thought = [{"role": "assistant", "reasoning_content": "2"}, {"reasoning_content": "+2"}, {"content": "4"}]
    broken = {**chat_stream(usage=None), "missing_bytes": 500}
    broken["lines"] = broken["lines"][:2]
    failed = events({"error": {"message": "overloaded", "type": "server_error", "code": 500}})
    return [
        case("stream", chat_stream(), stream=True),
        case("stream_sync", chat_stream(), function="completion", stream=True, temperature=0.7),
        case("stream_usage", chat_stream(), **usage),
        case("stream_no_usage", chat_stream(usage=None), stream=True),
        case("stream_tools", chat_stream(*parts, finish="tool_calls"), tools=[TOOL], **usage),
        case("stream_choices", chat_stream(*two), n=2, **usage),
        case("stream_thought", chat_stream(*thought), model="deepseek/deepseek-reasoner", **usage),
        case("stream_abandoned", chat_stream(*({"content": f"{i} "} for i in range(30))), stream=True, take=3),
        case("stream_abandoned_sync", chat_stream(*({"content": f"{i} "} for i in range(30))), stream=True, take=3,
             function="completion"),
        case("stream_broken", broken, stream=True, num_retries=0),
        case("stream_error", failed, stream=True, num_retries=0),
        case("stream_mock", mock_response="mocked and streamed", stream=True, api_base=...),
        case("stream_empty", chat_stream({"role": "assistant", "content": ""}), stream=True),
    ]  # fmt: skip


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
    cached = {"input_tokens": 3, "output_tokens": 12, "cache_creation_input_tokens": 100, "cache_read_input_tokens": 900,
              "cache_creation": {"ephemeral_5m_input_tokens": 60, "ephemeral_1h_input_tokens": 40},
              "service_tier": "standard"}  # fmt: skip
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
        case("messages_failure", answer({"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}, 529),
             model="anthropic/claude-sonnet-4-5", **plain),
    ]  # fmt: skip


def _google() -> list[Json]:
    flash = {"model": "gemini/gemini-2.5-flash", "path": ""}
    usage = {"promptTokenCount": 26, "candidatesTokenCount": 12, "totalTokenCount": 138, "thoughtsTokenCount": 100,
             "cachedContentTokenCount": 20, "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 26}]}  # fmt: skip
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
    search = {"tools": [{"googleSearch": {}}]}
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
        case("gemini_failure", answer({"error": {"code": 429, "message": "Quota", "status": "RESOURCE_EXHAUSTED"}}, 429),
             **flash),
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
    frames = [
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
              "message": {"role": "assistant", "content": "Salut"}, "prompt_eval_count": 9, "eval_count": 3}  # fmt: skip
    citations = {"citations": ["https://example.org/bern"], "search_results": [
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


CASES = [*_openai(), *_streams(), *_anthropic(), *_google(), *_bedrock(), *_others()]
