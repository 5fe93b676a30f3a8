"""The keys that a row of the price map can have: which are known, and what a misspelt one may have meant.

Source: the keys in LiteLLM's model_prices_and_context_window.json that take part in a cost. A map of LiteLLM's own may
bring new ones at any time; only what an operator types is judged by this list.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

_TOKENS = (
    "input_cost_per_token",
    "output_cost_per_token",
    "output_cost_per_reasoning_token",
    "citation_cost_per_token",
    "input_cost_per_token_cache_hit",
    "explicit_cache_read_input_token_cost",
    *(f"{way}_cost_per_{kind}_token" for way in ("input", "output") for kind in ("audio", "image", "video")),
    *(f"cache_read_input{kind}_token_cost" for kind in ("", "_audio", "_image")),
    *(f"cache_creation_input{kind}_token_cost" for kind in ("", "_audio", "_image")),
    *(f"cache_creation_input_token_cost_above_{time}" for time in ("1hr", "12hr")),
)
_UNITS = (
    *(f"{way}_cost_per_{unit}" for way in ("input", "output") for unit in ("image", "pixel", "second", "character")),
    *(f"{way}_cost_per_video_per_second" for way in ("input", "output")),
    *(f"input_cost_per_{unit}" for unit in ("audio_per_second", "query", "request", "text_message")),
    "cost_per_second",
    "ocr_cost_per_page",
    "annotation_cost_per_page",
    "ocr_cost_per_credit",
    "code_interpreter_cost_per_session",
    "file_search_cost_per_1k_calls",
    "file_search_cost_per_gb_per_day",
    "vector_store_cost_per_gb_per_day",
    "computer_use_input_cost_per_1k_tokens",
    "computer_use_output_cost_per_1k_tokens",
    "google_maps_grounding_cost_per_query",
    "search_context_cost_per_query",
    "guardrail_cost_per_unit",
)
_OTHERS = (
    "litellm_provider",
    "mode",
    "tiered_pricing",
    "off_peak_pricing",
    "web_search_billing_unit",
    "provider_specific_entry",
    "regional_endpoint_uplift_multiplier",
    "regional_processing_uplift_multiplier_eu",
    "regional_processing_uplift_multiplier_us",
)
_TIERS = ("priority", "flex", "batches", "balanced", "ultrafast", "decisions")
_WITHOUT_TIER = frozenset(_TOKENS) | frozenset(_UNITS)

_THRESHOLD = re.compile(r"_above_\d+k?_tokens$|_above_\d+s_interval$")
_TIER = re.compile(rf"_(?:{'|'.join(_TIERS)})$")
_SIZED = re.compile(r"(output_cost_per_(?:image|second))_\w[\w.]*$")


def is_known(key: str) -> bool:
    """Whether `key` is one of a row: of a price, with its threshold, tier or size, or of what the prices are for."""
    if key in _OTHERS or key in _WITHOUT_TIER:
        return True
    base = _THRESHOLD.sub("", _TIER.sub("", key))
    if base in _WITHOUT_TIER:
        return True
    sized = _SIZED.match(key)
    return sized is not None and key[len(sized[1]) + 1 :][0].isdigit()


def is_price(key: str) -> bool:
    """Whether a known key holds prices."""
    return "cost" in key or key in ("tiered_pricing", "off_peak_pricing")


def nearest(key: str) -> str | None:
    """The known key that a misspelt one looks most like, if any does."""
    tier = _TIER.search(key)
    base = _TIER.sub("", key)
    threshold = _THRESHOLD.search(base)
    stem = _THRESHOLD.sub("", base)
    close = get_close_matches(stem, (*_TOKENS, *_UNITS, *_OTHERS), n=1, cutoff=0.75)
    if not close:
        return None
    return close[0] + (threshold[0] if threshold else "") + (tier[0] if tier else "")
