"""What an application puts around its calls: routers, caches, redaction, guardrails."""

from __future__ import annotations

from typing import Any

from tests.parity.cases_chat import DETAILED, TOOL, case
from tests.parity.cases_other import MP3, NO_PROMPT
from tests.parity.replies import (
    TOOL_CALL,
    answer,
    anthropic,
    chat,
    chat_stream,
    completion,
    embeddings,
    error,
    gemini,
    responses,
)

Json = dict[str, Any]


def _router() -> list[Json]:
    def deployment(case_name: str, group: str, model: str = "openai/gpt-4o", **more: Any) -> Json:
        info = more.pop("model_info", {"id": f"id-{group}"})
        params = {"model": model, "api_key": "sk-1", "api_base": f"PROVIDER/{case_name}/v1", **more}
        return {"model_name": group, "litellm_params": params, "model_info": info}

    def routed(name: str, *replies: Json, router: Json, **arguments: Any) -> Json:
        one = case(name, *replies, **({"model": "group", "api_key": ..., "api_base": ...} | arguments))
        if "model_list" not in router:
            router = {"model_list": [deployment(name, "group")], "num_retries": 0, **router}
        return {**one, "router": router}

    two = [deployment("router_fallback", "group"), deployment("router_fallback", "other", "openai/gpt-4o-mini")]
    azure = deployment("router_azure", "group", "azure/mine", api_version="2024-10-21",
                       model_info={"id": "az", "base_model": "azure/gpt-4o", "input_cost_per_token": 1e-6})  # fmt: skip
    none = {"num_retries": 0, "disable_cooldowns": True}
    return [
        routed("router", chat(), router={}),
        routed("router_stream", chat_stream(), router={}, stream=True),
        routed("router_sync", chat(), router={}, function="completion"),
        routed("router_retry", error(500), chat(), router={"num_retries": 2}),
        routed("router_exhausted", error(500), router={"num_retries": 1, "disable_cooldowns": True}),
        routed("router_fallback", error(500), chat(), router={
               "model_list": two, "fallbacks": [{"group": ["other"]}], **none}),
        routed("router_fallback_exhausted", error(500), router={
               "model_list": [{**d, "litellm_params": {**d["litellm_params"], "api_base":
                               "PROVIDER/router_fallback_exhausted/v1"}} for d in two],
               "fallbacks": [{"group": ["other"]}], **none}),
        routed("router_azure", chat(), router={"model_list": [azure], **none}),
        routed("router_unknown_group", router={}, model="nobody"),
        routed("router_embedding", embeddings(), router={"model_list": [
               deployment("router_embedding", "group", "openai/text-embedding-3-small")], **none},
               function="aembedding", input=["a"], **NO_PROMPT),
        routed("router_responses", responses(), router={}, function="aresponses", input="hi", **NO_PROMPT),
        routed("router_messages", anthropic(), router={"model_list": [
               deployment("router_messages", "group", "anthropic/claude-sonnet-4-5",
                          api_base="PROVIDER/router_messages")], **none}, function="aanthropic_messages", max_tokens=9),
        routed("router_rerank", answer({"id": "rr", "results": [{"index": 0, "relevance_score": 0.9}]}), router={
               "model_list": [deployment("router_rerank", "group", "cohere/rerank-v3.5",
                              api_base="PROVIDER/router_rerank")], **none},
               function="arerank", query="q", documents=["a"], **NO_PROMPT),
        routed("router_tags", chat(), router={}, metadata={"tags": ["t1", "t2"], "session_id": "s-1"}),
        routed("router_gemini", gemini(), router={"model_list": [
               deployment("router_gemini", "group", "gemini/gemini-2.5-flash", api_base="PROVIDER/router_gemini")],
               **none}),
        routed("router_bedrock_name", mock_response="Salut", router={"model_list": [
               deployment("router_bedrock_name", "group", "bedrock/anthropic.claude-3-haiku-20240307-v1:0")], **none}),
    ]  # fmt: skip


def _settings() -> list[Json]:
    cache = {"cache": {"$python": "litellm.Cache(type='local')"}}
    quiet = {"turn_off_message_logging": True}
    tool_answer = chat({"content": None, "tool_calls": [TOOL_CALL]}, finish="tool_calls")
    thinking = {"type": "thinking", "thinking": "He greets.", "signature": "c2ln"}
    redacted = {"settings": quiet}
    twice = [
        case("cache_twice", chat(), caching=True, settings=cache),
        case("cache_stream", chat_stream(), caching=True, stream=True, settings=cache),
        case("cache_embedding", embeddings(2), caching=True, settings=cache, function="aembedding",
             input=["a", "b"], model="openai/text-embedding-3-small", **NO_PROMPT),
        case("cache_sync", chat(), caching=True, settings=cache, function="completion"),
        case("cache_responses", responses(), caching=True, settings=cache, function="aresponses", input="hi",
             **NO_PROMPT),
        case("cache_text", completion("Once"), caching=True, settings=cache, function="atext_completion",
             prompt="Tell", model="text-completion-openai/gpt-3.5-turbo-instruct", **NO_PROMPT),
    ]  # fmt: skip
    for one in twice:
        one["calls"] *= 2
    return [
        *twice,
        case("redact", chat(), **redacted),
        case("redact_tools", tool_answer, tools=[TOOL], **redacted),
        case("redact_stream", chat_stream(), stream=True, **redacted),
        case("redact_failure", error(400, "bad", "invalid_request_error"), num_retries=0, **redacted),
        case("redact_embedding", embeddings(), function="aembedding", input=["a"], **NO_PROMPT,
             model="openai/text-embedding-3-small", **redacted),
        case("redact_responses", responses(), function="aresponses", input="hi", **NO_PROMPT, **redacted),
        case("redact_text", completion("Once"), function="atext_completion", prompt="Tell", **NO_PROMPT,
             model="text-completion-openai/gpt-3.5-turbo-instruct", **redacted),
        case("redact_thinking", anthropic(thinking, {"type": "text", "text": "Salut"}), path="",
             model="anthropic/claude-sonnet-4-5", **redacted),
        case("redact_choices", chat({"content": "A"}, {"content": "B"}), n=2, **redacted),
        case("redact_transcription", answer({"text": "Guten Tag"}), function="atranscription", file=MP3,
             model="openai/whisper-1", **NO_PROMPT, **redacted),
        case("redact_image", answer({"created": 1, "data": [{"url": "https://example.org/i.png"}]}),
             function="aimage_generation", prompt="a cat", model="openai/dall-e-3", **NO_PROMPT, **redacted),
        case("redact_rerank", answer({"id": "rr", "results": [{"index": 0, "relevance_score": 0.9}]}), path="",
             function="arerank", query="q", documents=["a"], model="cohere/rerank-v3.5", **NO_PROMPT, **redacted),
        case("redact_messages", anthropic(), function="anthropic.messages.acreate", max_tokens=9, path="",
             model="anthropic/claude-sonnet-4-5", **redacted),
        case("redact_dynamic", chat(), turn_off_message_logging=True),
        case("redact_keys", chat(), settings={"redact_user_api_key_info": True}, metadata={
             "user_api_key_alias": "alias", "user_api_key_team_id": "t", "trace_id": "tr-rk"},
             mapping={"redact_user_api_key_info": True}),
        case("log_no_prompt", chat(), **{"no-log": True}),
        case("mask_function", chat(), metadata={"trace_id": "tr-mf", "langfuse_masking_function": {
             "$python": "lambda text: text.replace('Gr', 'xx') if isinstance(text, str) else text"}}),
        case("reasoning_merged", chat({"content": "4", "reasoning_content": "2+2"}, usage=DETAILED),
             model="deepseek/deepseek-reasoner", merge_reasoning_content_in_choices=True),
    ]  # fmt: skip


def _spans() -> list[Json]:
    entry = {
        "guardrail_name": "presidio", "guardrail_mode": "pre_call", "guardrail_request": {"text": "hi"},
        "guardrail_response": [{"entity_type": "PERSON"}], "guardrail_status": "success",
        "start_time": 1795425657.25, "end_time": 1795425657.5, "duration": 0.25, "masked_entity_count": {"PERSON": 1},
    }  # fmt: skip
    blocked = {**entry, "guardrail_name": "bedrock", "guardrail_mode": "post_call", "guardrail_response": "blocked",
               "guardrail_status": "guardrail_intervened", "masked_entity_count": None}  # fmt: skip
    poor = {"guardrail_name": "poor", "guardrail_status": "success"}

    def guarded(name: str, found: Any, *replies: Json, **more: Any) -> Json:
        return case(name, *replies, metadata={
            "trace_id": f"tr-{name}", "standard_logging_guardrail_information": found}, **more)  # fmt: skip

    return [
        guarded("guardrail_one", entry, chat()),
        guarded("guardrail_several", [entry, blocked, poor], chat()),
        guarded("guardrail_stream", [entry], chat_stream(), stream=True),
        guarded("guardrail_failure", [blocked], error(400, "blocked"), num_retries=0),
        guarded("guardrail_existing", [entry], chat()),
        guarded("guardrail_modes", [{**entry, "guardrail_mode": ["pre_call", "post_call"]}], chat()),
    ]


CASES = [*_router(), *_settings(), *_spans()]
