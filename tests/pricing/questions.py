"""Puts a call of ours as LiteLLM would have seen it: a `Billing` in, a question for the oracle out.

The way back of `shipper.decode`: the disjoint buckets of `Usage` become LiteLLM's totals with the parts in them.
"""

from __future__ import annotations

from typing import Any

from shipper.records import Billing, Terms, Units, Usage
from tests.pricing.usages import Row

_NO_UNITS = Units()
_NO_TERMS = Terms()
_CALL_TYPES = {
    None: ("chat", "completion"),
    "chat": ("chat", "completion"),
    "evaluation": ("chat", "completion"),
    "completion": ("chat", "text_completion"),
    "responses": ("responses", "responses"),
}


def question(row: Row, billing: Billing) -> dict[str, Any]:
    """What to ask of LiteLLM about a call of the row's model."""
    shape, call_type = _CALL_TYPES[row.get("mode")]
    terms, usage = billing.terms or _NO_TERMS, billing.usage
    assert usage is not None
    asked: dict[str, Any] = {
        "provider": billing.provider,
        "model": billing.models[0],
        "shape": shape,
        "call_type": "retrieve_batch" if terms.batch else call_type,
        "at": billing.start.isoformat(),
        "service_tier": terms.tier,
        "data_residency": terms.residency,
        "vertex_location": terms.location,
        "region": terms.region,
        "usage": chat_usage(usage, terms),
    }
    if billing.end is not None:
        asked["time_ms"] = (billing.end - billing.start).total_seconds() * 1000
    return asked


def chat_usage(usage: Usage, terms: Terms) -> dict[str, Any]:
    """LiteLLM's usage object of tokens."""
    other = usage.other or _NO_UNITS
    said: dict[str, Any] = {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.prompt + usage.completion,
        "prompt_tokens_details": _prompt_details(usage, other, terms),
        "completion_tokens_details": _nonzero(
            reasoning_tokens=other.reasoning,
            audio_tokens=other.audio_output,
            image_tokens=other.image_output,
            video_tokens=other.video_output,
        ),
    }
    if other.citations:
        said["citation_tokens"] = other.citations
    if terms.geo:
        said["inference_geo"] = terms.geo
    if terms.speed:
        said["speed"] = terms.speed
    return said


def _prompt_details(usage: Usage, other: Units, terms: Terms) -> dict[str, Any]:
    """The parts of the prompt. Of the cached ones, sound and images are parts of the totals of their kind too."""
    details: dict[str, Any] = _nonzero(
        cached_tokens=usage.cache_read,
        cache_creation_tokens=usage.cache_write,
        audio_tokens=other.audio_input + other.cache_read_audio,
        image_tokens=other.image_input + other.cache_read_image,
        video_tokens=other.video_input,
    )
    if other.cache_read_audio or other.cache_read_image:
        details["cached_tokens_details"] = {
            "text_tokens": usage.cache_read - other.cache_read_audio - other.cache_read_image,
            "audio_tokens": other.cache_read_audio,
            "image_tokens": other.cache_read_image,
        }
    if usage.cache_write_1h or other.cache_write_12h:
        details["cache_creation_token_details"] = {
            "ephemeral_5m_input_tokens": usage.cache_write - usage.cache_write_1h - other.cache_write_12h,
            "ephemeral_1h_input_tokens": usage.cache_write_1h,
            "ephemeral_12h_input_tokens": other.cache_write_12h,
        }
    if terms.explicit_cache:
        details["cache_type"] = "ephemeral"
    return details


def _nonzero(**counts: int) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}
