"""Puts a call of ours as LiteLLM would have seen it: a `Billing` in, a question for the oracle out.

The way back of `shipper.decode`: the disjoint buckets of `Usage` become LiteLLM's totals with the parts in them.
"""

from __future__ import annotations

from typing import Any

from shipper.records import Billing, Terms, Units, Usage
from tests.pricing.random_tokens import Row
from tests.pricing.random_tools import count, signs
from tests.pricing.usages import mode_of

_NO_UNITS = Units()
_NO_TERMS = Terms()
# The oracle's shape of a response, and LiteLLM's call type, by a row's mode.
_SHAPES = {
    "none": ("chat", "completion"),
    "chat": ("chat", "completion"),
    "evaluation": ("chat", "completion"),
    "completion": ("chat", "text_completion"),
    "responses": ("responses", "responses"),
    "decisions": ("chat", "adecisions"),
    "extraction": ("chat", "aextraction"),
    "moderation": ("chat", "moderation"),
    "realtime": ("realtime", "_arealtime"),
    "embedding": ("embedding", "embedding"),
    "image_generation": ("image", "image_generation"),
    "image_edit": ("image", "image_edit"),
    "audio_transcription": ("transcription", "transcription"),
    "audio_speech": ("speech", "speech"),
    "video_generation": ("video", "create_video"),
    "rerank": ("rerank", "rerank"),
    "search": ("nothing", "search"),
    "vector_store": ("nothing", "vector_store_search"),
    "ocr": ("ocr", "ocr"),
}


def question(row: Row, billing: Billing) -> dict[str, Any]:
    """What to ask of LiteLLM about a call of the row's model."""
    mode = mode_of(row)
    shape, call_type = _SHAPES[mode]
    terms = billing.terms or _NO_TERMS
    if terms.batch and shape == "image":
        shape = "chat"  # LiteLLM prices a batch by its usage, whatever it made
    asked: dict[str, Any] = {
        "provider": billing.provider,
        "model": billing.models[0],
        "shape": shape,
        "call_type": "retrieve_batch" if terms.batch and mode != "ocr" else call_type,
        "at": billing.start.isoformat(),
        "service_tier": terms.tier,
        "data_residency": terms.residency,
        "vertex_location": terms.location,
        "region": terms.region,
    }
    if billing.end is not None:
        asked["time_ms"] = (billing.end - billing.start).total_seconds() * 1000
    return asked | _used(shape, row, billing)


def _used(shape: str, row: Row, billing: Billing) -> dict[str, Any]:
    """What was used, as a response of that shape says it."""
    terms, usage = billing.terms or _NO_TERMS, billing.usage
    assert usage is not None
    other = usage.other or _NO_UNITS
    match shape:
        case "image":
            # At Bedrock LiteLLM looks for the size as it is written in the map.
            size = terms.size and terms.size.replace("x", "-x-")
            return {"size": size, "quality": terms.quality, **_images(usage, other, terms)}
        case "realtime":
            live = billing.provider in ("openai", "azure") and not any("token" in key for key in row)
            return {"live": live, "usage": chat_usage(usage, terms)}
        case "transcription":
            return {"seconds": other.audio_input_s, "usage": chat_usage(usage, terms) if usage.total else None}
        case "speech":
            said = {"usage": chat_usage(usage, terms)} if usage.total else {}
            return {"characters_input": other.characters_input, **said}
        case "video":
            return {"seconds": other.video_output_s, "resolution": terms.resolution, "images_input": other.images_input}
        case "rerank":
            return {"billed_units": {"search_units": other.queries or None, "total_tokens": usage.input or None}}
        case "nothing":
            return {"optional_params": _search(billing.models[0], other.queries, terms)}
        case "ocr":
            return {"ask": "ocr_batch" if terms.batch else "price", "usage_info": _pages(other)}
        case _:
            counted = chat_usage(usage, terms)
            count(counted, row, billing, other)
            return {"usage": counted, **signs(row, billing, other, terms, shape)}


def _images(usage: Usage, other: Units, terms: Terms) -> dict[str, Any]:
    made: dict[str, Any] = {"images": other.images_output, "images_input": other.images_input}
    asked: dict[str, Any] = {"resolution": terms.resolution, "quality": terms.quality}
    if terms.size is not None:  # Fal's name of it
        width, _, height = terms.size.partition("x")
        asked["image_size"] = {"width": int(width), "height": int(height)}
    made["optional_params"] = {name: value for name, value in asked.items() if value is not None}
    if usage.total:
        made["usage"] = {
            "input_tokens": usage.prompt,
            "output_tokens": usage.completion,
            "total_tokens": usage.prompt + usage.completion,
            "input_tokens_details": {"text_tokens": usage.input, "image_tokens": other.image_input},
            "output_tokens_details": {"text_tokens": usage.output, "image_tokens": other.image_output},
        }
    return made


def _search(model: str, queries: int, terms: Terms) -> dict[str, Any]:
    asked: dict[str, Any] = {"query": ["q"] * queries}
    if terms.results is not None:
        asked["max_results"] = terms.results
    # Parallel's searches: of some kind, and as many as the provider says.
    return {**asked, "mode": model.partition("-")[2], "_parallel_ai_usage": [{"name": "sku_search", "count": queries}]}


def _pages(other: Units) -> dict[str, Any]:
    if other.credits:
        return {"credits": other.credits}
    return {"pages_processed": other.pages, "pages_processed_annotation": other.pages_annotated}


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
        character_count=other.characters_input,
        image_count=other.images_input,
        video_length_seconds=other.video_input_s,
        audio_length_seconds=other.audio_input_s,
        query_count=other.queries,
    )
    cached_text = usage.cache_read - other.cache_read_audio - other.cache_read_image
    if other.cache_read_audio or other.cache_read_image:
        details["cached_tokens_details"] = {
            "text_tokens": cached_text,
            "audio_tokens": other.cache_read_audio,
            "image_tokens": other.cache_read_image,
        }
    if other.images_input:  # LiteLLM does not look for text in the rest of such a prompt
        details["text_tokens"] = usage.input + ("cached_tokens_details" in details and cached_text)
    if usage.cache_write_1h or other.cache_write_12h:
        details["cache_creation_token_details"] = {
            "ephemeral_5m_input_tokens": usage.cache_write - usage.cache_write_1h - other.cache_write_12h,
            "ephemeral_1h_input_tokens": usage.cache_write_1h,
            "ephemeral_12h_input_tokens": other.cache_write_12h,
        }
    if terms.explicit_cache:
        details["cache_type"] = "ephemeral"
    return details


def _nonzero(**counts: float) -> dict[str, Any]:
    return {name: count for name, count in counts.items() if count}
