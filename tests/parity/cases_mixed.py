"""Kinds of calls together, and providers with an API of their own: what the other cases have one by one."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.parity.cases_chat import AWS, DETAILED, HELLO, PNG, SCHEMA, TOOL, case
from tests.parity.cases_other import MP3, NO_PROMPT, PICTURE
from tests.parity.cases_proxy import SESSION, asked
from tests.parity.replies import (
    TOOL_CALL,
    answer,
    anthropic,
    anthropic_stream,
    bedrock_stream,
    chat,
    chat_stream,
    completion,
    embeddings,
    error,
    events,
    gemini,
    gemini_body,
    gemini_stream,
    responses,
    responses_body,
    responses_stream,
)

Json = dict[str, Any]

ENTRY = {
    "guardrail_name": "presidio", "guardrail_mode": "pre_call", "guardrail_response": [{"entity_type": "PERSON"}],
    "guardrail_status": "success", "start_time": 1795425657.25, "end_time": 1795425657.5,
}  # fmt: skip
PROMPT = {"name": "greet", "version": 3, "prompt": "Say", "config": {}, "labels": [], "tags": []}
MODERATED = {"id": "m", "model": "omni-moderation-latest", "results": [
             {"flagged": False, "categories": {}, "category_scores": {}}]}  # fmt: skip


def _steered() -> list[Json]:
    once = {"num_retries": 0}
    bad = error(400, "bad", "invalid_request_error")
    request = {"url": "http://proxy/v1/chat/completions", "method": "POST", "body": {"model": "m"}}

    def headed(**headers: str) -> Json:
        return {**request, "headers": {f"langfuse_{name}": value for name, value in headers.items()}}

    return [
        case("mixed_failure_all", bad, metadata={
             "existing_trace_id": "t-0", "generation_id": "g-1", "parent_observation_id": "o-1", "mask_input": True,
             "prompt": PROMPT, "version": "v", "session_id": "s", "trace_metadata": {"a": 1}}, **once),
        case("mixed_failure_guardrail", bad, metadata={
             "trace_id": "t-1", "parent_observation_id": "o-1", "mask_output": "true", "debug_langfuse": "true",
             "standard_logging_guardrail_information": [ENTRY], "trace_output": "said", "tags": ["a"]}, **once),
        case("mixed_stream_all", chat_stream(), stream=True, metadata={
             "trace_id": "t-1", "trace_name": "n", "generation_name": "", "generation_id": "", "prompt": PROMPT,
             "version": 0, "trace_public": "no", "trace_release": None, "trace_user_id": "", "session_id": "",
             "standard_logging_guardrail_information": ENTRY}),
        case("mixed_headers_over", chat(), metadata={
             "tags": ["body"], "generation_id": "body", "parent_observation_id": "o", "version": "body",
             "trace_metadata": {"k": "body"}, "debug_langfuse": False}, proxy_server_request=headed(
             tags="header", generation_id="header", parent_observation_id="o-h", version="header",
             trace_metadata="header", debug_langfuse="True", prompt='{"name": "x"}', trace_input="shown")),
        case("mixed_headers_existing", chat_stream(), stream=True, metadata={"existing_trace_id": "body"},
             proxy_server_request=headed(existing_trace_id="", trace_id="h", mask_output="TRUE", session_id="s",
                                         update_trace_keys="input")),
        case("mixed_headers_case", chat(), metadata={"session_id": SESSION}, proxy_server_request={
             **request, "headers": {"X-LiteLLM-Session-Id": SESSION, "Langfuse_Trace_Id": "h"}}),
        case("mixed_caller_names", chat(), metadata={
             "trace_id": "t", "hidden_params": {"a": None}, "api_base": "mine", "cache_hit": "mine",
             "litellm_response_cost": 7, "usage_object": {"x": 1}, "requester_metadata": {"api_base": "r", "n": None},
             "user_api_key_alias": "", "user_api_key_end_user_id": "eu", "litellm_call_id": "mine",
             "response_id": "mine"}),
        case("mixed_own_keys", chat(), metadata={
             "trace_id": "t", "user_api_key_alias": "a", "user_api_key_end_user_id": 7, "deployment": "azure/mine",
             "model_group": "g", "applied_guardrails": ["x"], "spend_logs_metadata": {"k": None}}),
        case("mixed_trace_names", chat(), metadata={
             "trace_trace_id": "x", "trace_": "y", "trace_public": 1, "trace_metadata": ["a", None],
             "trace_session_id": 5, "trace_tags": "t", "trace_version": None, "version": "gv", "trace_name": ""}),
        case("mixed_trace_numbers", chat(), metadata={
             "trace_id": 1.5, "existing_trace_id": None, "trace_user_id": True, "session_id": ["s"],
             "generation_name": ["g"], "version": {"v": 1}, "tags": "one"}),
        case("mixed_prompt_odd", chat(), metadata={"trace_id": "t", "prompt": {**PROMPT, "version": "3"}}),
        case("mixed_tags_redacted", chat(), metadata={"trace_id": "t", "tags": ["a", None, 1], "session_id": "s"},
             settings={"turn_off_message_logging": True, "langfuse_default_tags": ["session_id", "cache_hit"]},
             mapping={"default_tags": ("session_id", "cache_hit")}),
    ]  # fmt: skip


def _streams() -> list[Json]:
    def called(index: int, arguments: str, **more: Any) -> Json:
        return {"tool_calls": [{"index": index, "function": {"arguments": arguments}, **more}]}

    names = [{"name": name, "arguments": ""} for name in ("one", "two")]
    tools = [
        {"role": "assistant", "content": None, "reasoning_content": "Let me "}, {"reasoning_content": "look."},
        {"content": "I call."},
        {"tool_calls": [{"index": 0, "id": "c0", "type": "function", "function": names[0]}]},
        {"tool_calls": [{"index": 1, "id": "c1", "type": "function", "function": names[1]}]},
        called(0, '{"a":'), called(1, '{"b":'), called(0, "1}"), called(1, "2}"),
    ]  # fmt: skip
    usage = {"stream": True, "stream_options": {"include_usage": True}}
    function = [{"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": ""}},
                {"function_call": {"arguments": "{}"}}]  # fmt: skip
    sound = [{"role": "assistant", "audio": {"id": "audio_1", "transcript": "Hel"}},
             {"audio": {"data": PNG[:40], "transcript": "lo"}},
             {"audio": {"data": PNG[40:80], "expires_at": 1747}}]  # fmt: skip
    cited = [{"role": "assistant", "content": "Bern"}, {"annotations": [{"type": "url_citation", "url_citation": {
             "start_index": 0, "end_index": 4, "title": "B", "url": "https://example.org"}}]}]  # fmt: skip
    drawn = [{"role": "assistant", "content": "Here"}, {"images": [{"type": "image_url", "index": 0, "image_url": {
             "url": f"data:image/png;base64,{PNG}"}}]}]  # fmt: skip
    return [
        case("mixed_stream_tools_thought", chat_stream(*tools, finish="tool_calls", usage=DETAILED), tools=[TOOL],
             model="deepseek/deepseek-reasoner", **usage),
        case("mixed_stream_function", chat_stream(*function, finish="function_call"), functions=[TOOL["function"]],
             **usage),
        case("mixed_stream_refusal", chat_stream({"role": "assistant", "refusal": "N"}, {"refusal": "o."}), **usage),
        case("mixed_stream_audio", chat_stream(*sound, usage={**DETAILED, "completion_tokens_details": {
             "audio_tokens": 250, "text_tokens": 50}}), model="openai/gpt-4o-audio-preview",
             modalities=["text", "audio"], audio={"voice": "alloy", "format": "pcm16"}, **usage),
        case("mixed_stream_citations", chat_stream(*cited), model="openai/gpt-4o-search-preview", **usage),
        case("mixed_stream_images", chat_stream(*drawn), model="openrouter/google/gemini-2.5-flash-image", **usage),
        case("mixed_stream_tier", chat_stream({"role": "assistant", "content": "x"}, usage=DETAILED),
             service_tier="priority", **usage),
        case("mixed_stream_schema", chat_stream({"content": '{"ok":'}, {"content": "true}"}), response_format={
             "type": "json_schema", "json_schema": {"name": "Ok", "schema": SCHEMA}}, **usage),
        case("mixed_stream_thinking_tools", anthropic_stream(
             ({"type": "redacted_thinking", "data": "ZW5j"}, []),
             ({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
              [{"type": "input_json_delta", "partial_json": '{"query": "Bern"}'}]),
             ({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [
               {"type": "web_search_result", "url": "https://example.org", "title": "B",
                "encrypted_content": "e"}]}, []),
             ({"type": "text", "text": ""}, [
               {"type": "citations_delta", "citation": {"type": "web_search_result_location", "title": "B",
                "url": "https://example.org", "encrypted_index": "x", "cited_text": "Bern"}},
               {"type": "text_delta", "text": "Bern"}]),
             usage={"input_tokens": 3, "output_tokens": 1, "cache_read_input_tokens": 50,
                    "cache_creation_input_tokens": 7, "server_tool_use": {"web_search_requests": 1}}),
             model="anthropic/claude-sonnet-4-5", path="", tools=[
             {"type": "web_search_20250305", "name": "web_search"}], **usage),
        case("mixed_stream_gemini_tools", gemini_stream(
             gemini_body({"text": "Hm.", "thought": True}),
             gemini_body({"functionCall": {"name": "get_weather", "args": {"city": "Bern"}}, "thoughtSignature": "c2"},
             usage={"promptTokenCount": 26, "candidatesTokenCount": 12, "totalTokenCount": 58,
                    "thoughtsTokenCount": 20, "cachedContentTokenCount": 10, "promptTokensDetails": [
                    {"modality": "TEXT", "tokenCount": 20}, {"modality": "AUDIO", "tokenCount": 6}]})),
             tools=[TOOL], model="gemini/gemini-2.5-flash", path="", **usage),
        case("mixed_stream_bedrock_tools", bedrock_stream(
             ("messageStart", {"role": "assistant"}),
             ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "Hm."}}}),
             ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"reasoningContent": {"signature": "c2"}}}),
             ("contentBlockStop", {"contentBlockIndex": 0}),
             ("contentBlockStart", {"contentBlockIndex": 1, "start": {"toolUse": {
              "toolUseId": "tooluse_1", "name": "get_weather"}}}),
             ("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"toolUse": {"input": '{"city": "Bern"}'}}}),
             ("contentBlockStop", {"contentBlockIndex": 1}),
             ("messageStop", {"stopReason": "tool_use"}),
             ("metadata", {"usage": {"inputTokens": 3, "outputTokens": 12, "totalTokens": 1015,
              "cacheReadInputTokens": 900, "cacheWriteInputTokens": 100}, "metrics": {"latencyMs": 9}})),
             model="bedrock/eu.anthropic.claude-sonnet-4-5-20250929-v1:0", path="", api_base=..., api_key=...,
             aws_bedrock_runtime_endpoint="PROVIDER/mixed_stream_bedrock_tools", tools=[TOOL], **AWS, **usage),
        case("mixed_stream_gemini_empty", gemini_stream({"candidates": [], "usageMetadata": {
             "promptTokenCount": 5, "totalTokenCount": 5}, "modelVersion": "gemini-2.5-flash"}),
             model="gemini/gemini-2.5-flash", path="", **usage),
    ]  # fmt: skip


def _providers() -> list[Json]:
    thought = {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "2+2"}]},
                           {"type": "text", "text": "4"}]}  # fmt: skip
    apart = {"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 135, "num_sources_used": 2,
             "completion_tokens_details": {"reasoning_tokens": 94, "audio_tokens": 0},
             "prompt_tokens_details": {"text_tokens": 32, "cached_tokens": 6}}  # fmt: skip
    hit = {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30, "prompt_cache_hit_tokens": 12,
           "prompt_cache_miss_tokens": 8, "completion_tokens_details": {"reasoning_tokens": 4}}  # fmt: skip
    groq = {"queue_time": 0.05, "prompt_tokens": 36, "prompt_time": 0.001, "completion_tokens": 7,
            "completion_time": 0.01, "total_tokens": 43, "total_time": 0.02}  # fmt: skip
    head = {"id": "chatcmpl-g", "object": "chat.completion.chunk", "created": 1, "model": "llama-3.3-70b-versatile"}
    llama = {"model": "llama3", "created_at": "2026-11-23T09:00:00Z"}
    ollama = {"type": "application/x-ndjson", "text": "".join(json.dumps(one) + "\n" for one in (
              {**llama, "message": {"role": "assistant", "content": "", "thinking": "Hm."}, "done": False},
              {**llama, "message": {"role": "assistant", "content": "Sa"}, "done": False},
              {**llama, "message": {"role": "assistant", "content": "lut"}, "done": False},
              {**llama, "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop",
               "prompt_eval_count": 9, "eval_count": 3}))}  # fmt: skip
    cohere = events(
        {"type": "message-start", "id": "co-1", "delta": {"message": {"role": "assistant"}}},
        {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "Salut"}}}},
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": {
         "billed_units": {"input_tokens": 5, "output_tokens": 2}, "tokens": {"input_tokens": 70, "output_tokens": 4}}}},
        done=False,
    )  # fmt: skip
    together = chat({"content": "Hi", "tool_calls": []}, prompt=[])
    together["json"]["choices"][0] |= {"seed": 1, "finish_reason": "eos"}
    invoke = {"id": "msg_b", "type": "message", "role": "assistant", "model": "claude-3-haiku-20240307", "content": [
              {"type": "text", "text": "Salut"}], "stop_reason": "end_turn", "stop_sequence": None,
              "usage": {"input_tokens": 21, "output_tokens": 12}}  # fmt: skip
    amazon: Json = {"path": "", "api_base": ..., "api_key": ..., **AWS}
    filtered = error(400, "The response was filtered", code="content_filter", kind="invalid_request_error")
    return [
        case("mixed_mistral_thought", chat(thought, model="magistral-medium-latest"),
             model="mistral/magistral-medium-latest", tools=[TOOL]),
        case("mixed_xai_reasoning", chat(usage=apart, model="grok-4", citations=["https://example.org"]),
             model="xai/grok-4", search_parameters={"mode": "on", "sources": [{"type": "web"}]}),
        case("mixed_deepseek_cached", chat({"content": "4", "reasoning_content": "2+2"}, usage=hit),
             model="deepseek/deepseek-chat", messages=[*HELLO, {"role": "assistant", "content": "4", "prefix": True}]),
        case("mixed_groq_usage", chat(usage=groq, x_groq={"id": "req_1"}, usage_breakdown=None),
             model="groq/llama-3.3-70b-versatile"),
        case("mixed_groq_stream", events(
             {**head, "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Hi"}}],
              "x_groq": {"id": "req_1"}},
             {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
              "x_groq": {"id": "req_1", "usage": groq}}), model="groq/llama-3.3-70b-versatile", stream=True),
        case("mixed_together", together, model="together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo", n=1),
        case("mixed_ollama_stream", ollama, model="ollama_chat/llama3", path="", stream=True),
        case("mixed_ollama_generate", answer({**llama, "response": "Salut", "done": True, "done_reason": "stop",
             "context": [1], "prompt_eval_count": 9, "eval_count": 3}), model="ollama/llama3", path=""),
        case("mixed_ollama_embedding", answer({"model": "all-minilm", "embeddings": [[0.1, 0.2]],
             "prompt_eval_count": 4}), function="aembedding", input=["a"], model="ollama/all-minilm", path="",
             **NO_PROMPT),
        case("mixed_cohere_stream", cohere, model="cohere_chat/command-r-plus-08-2024", path="/v2/chat", stream=True),
        case("mixed_azure_filtered", filtered, model="azure/gpt-4o", api_version="2024-10-21", path="", num_retries=0),
        case("mixed_azure_responses", responses(content_filters=[{"blocked": False}]), function="aresponses",
             model="azure/gpt-4o", api_version="preview", path="", input="hi", **NO_PROMPT),
        case("mixed_azure_embedding", embeddings(2), function="aembedding", model="azure/text-embedding-3-small",
             api_version="2024-10-21", path="", input=["a", "b"], user="u", **NO_PROMPT),
        case("mixed_perplexity_stream", events(
             {**head, "model": "sonar-pro", "citations": ["https://example.org"], "search_results": [{"title": "B"}],
              "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Bern"}, "finish_reason": "stop"}],
              "usage": {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8, "num_search_queries": 2,
                        "search_context_size": "low", "citation_tokens": 4, "reasoning_tokens": 6}}),
             model="perplexity/sonar-pro", stream=True),
        case("mixed_openrouter_stream", chat_stream({"content": "Hi", "reasoning": "Hm.", "reasoning_details": [
             {"type": "reasoning.text", "text": "Hm.", "index": 0}]}, usage={**DETAILED, "cost": 0.5}),
             model="openrouter/anthropic/claude-sonnet-4.5", stream=True),
        case("mixed_bedrock_invoke", answer(invoke), model="bedrock/invoke/anthropic.claude-3-haiku-20240307-v1:0",
             aws_bedrock_runtime_endpoint="PROVIDER/mixed_bedrock_invoke", **amazon),
        case("mixed_bedrock_embedding", answer({"embedding": [0.1], "inputTextTokenCount": 3}), function="aembedding",
             input=["a"], model="bedrock/amazon.titan-embed-text-v2:0",
             aws_bedrock_runtime_endpoint="PROVIDER/mixed_bedrock_embedding", **amazon, **NO_PROMPT),
        case("mixed_gemini_candidates", answer({"candidates": [
             {"content": {"role": "model", "parts": [{"text": "A"}]}, "finishReason": "STOP", "index": 0,
              "avgLogprobs": -0.1, "citationMetadata": {"citations": [{"uri": "https://example.org"}]},
              "urlContextMetadata": {"urlMetadata": [{"retrievedUrl": "https://example.org"}]}},
             {"content": {"role": "model", "parts": [{"text": "B"}]}, "finishReason": "MAX_TOKENS", "index": 1}],
             "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 2, "totalTokenCount": 7,
                               "toolUsePromptTokenCount": 3}, "modelVersion": "gemini-2.5-flash"}),
             model="gemini/gemini-2.5-flash", path="", n=2, tools=[{"urlContext": {}}]),
        case("mixed_gemini_groundings", answer({"candidates": [
             {"content": {"role": "model", "parts": [{"text": word}]}, "finishReason": "STOP", "index": index,
              "groundingMetadata": {"webSearchQueries": [word], "retrievalMetadata": {"score": 0.5}, "empty": None}}
             for index, word in enumerate("AB")], "usageMetadata": {
             "promptTokenCount": 5, "candidatesTokenCount": 2, "totalTokenCount": 7}}),
             model="gemini/gemini-2.5-flash", path="", n=2, tools=[{"googleSearch": {}}]),
        case("mixed_gemini_code", gemini({"executableCode": {"language": "PYTHON", "code": "1+1"}},
             {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2"}}, {"text": "2"}),
             model="gemini/gemini-2.5-flash", path="", tools=[{"codeExecution": {}}]),
        case("mixed_voyage", answer({"object": "list", "model": "voyage-3", "usage": {"total_tokens": 5}, "data": [
             {"object": "embedding", "index": 0, "embedding": [0.1]}]}), function="aembedding", input=["a"],
             model="voyage/voyage-3", path="/v1/embeddings", **NO_PROMPT),
        case("mixed_jina_embedding", embeddings(1, {"total_tokens": 5, "prompt_tokens": 5}), function="aembedding",
             input=["a"], model="jina_ai/jina-embeddings-v3", path="/v1/embeddings", **NO_PROMPT),
        case("mixed_vertex_grounded", mock_response="Bern", model="vertex_ai/gemini-2.5-pro", api_base=..., api_key=...,
             vertex_location="europe-west6", vertex_project="p", tools=[{"googleSearch": {}}], stream=True),
        case("mixed_deepgram", answer({"metadata": {"duration": 2.5, "channels": 1}, "results": {"channels": [
             {"alternatives": [{"transcript": "Guten Tag", "confidence": 0.9, "words": [
              {"word": "Guten", "start": 0, "end": 0.4}]}]}]}}), function="atranscription", file=MP3,
             model="deepgram/nova-2", path="", **NO_PROMPT),
        case("mixed_elevenlabs", {"type": "audio/mpeg", "base64": MP3["base64"]}, function="aspeech",
             input="Guten Tag", voice="alloy", model="elevenlabs/eleven_multilingual_v2", path="", **NO_PROMPT),
        case("mixed_rerank_voyage", answer({"object": "list", "model": "rerank-2", "usage": {"total_tokens": 15},
             "data": [{"index": 0, "relevance_score": 0.7}]}), function="arerank", query="q", documents=["a"],
             model="voyage/rerank-2", path="/v1/rerank", **NO_PROMPT),
        case("mixed_rerank_together", answer({"id": "rr", "model": "Salesforce/Llama-Rank-V1", "results": [
             {"index": 0, "relevance_score": 0.7, "document": {"text": "a"}}], "usage": {"total_tokens": 5}}),
             function="arerank", query="q", documents=["a"], model="hosted_vllm/rank", **NO_PROMPT),
    ]  # fmt: skip


def _media() -> list[Json]:
    vector = base64.b64encode(b"\x00\x00\x80?\x00\x00\x00@").decode()
    encoded = {"object": "list", "model": "text-embedding-3-small", "data": [
               {"object": "embedding", "index": index, "embedding": vector} for index in range(3)],
               "usage": {"prompt_tokens": 8, "total_tokens": 8}}  # fmt: skip
    two = {"created": 1747000000, "data": [{"b64_json": PNG, "revised_prompt": "c"}, {"b64_json": PNG}],
           "background": "opaque", "usage": {"input_tokens": 313, "output_tokens": 544, "total_tokens": 857,
           "input_tokens_details": {"text_tokens": 13, "image_tokens": 300}}}  # fmt: skip
    spoken = {"prompt_tokens": 40, "completion_tokens": 60, "total_tokens": 100,
              "prompt_tokens_details": {"audio_tokens": 30, "text_tokens": 10, "cached_tokens": 0},
              "completion_tokens_details": {"audio_tokens": 50, "text_tokens": 10}}  # fmt: skip
    audio = {"id": "audio_2", "data": PNG, "expires_at": 1747003600, "transcript": "Hello"}
    heard = [{"role": "user", "content": [{"type": "text", "text": "Was?"},
             {"type": "input_audio", "input_audio": {"data": PNG, "format": "mp3"}}]},
             {"role": "assistant", "audio": {"id": "audio_1"}}]  # fmt: skip
    text: Json = {"function": "atext_completion", "model": "text-completion-openai/gpt-3.5-turbo-instruct", **NO_PROMPT}
    pieces = [
        {"id": "cmpl-2", "object": "text_completion", "created": 1, "model": "gpt-3.5-turbo-instruct", "choices": [
            {"index": index, "text": word, "finish_reason": end, "logprobs": None}]}
        for index, word, end in ((0, "A", None), (1, "B", None), (0, "a", "stop"), (1, "b", "length"))
    ]  # fmt: skip
    ended = completion("Tell A", "Tell B")
    ended["json"]["choices"][0]["logprobs"] = {"tokens": ["A"], "token_logprobs": [-0.1], "top_logprobs": None,
                                               "text_offset": [0]}  # fmt: skip
    cache = {"cache": {"$python": "litellm.Cache(type='local')"}}
    small: Json = {"function": "aembedding", "model": "openai/text-embedding-3-small", **NO_PROMPT}
    partly = case("mixed_cache_partly", embeddings(2), embeddings(1), input=["a", "b"], caching=True, settings=cache,
                  **small)  # fmt: skip
    again = {**partly["calls"][0], "arguments": {**partly["calls"][0]["arguments"], "input": ["a", "c", "b"]}}
    partly["calls"].append(again)
    started = {"type": "response.created", "response": responses_body(status="in_progress", output=[]),
               "sequence_number": 0}  # fmt: skip
    finished = {"type": "response.completed", "response": responses_body(), "sequence_number": 2}
    ask: Json = {"function": "aresponses", "input": "hi", **NO_PROMPT}
    cached = [
        case("mixed_cache_responses_stream", responses_stream(started, finished), stream=True, caching=True,
             settings=cache, **ask),
        case("mixed_cache_tools", chat({"content": None, "tool_calls": [TOOL_CALL]}, finish="tool_calls"),
             tools=[TOOL], caching=True, settings=cache, metadata={"trace_id": "t", "generation_id": "g"}),
        case("mixed_cache_messages", anthropic(), function="anthropic.messages.acreate", max_tokens=9, path="",
             model="anthropic/claude-sonnet-4-5", caching=True, settings=cache),
        case("mixed_cache_transcription", answer({"text": "Guten Tag"}), function="atranscription", file=MP3,
             model="openai/whisper-1", caching=True, settings=cache, **NO_PROMPT),
        case("mixed_cache_rerank", answer({"id": "rr", "results": [{"index": 0, "relevance_score": 0.9}]}),
             function="arerank", query="q", documents=["a"], model="cohere/rerank-v3.5", path="", caching=True,
             settings=cache, **NO_PROMPT),
    ]  # fmt: skip
    for one in cached:
        one["calls"] *= 2
    quiet = {"settings": {"turn_off_message_logging": True}}
    return [
        partly, *cached,
        case("mixed_embedding_base64", answer(encoded), input=["a", "b", "c"], encoding_format="base64", user="u",
             **small),
        case("mixed_embedding_image", embeddings(), input=[f"data:image/png;base64,{PNG}"], **small),
        case("mixed_image_edits", answer(two), function="aimage_edit", model="openai/gpt-image-1", prompt="a cat",
             image=[PICTURE, PICTURE], mask=PICTURE, n=2, size="1024x1024", **NO_PROMPT),
        case("mixed_image_two", answer(two), function="aimage_generation", model="openai/gpt-image-1", prompt="a cat",
             n=2, background="opaque", output_format="webp", moderation="low", **NO_PROMPT),
        case("mixed_image_variation", answer({"created": 1, "data": [{"url": "https://example.org/i.png"}]}),
             function="aimage_variation", model="openai/dall-e-2", image=PICTURE, **NO_PROMPT),
        case("mixed_image_gemini", answer({"predictions": [{"bytesBase64Encoded": PNG, "mimeType": "image/png"}]}),
             function="aimage_generation", model="gemini/imagen-4.0-generate-001", prompt="a cat", path="",
             **NO_PROMPT),
        case("mixed_audio_both", chat({"content": None, "audio": audio}, usage=spoken), messages=heard,
             model="openai/gpt-4o-audio-preview", modalities=["text", "audio"],
             audio={"voice": "alloy", "format": "wav"}),
        case("mixed_text_stream", events(*pieces, {**pieces[0], "choices": [], "usage": {
             "prompt_tokens": 1, "completion_tokens": 4, "total_tokens": 5}}), prompt="Tell", stream=True, n=2,
             echo=True, stream_options={"include_usage": True}, **text),
        case("mixed_text_logprobs", ended, prompt=["Tell"], n=2, echo=True, logprobs=1, best_of=2, suffix="!", **text),
        case("mixed_text_tokens", completion("A"), prompt=[[1, 2], [3]], **text),
        case("mixed_text_failure_masked", error(400, "bad"), prompt="Tell", metadata={
             "existing_trace_id": "t", "mask_input": True}, num_retries=0, **text),
        case("mixed_moderation_429", error(429, "slow down", "rate_limit_error"), function="amoderation", input="hate",
             model="omni-moderation-latest", metadata={"trace_id": "t", "session_id": "s"}, **NO_PROMPT),
        case("mixed_moderation_parts", answer(MODERATED), function="amoderation", model="openai/omni-moderation-latest",
             input=[{"type": "text", "text": "x"}], metadata={"trace_id": "t", "tags": ["m"]}, **NO_PROMPT),
        case("mixed_redact_responses_stream", responses_stream(started, finished), stream=True, **ask, **quiet),
        case("mixed_redact_messages_stream", anthropic_stream(), function="anthropic.messages.acreate", max_tokens=9,
             path="", model="anthropic/claude-sonnet-4-5", stream=True, **quiet),
        case("mixed_redact_text_stream", events(*pieces), prompt="Tell", stream=True, n=2, **text, **quiet),
        case("mixed_redact_speech", {"type": "audio/mpeg", "base64": MP3["base64"]}, function="aspeech", input="Tag",
             voice="alloy", model="openai/tts-1", **NO_PROMPT, **quiet),
        case("mixed_redact_moderation", answer(MODERATED), function="amoderation", input="x",
             model="omni-moderation-latest", **NO_PROMPT, **quiet),
        case("mixed_redact_audio", chat({"content": None, "audio": audio}, usage=spoken), messages=heard,
             model="openai/gpt-4o-audio-preview", **quiet),
        case("mixed_redact_tool_results", chat({"content": "7"}), messages=[
             *HELLO, {"role": "assistant", "content": None, "tool_calls": [TOOL_CALL]},
             {"role": "tool", "tool_call_id": "call_abc123", "content": "7"}], tools=[TOOL], **quiet),
        case("mixed_redact_grounding", gemini({"text": "Bern"}, groundingMetadata={"webSearchQueries": ["q"]}),
             model="gemini/gemini-2.5-flash", path="", tools=[{"googleSearch": {}}], **quiet),
        case("mixed_guardrail_odd", chat(), metadata={
             "trace_id": "t", "parent_observation_id": "o", "standard_logging_guardrail_information": [
             {**ENTRY, "start_time": None, "guardrail_request": None}, {**ENTRY, "guardrail_mode": {"tags": {"a": "b"}},
              "guardrail_response": {"x": None}, "end_time": 1795425657}, {"guardrail_name": None}]}),
        case("mixed_data_in_tool", chat(), messages=[
             *HELLO, {"role": "assistant", "content": None, "tool_calls": [TOOL_CALL]},
             {"role": "tool", "tool_call_id": "call_abc123", "content": [
              {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}]}], tools=[TOOL]),
    ]  # fmt: skip


def _proxied() -> list[Json]:
    blocks = (
        ({"type": "thinking", "thinking": ""}, [{"type": "thinking_delta", "thinking": "Hm."},
                                                {"type": "signature_delta", "signature": "c2ln"}]),
        ({"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}},
         [{"type": "input_json_delta", "partial_json": '{"city": "Bern"}'}]),
    )  # fmt: skip
    claude: Json = {"path": "/v1/messages", "model": "anthropic/claude-sonnet-4-5", "base": ""}
    image = {"image": ["cat.png", "not really", "image/png"]}
    one = {"created": 1, "data": [{"b64_json": PNG}], "usage": {"input_tokens": 13, "output_tokens": 272,
           "total_tokens": 285, "input_tokens_details": {"text_tokens": 13, "image_tokens": 0}}}  # fmt: skip
    return [
        asked("mixed_all", chat(), key="sk-team", headers={
              "x-litellm-tags": "h1,h2", "x-litellm-spend-logs-metadata": '{"job": 5}', "x-litellm-end-user-id": "eu",
              "langfuse_session_id": "s-h", "langfuse_trace_user_id": "u-h", "langfuse_version": "3",
              "x-litellm-trace-id": "trace-9"}, body={
              "user": "body-user", "metadata": {"tags": ["own"], "session_id": "s-b", "trace_metadata": {"a": None}}}),
        asked("mixed_existing_stream", chat_stream(), key="sk-alias", body={"stream": True, "metadata": {
              "existing_trace_id": "t-0", "parent_observation_id": "o-1", "generation_name": "g"}}),
        asked("mixed_guarded_failure", error(500), key="sk-team", body={"guardrails": ["pre_call"]}, headers={
              "x-litellm-session-id": SESSION}),
        asked("mixed_redacted_team_stream", chat_stream(), key="sk-team", body={"stream": True}, headers={
              "x-litellm-enable-message-redaction": "true", "langfuse_mask_output": "true"}),
        asked("mixed_messages_tools", anthropic_stream(*blocks), key="sk-team", headers={
              "langfuse_trace_name": "turn", "x-session-id": SESSION, "anthropic-beta": "x"}, body={
              "max_tokens": 9, "stream": True, "thinking": {"type": "enabled", "budget_tokens": 1024},
              "tools": [{"name": "get_weather", "input_schema": SCHEMA}], "system": "Be brief.",
              "metadata": {"user_id": "u-1"}, "litellm_metadata": {"tags": ["lm"]}}, **claude),
        asked("mixed_messages_openai", chat({"content": None, "tool_calls": [TOOL_CALL]}, finish="tool_calls"),
              path="/v1/messages", key="sk-alias", body={"max_tokens": 9, "stop_sequences": ["x"]}),
        asked("mixed_messages_redacted", anthropic(), key="sk-team", body={"max_tokens": 9}, headers={
              "x-litellm-enable-message-redaction": "true"}, **claude),
        asked("mixed_responses_claude", anthropic(), path="/v1/responses", model="anthropic/claude-sonnet-4-5", base="",
              key="sk-team", body={"input": "hi", "instructions": "Be brief.", "user": "eu"}),
        asked("mixed_responses_all", responses(), path="/v1/responses", key="sk-team", headers={
              "langfuse_existing_trace_id": "t-0", "langfuse_generation_name": "g", "langfuse_tags": "x"}, body={
              "input": "hi", "metadata": {"session_id": "s-b", "tags": "x"}, "previous_response_id": "resp_0"}),
        asked("mixed_image_edit", answer(one), path="/v1/images/edits", model="openai/gpt-image-1", files=image,
              body={"prompt": "a cat"}, key="sk-team"),
        asked("mixed_embedding_base64", embeddings(), path="/v1/embeddings", model="openai/text-embedding-3-small",
              body={"input": "a", "encoding_format": "base64", "user": "eu"}, key="sk-alias", headers={
              "langfuse_trace_id": "h-e"}),
        asked("mixed_text_stream", events(
              {"id": "cmpl-2", "object": "text_completion", "created": 1, "model": "gpt-3.5-turbo-instruct",
               "choices": [{"index": 0, "text": "Once", "finish_reason": "stop", "logprobs": None}]}),
              path="/v1/completions", model="text-completion-openai/gpt-3.5-turbo-instruct",
              body={"prompt": "Tell", "stream": True, "n": 1}, key="sk-team"),
        asked("mixed_moderation_failure", error(429, "slow"), path="/v1/moderations", key="sk-team",
              model="openai/omni-moderation-latest", body={"input": "hi"}),
        asked("mixed_debug_headers", chat(), key="sk-team", headers={
              "langfuse_debug_langfuse": "true", "langfuse_trace_public": "1", "langfuse_trace_custom": "c"}),
        asked("mixed_keys_redacted_debug", chat(), key="sk-team", body={"user": "eu", "metadata": {
              "debug_langfuse": True}}, settings={"redact_user_api_key_info": True}, mapping={
              "redact_user_api_key_info": True}),
        asked("mixed_gemini_stream", gemini_stream(gemini_body({"text": "Sa"}), gemini_body({"text": "lut"})),
              model="gemini/gemini-2.5-flash", base="", key="sk-team", body={"stream": True, "user": "eu"}),
        asked("mixed_gemini_native_stream", gemini_stream(gemini_body({"text": "Sa"}), gemini_body({"text": "lut"})),
              path="/v1beta/models/proxy_mixed_gemini_native_stream:streamGenerateContent?alt=sse", base="",
              model="gemini/gemini-2.5-flash", body={"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}),
    ]  # fmt: skip


CASES = [*_steered(), *_streams(), *_providers(), *_media(), *_proxied()]
