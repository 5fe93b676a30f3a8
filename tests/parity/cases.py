"""All cases, and where shipper means to be unlike LiteLLM's callback in one of them."""

from __future__ import annotations

from tests.parity.cases_around import CASES as AROUND
from tests.parity.cases_chat import CASES as CHAT
from tests.parity.cases_mixed import CASES as MIXED
from tests.parity.cases_mixed_media import CASES as MIXED_MEDIA
from tests.parity.cases_mixed_streams import CASES as MIXED_STREAMS
from tests.parity.cases_other import CASES as OTHER
from tests.parity.cases_providers import CASES as PROVIDERS
from tests.parity.cases_proxy import CASES as PROXY
from tests.parity.cases_rare import CASES as RARE
from tests.parity.cases_steering import CASES as STEERING

CASES = [*CHAT, *PROVIDERS, *OTHER, *AROUND, *STEERING, *PROXY, *RARE, *MIXED, *MIXED_STREAMS, *MIXED_MEDIA]
assert len({case["case"] for case in CASES}) == len(CASES)

# Case and the beginnings of the differences that are meant in it, beside those that `comparison` knows by rule.
MEANT: dict[str, tuple[str, ...]] = {
    # An empty text is no id: LiteLLM's SDK makes one up.
    "steer_trace_id_empty": ("generation-create.body.traceId",),
    # Langfuse filters observations by their own environment.
    "steer_trace_environment": ("generation-create.body.environment",),
    # LiteLLM's callback loses the generation: its SDK raises for such a prompt, or for such a value of a parameter.
    "steer_prompt_text": ("['trace-create', 'generation-create']",),
    "steer_header_prompt": ("['trace-create', 'generation-create']",),
    "fine_tuning": ("['trace-create', 'generation-create']",),
    # Credentials.
    "odd_secret_params": ("generation-create.body.modelParameters.extra_body",),
    "proxy_chat_cookie": ("generation-create.body.metadata.requester_",),
    # A function over the texts is known inside LiteLLM alone: our callback applies it before it writes.
    "mask_function": ("trace-create.body.input", "generation-create.body.input"),
    # Films are billed by the second: no tokens are not 0 tokens.
    "video": ("generation-create.body.usage",),
    # An empty text is none: neither a name nor a user.
    "mixed_stream_all": ("trace-create.body.userId", "generation-create.body.name"),
    "mixed_caller_names": ("generation-create.body.name",),
    "mixed_headers_existing": ("trace-create.body", "generation-create.body.traceId"),
    # That, and an id by a name that nobody would think of.
    "mixed_trace_names": ("trace-create.body", "generation-create.body.traceId"),
    # LiteLLM's callback loses the call, or its trace: its SDK raises.
    "mixed_headers_over": ("['trace-create', 'generation-create']",),
    "mixed_trace_numbers": ("['trace-create', 'generation-create']",),
    "mixed_tags_redacted": ("['trace-create', 'generation-create']",),
    # The sound of a redacted answer, which LiteLLM shows, but not in its payload.
    "mixed_redact_audio": ("trace-create.body.output.audio", "generation-create.body.output.audio"),
    # Our callback gives the payload's messages, with the system prompt in them, and of a request that the proxy
    # refused no prompt among the parameters.
    "messages_thinking": ("trace-create.body.input.messages", "generation-create.body.input.messages"),
    "proxy_mixed_messages_tools": ("trace-create.body.input.messages", "generation-create.body.input.messages"),
    "proxy_failure_key": ("generation-create.body.modelParameters.messages",),
    "proxy_failure_model": ("generation-create.body.modelParameters.messages",),
}

# What of it is kept in tests/golden/parity, for those who have no oracle at hand.
KEPT = (
    "chat_choices", "chat_vision_url", "chat_audio_out", "chat_tier_flex",
    "chat_parameters", "chat_tool_results", "chat_functions", "chat_web_search", "chat_no_usage",
    "chat_base_model", "chat_by_responses", "stream_tools", "stream_choices", "stream_thought", "stream_broken",
    "anthropic_thinking", "anthropic_web_search", "anthropic_cached", "messages_stream", "gemini_thinking",
    "gemini_grounding", "gemini_image_out", "bedrock_stream", "other_cohere",
    "other_perplexity", "other_openrouter", "embedding_gemini", "image_tokens", "transcription_verbose",
    "speech", "moderation", "responses_tools", "responses_stream", "responses_web_search",
    "failure_timeout", "router_fallback", "router_azure", "cache_stream", "redact_tools",
    "redact_text", "redact_image", "guardrail_several", "steer_header_all", "steer_prompt_chat",
    "steer_session_header_codex", "steer_update_text", "steer_debug", "steer_default_tags",
    "steer_mix_15", "proxy_chat_team", "proxy_responses_headers",
    "proxy_messages_stream", "proxy_failure_key", "proxy_passed_through", "search",
    "mixed_prompt_odd", "mixed_headers_case", "mixed_stream_tools_thought", "mixed_cache_partly", "mixed_xai_reasoning",
    "mixed_guardrail_odd",
)  # fmt: skip

# Likewise of LiteLLM's callback on the OTLP wire, in tests/golden/otlp/parity.
KEPT_SPANS = (
    "mixed_failure_guardrail", "steer_trace_output_failed", "mixed_stream_thinking_tools", "guardrail_several",
    "responses_tools", "redact_text", "mixed_audio_both", "steer_update_text", "proxy_mixed_messages_tools",
    "proxy_mixed_guarded_failure",
)  # fmt: skip
