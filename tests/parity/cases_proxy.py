"""Requests to LiteLLM's proxy: keys and teams, headers, tags, routes, failures."""

from __future__ import annotations

from typing import Any

from tests.parity.cases_chat import HELLO, TOOL
from tests.parity.replies import (
    answer,
    anthropic,
    anthropic_stream,
    chat,
    chat_stream,
    completion,
    embeddings,
    error,
    gemini,
    responses,
    responses_body,
    responses_stream,
)

Json = dict[str, Any]

SESSION = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"


def asked(
    name: str,
    *replies: Json,
    path: str = "/v1/chat/completions",
    model: str = "openai/gpt-4o",
    base: str = "/v1",
    key: str = "sk-plain",
    headers: Any = None,
    body: Any = None,
    **more: Any,
) -> Json:
    """A case of one request for a model of the case's own name."""
    name = f"proxy_{name}"
    params = {"model": model, "api_base": f"PROVIDER/{name}{base}", "api_key": "sk-1"}
    request = {"path": path, "key": key, "headers": headers or {}}
    wanted = {"messages": HELLO} if "chat" in path or "messages" in path else {}
    if "files" not in more:
        request["json"] = {"model": name, **wanted, **(body or {})}
    else:
        request |= {"files": more.pop("files"), "data": {"model": name, **(body or {})}}
    models = [{"model_name": name, "litellm_params": params, "model_info": {"id": f"id-{name}"}}]
    return {"case": name, "replies": list(replies), "models": models, "requests": [request], **more}  # fmt: skip


def _chats() -> list[Json]:
    return [
        asked("chat", chat()),
        asked("chat_stream", chat_stream(), body={"stream": True}),
        asked("chat_alias", chat(), key="sk-alias"),
        asked("chat_team", chat(), key="sk-team"),
        asked("chat_team_stream", chat_stream(), key="sk-team", body={"stream": True, "user": "end-user"}),
        asked("chat_user", chat(), body={"user": "end-user"}),
        asked("chat_metadata", chat(), key="sk-team", body={"metadata": {
            "tags": ["own"], "trace_id": "t-1", "session_id": "s-1", "trace_name": "turn", "generation_name": "g",
            "trace_user_id": "u", "k": {"n": [1]}, "parent_observation_id": "o"}}),
        asked("chat_litellm_metadata", chat(), body={"litellm_metadata": {"tags": ["lm"], "trace_id": "t-lm"}}),
        asked("chat_tags_header", chat(), headers={"x-litellm-tags": "a,b"}, body={"tags": ["body"]}),
        asked("chat_langfuse_headers", chat(), key="sk-alias", headers={
            "langfuse_trace_id": "h-1", "langfuse_session_id": "s-1", "langfuse_trace_name": "turn",
            "langfuse_trace_user_id": "u-1", "langfuse_generation_name": "g", "langfuse_trace_release": "r",
            "langfuse_existing_trace_id": "h-0"}),
        asked("chat_langfuse_headers_over", chat(), headers={"langfuse_trace_id": "h-1", "langfuse_mask_input": "true"},
              body={"metadata": {"trace_id": "b-1", "mask_output": True}}),
        asked("chat_session_header", chat(), headers={"x-litellm-session-id": SESSION}),
        asked("chat_own_session_header", chat(), headers={"x-claude-code-session-id": SESSION}),
        asked("chat_trace_header", chat(), headers={"x-litellm-trace-id": "trace-7"}),
        asked("chat_both_headers", chat(), headers={"x-litellm-trace-id": "trace-7", "x-litellm-session-id": SESSION}),
        asked("chat_call_id", chat(), headers={"x-litellm-call-id": "call-7"}),
        asked("chat_spend_header", chat(), headers={"x-litellm-spend-logs-metadata": '{"a": "b"}'}),
        asked("chat_end_user_header", chat(), headers={"x-litellm-end-user-id": "eu-2", "x-litellm-customer-id": "c"}),
        asked("chat_codex", chat(), headers={"user-agent": "codex_cli_rs/0.9", "session_id": SESSION}),
        asked("chat_own_headers", chat(), headers={"x-own": "1", "x-api-version": "2", "referer": "http://r"}),
        asked("chat_redacted", chat(), headers={"x-litellm-enable-message-redaction": "true"}),
        asked("chat_tools", chat(), body={"tools": [TOOL], "temperature": 0.1, "stop": ["x"], "n": 1}),
        asked("chat_keys_redacted", chat(), key="sk-team", body={"user": "end-user"}, settings={
              "redact_user_api_key_info": True}, mapping={"redact_user_api_key_info": True}),
        asked("chat_cookie", chat(), headers={"cookie": "session=1", "x-api-key": "sk-plain", "x-secret-thing": "1"}),
        asked("chat_guarded", chat(), body={"guardrails": ["pre_call"]}),
        asked("chat_guarded_twice", chat(), key="sk-team", body={"guardrails": ["pre_call", "post_call"]}),
        asked("chat_guarded_stream", chat_stream(), body={"guardrails": ["pre_call"], "stream": True}),
        asked("chat_forbidden", chat(), body={"guardrails": ["pre_call"], "messages": [
              {"role": "user", "content": "forbidden"}]}),
        asked("chat_debug", chat(), key="sk-team", body={"metadata": {"debug_langfuse": True, "x": 1}}),
        asked("chat_no_log", chat(), body={"no-log": True}),
        asked("chat_cached", chat(), body={"cache": {"no-cache": True}}),
        asked("chat_mock", body={"mock_response": "mocked"}),
        asked("chat_anthropic", anthropic(), model="anthropic/claude-sonnet-4-5", base=""),
        asked("chat_gemini", gemini(), model="gemini/gemini-2.5-flash", base=""),
        asked("chat_default_tags", chat(), key="sk-team", settings={"langfuse_default_tags": [
              "user_api_key_alias", "user_api_key_team_id", "cache_hit", "model_group", "requester_ip_address"]},
              mapping={"default_tags": ("user_api_key_alias", "user_api_key_team_id", "cache_hit", "model_group",
                                        "requester_ip_address")}),
    ]  # fmt: skip


def _routes() -> list[Json]:
    started = {"type": "response.created", "response": responses_body(status="in_progress", output=[]),
               "sequence_number": 0}  # fmt: skip
    ended = {"type": "response.completed", "response": responses_body(), "sequence_number": 2}
    audio = {"file": ["speech.mp3", "ID3 no sound", "audio/mpeg"]}
    ranked = {"id": "rr-1", "results": [{"index": 0, "relevance_score": 0.9}],
              "meta": {"billed_units": {"search_units": 1}}}  # fmt: skip
    moderated = {"id": "m", "model": "omni-moderation-latest", "results": [
                 {"flagged": False, "categories": {}, "category_scores": {}}]}  # fmt: skip
    return [
        asked("responses", responses(), path="/v1/responses", body={"input": "hi"}, key="sk-team"),
        asked("responses_metadata", responses(), path="/v1/responses", key="sk-alias", body={
              "input": [{"role": "user", "content": "hi"}], "metadata": {"k": "v", "trace_id": "t-r"},
              "litellm_metadata": {"generation_name": "g", "tags": ["lm"]}}),
        asked("responses_headers", responses(), path="/v1/responses", key="sk-team", body={"input": "hi"}, headers={
              "langfuse_trace_id": "h-r", "langfuse_trace_name": "turn", "x-litellm-session-id": SESSION}),
        asked("responses_session", responses(), path="/v1/responses", body={"input": "hi"}, headers={
              "x-litellm-session-id": SESSION}),
        asked("responses_stream", responses_stream(started, ended), path="/v1/responses", key="sk-team",
              body={"input": "hi", "stream": True}),
        asked("responses_failure", error(400, "bad", "invalid_request_error"), path="/v1/responses", key="sk-team",
              body={"input": "hi"}),
        asked("messages", anthropic(), path="/v1/messages", model="anthropic/claude-sonnet-4-5", base="", key="sk-team",
              body={"max_tokens": 9, "metadata": {"user_id": "user_x_session_y"}}),
        asked("messages_stream", anthropic_stream(), path="/v1/messages", model="anthropic/claude-sonnet-4-5", base="",
              key="sk-alias", body={"max_tokens": 9, "stream": True}, headers={"x-claude-code-session-id": SESSION}),
        asked("messages_headers", anthropic(), path="/v1/messages", model="anthropic/claude-sonnet-4-5", base="",
              body={"max_tokens": 9}, headers={"langfuse_trace_id": "h-m", "langfuse_session_id": "s-m"}),
        asked("messages_failure", error(529, "busy"), path="/v1/messages", model="anthropic/claude-sonnet-4-5", base="",
              body={"max_tokens": 9}, key="sk-team"),
        asked("text", completion("Once"), path="/v1/completions", model="text-completion-openai/gpt-3.5-turbo-instruct",
              body={"prompt": "Tell"}, key="sk-team"),
        asked("embedding", embeddings(), path="/v1/embeddings", model="openai/text-embedding-3-small",
              body={"input": ["a"]}, key="sk-team"),
        asked("image", answer({"created": 1, "data": [{"url": "https://example.org/i.png"}]}), key="sk-team",
              path="/v1/images/generations", model="openai/dall-e-3", body={"prompt": "a cat"}),
        asked("transcription", answer({"text": "Guten Tag"}), path="/v1/audio/transcriptions", model="openai/whisper-1",
              files=audio, key="sk-team"),
        asked("speech", {"type": "audio/mpeg", "text": "ID3"}, path="/v1/audio/speech", model="openai/tts-1",
              body={"input": "hi", "voice": "alloy"}, key="sk-team"),
        asked("moderation", answer(moderated), path="/v1/moderations", model="openai/omni-moderation-latest",
              body={"input": "hi"}, key="sk-team"),
        asked("rerank", answer(ranked), path="/v1/rerank", model="cohere/rerank-v3.5", base="",
              body={"query": "q", "documents": ["a"]}, key="sk-team"),
        asked("passed_through", chat(), path="/house/chat", settings={"_async_success_callback": {"$python": (
              "[litellm_kafka.handler, logging_._init_custom_logger_compatible_class('langfuse', None, None)]")}},
              pass_through=[
              {"path": "/house/chat", "target": "PROVIDER/proxy_passed_through/v1/chat/completions", "auth": True}]),
        asked("gemini_native", gemini(), path="/v1beta/models/proxy_gemini_native:generateContent", base="",
              model="gemini/gemini-2.5-flash", body={"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}),
    ]  # fmt: skip


def _failures() -> list[Json]:
    return [
        asked("failure_429", error(429, "slow down", "rate_limit_error"), key="sk-team"),
        asked("failure_500_stream", error(500), body={"stream": True}, key="sk-alias"),
        asked("failure_key", key="sk-unknown"),
        asked("failure_model", body={"model": "nobody"}, key="sk-team"),
        asked("failure_body", error(400, "bad", "invalid_request_error"), body={"messages": "nonsense"}),
        asked("failure_headers", error(400, "bad", "invalid_request_error"), key="sk-team", headers={
              "langfuse_trace_id": "h-f", "langfuse_trace_name": "failed turn"}),
        asked("failure_embedding", error(400, "bad"), path="/v1/embeddings", model="openai/text-embedding-3-small",
              body={"input": ["a"]}, key="sk-team"),
    ]  # fmt: skip


CASES = [*_chats(), *_routes(), *_failures()]
