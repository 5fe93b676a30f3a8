"""Streams of several things at once, and streams and answers of providers with an API of their own."""

from __future__ import annotations

import json
from typing import Any

from tests.parity.cases_chat import AWS, DETAILED, HELLO, PNG, SCHEMA, TOOL, case
from tests.parity.cases_other import MP3, NO_PROMPT
from tests.parity.replies import (
    answer,
    anthropic_stream,
    bedrock_stream,
    chat,
    chat_stream,
    embeddings,
    error,
    events,
    gemini,
    gemini_body,
    gemini_stream,
    responses,
)

Json = dict[str, Any]


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
             "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 2, "totalTokenCount": 10,
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


CASES = [*_streams(), *_providers()]
