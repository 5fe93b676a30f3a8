"""Several kinds of wishes in one call, through the SDK and through the proxy."""

from __future__ import annotations

from typing import Any

from tests.parity.cases_chat import HELLO, PNG, SCHEMA, case
from tests.parity.cases_proxy import SESSION, asked
from tests.parity.replies import (
    TOOL_CALL,
    answer,
    anthropic,
    anthropic_stream,
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

ENTRY = {
    "guardrail_name": "presidio", "guardrail_mode": "pre_call", "guardrail_response": [{"entity_type": "PERSON"}],
    "guardrail_status": "success", "start_time": 1795425657.25, "end_time": 1795425657.5,
}  # fmt: skip
PROMPT = {"name": "greet", "version": 3, "prompt": "Say", "config": {}, "labels": [], "tags": []}


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


# The callback hears of what the proxy passes through only where it stands among the asynchronous ones.
LANGFUSE = "logging_._init_custom_logger_compatible_class('langfuse', None, None)"
HEARD = {"_async_success_callback": {"$python": f"[litellm_kafka.handler, {LANGFUSE}]"}}


def _passed() -> list[Json]:
    def passed(name: str, *replies: Json, path: str, **more: Any) -> Json:
        where = f"PROVIDER/proxy_passed_{name}"
        environ = {"ANTHROPIC_API_BASE": where, "ANTHROPIC_API_KEY": "sk-a", "GEMINI_API_BASE": where,
                   "GEMINI_API_KEY": "g", "OPENAI_API_BASE": where, "OPENAI_API_KEY": "sk-o"}  # fmt: skip
        return asked(f"passed_{name}", *replies, path=path, settings=HEARD, environ=environ, key="sk-team", **more)

    def house(name: str, *replies: Json, **more: Any) -> Json:
        entry: Json = {"path": f"/house/{name}", "target": f"PROVIDER/proxy_passed_{name}/any", "auth": True}
        return passed(name, *replies, path=entry["path"], pass_through=[entry], **more)

    claude = {"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": HELLO}
    contents = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
    flash = "/gemini/v1beta/models/gemini-2.5-flash"
    return [
        passed("claude", anthropic(), path="/anthropic/v1/messages", headers={"langfuse_trace_name": "turn"}, body={
               **claude, "litellm_metadata": {"tags": ["x"], "trace_id": "t", "session_id": "s"}}),
        passed("claude_stream", anthropic_stream(), path="/anthropic/v1/messages", body={**claude, "stream": True}),
        passed("gemini_stream", gemini_stream(gemini_body({"text": "Sa"}), gemini_body({"text": "lut"})), body=contents,
               path=f"{flash}:streamGenerateContent?alt=sse&key=sk-team"),
        passed("openai_stream", chat_stream(), path="/openai/v1/chat/completions", body={
               "model": "gpt-4o", "messages": HELLO, "stream": True}),
        house("object", answer({"x": 1}), body={"a": 1, "litellm_metadata": {"generation_name": "g"}}),
        house("list", answer([1, 2]), body={"a": 1}),
        house("text", {"type": "text/plain", "text": "hello"}, body={"a": 1}),
    ]  # fmt: skip


def _google() -> list[Json]:
    flash: Json = {"model": "gemini/gemini-2.5-flash", "path": "", "messages": ..., "contents": [
                   {"role": "user", "parts": [{"text": "hi"}]}]}  # fmt: skip
    return [
        case("mixed_generate", gemini(), function="agenerate_content", **flash),
        case("mixed_generate_stream", gemini_stream(gemini_body({"text": "Sa"}), gemini_body({"text": "lut"})),
             function="google_genai.agenerate_content_stream", **flash),
        case("mixed_generate_claude", anthropic(), function="agenerate_content", **(flash | {
             "model": "anthropic/claude-sonnet-4-5"})),
    ]  # fmt: skip


CASES = [*_steered(), *_proxied(), *_passed(), *_google()]
