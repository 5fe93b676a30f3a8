"""Usage objects as a fragment of the contract's JSON Schema."""

from __future__ import annotations

from typing import Any

from shipper.decode.usage_shapes import MAX_COUNT

Fragment = dict[str, Any]

_TEXT: Fragment = {"type": ["string", "null"]}
_NUMBER: Fragment = {"type": ["number", "null"]}
_COUNT: Fragment = {"type": ["integer", "null"], "minimum": 0, "maximum": MAX_COUNT}


def _counts(*names: str) -> Fragment:
    return dict.fromkeys(names, _COUNT)


def _struct(**properties: Fragment) -> Fragment:
    return {"type": ["object", "null"], "properties": properties}


def usage_fragment() -> Fragment:
    """Usage objects of the OpenAI and Anthropic kind, field by field as `decode/usage_shapes.py` reads them."""
    chat = _counts("prompt_tokens", "completion_tokens", "total_tokens", "prompt_cache_hit_tokens", "reasoning_tokens")
    prompt, completion = _prompt_details(), _completion_details()
    tools = _struct(**_counts("web_search_requests", "web_search_calls"))
    iteration = {
        **_counts("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"),
        "cache_creation": _lifetimes(),
        "output_tokens_details": completion,
    }
    return {
        "title": "Usage as OpenAI's and Anthropic's APIs, those who imitate them and LiteLLM give it, in tokens",
        "type": "object",
        "properties": {
            **chat,
            **iteration,
            **_counts("num_search_queries", "citation_tokens", "total_input_tokens"),
            **dict.fromkeys(("prompt_tokens_details", "input_tokens_details", "input_token_details"), prompt),
            **dict.fromkeys(("completion_tokens_details", "output_token_details"), completion),
            **dict.fromkeys(("server_tool_use", "server_side_tool_usage_details"), tools),
            "iterations": {"type": ["array", "null"], "items": {"type": "object", "properties": iteration}},
            **dict.fromkeys(("inference_geo", "speed", "service_tier", "search_context_size"), _TEXT),
            "cost": {"description": "The provider's bill in USD: a number, or an object with total_cost."},
            "cost_in_usd_ticks": {"description": "xAI's bill."},
        },
    }


def _prompt_details() -> Fragment:
    return _struct(
        **_counts("cached_tokens", "text_tokens", "audio_tokens", "image_tokens", "video_tokens"),
        **_counts("cache_write_tokens", "cache_creation_tokens", "cache_creation_input_tokens"),
        **_counts("web_search_requests", "google_maps_grounding_requests"),
        **_counts("character_count", "image_count", "query_count"),
        **dict.fromkeys(("video_length_seconds", "audio_length_seconds"), _NUMBER),
        cached_tokens_details=_struct(**_counts("audio_tokens", "image_tokens")),
        cache_creation_token_details=_lifetimes(),
        cache_write_tokens_details=_lifetimes(),
        cache_type=_TEXT,
    )


def _completion_details() -> Fragment:
    return _struct(**_counts("reasoning_tokens", "thinking_tokens", "audio_tokens", "image_tokens", "video_tokens"))


def _lifetimes() -> Fragment:
    names = ("ephemeral_1h_input_tokens", "ephemeral_12h_input_tokens", "ttl_12h_tokens")
    return _struct(**_counts(*names))
