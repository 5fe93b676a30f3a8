"""What of a call's usage is no text: sound, images, films, reasoning, searches and other units.

Rules: LiteLLM, litellm_core_utils/llm_cost_calc/utils.py (`parse_prompt_tokens_details`): a modality's count holds
its cached part, which is taken out; embeddings of images count what is no text in the tokens of the images.
"""

from __future__ import annotations

from math import inf

from shipper.decode.usage_shapes import CachedDetails, CompletionDetails, PromptDetails, UsageObject
from shipper.records import Units

_NO_PROMPT = PromptDetails()
_NO_COMPLETION = CompletionDetails()
_NO_CACHED = CachedDetails()


def to_parts(given: UsageObject, details: PromptDetails | None, made: CompletionDetails | None) -> Units | None:
    """All that is no text, as it is claimed; None if there is nothing. `details` and `made` are those of `given`.

    Most calls have nothing of it, though most write its names: so the checks come first, the fewest that will do.
    """
    if (
        (
            made is None
            or not (
                made.reasoning_tokens
                or made.audio_tokens
                or made.image_tokens
                or made.video_tokens
                or made.thinking_tokens
            )
        )
        and (
            details is None
            or not (
                details.audio_tokens
                or details.image_tokens
                or details.video_tokens
                or details.web_search_requests
                or details.google_maps_grounding_requests
                or (details.cached_tokens and details.cached_tokens_details)
                or (not given.completion_tokens and _has_units(details))
                or (
                    (details.cache_creation_token_details or details.cache_write_tokens_details)
                    and _written_12h(details)
                )
            )
        )
        and not (
            given.server_tool_use
            or given.server_side_tool_usage_details
            or given.num_search_queries
            or given.citation_tokens
        )
    ):
        return None
    return _claimed(given, details or _NO_PROMPT, made or _NO_COMPLETION)


def _claimed(given: UsageObject, details: PromptDetails, made: CompletionDetails) -> Units:
    cached = details.cached_tokens_details or _NO_CACHED
    read_audio, read_image = cached.audio_tokens or 0, cached.image_tokens or 0
    audio, image = details.audio_tokens or 0, details.image_tokens or 0
    if details.image_count:
        image = max(image, (given.prompt_tokens or 0) - (details.text_tokens or 0))
    return Units(
        audio - read_audio if audio > read_audio else 0,
        image - read_image if image > read_image else 0,
        details.video_tokens or 0,
        made.reasoning_tokens or made.thinking_tokens or given.reasoning_tokens or 0,
        made.audio_tokens or 0,
        made.image_tokens or 0,
        made.video_tokens or 0,
        read_audio,
        read_image,
        _written_12h(details),
        given.citation_tokens or 0,
        details.web_search_requests or _searches(given),
        0,
        details.google_maps_grounding_requests or 0,
        0,
        details.query_count or 0,
        details.image_count or 0,
        0,
        details.character_count or 0,
        audio_input_s=_seconds(details.audio_length_seconds),
        video_input_s=_seconds(details.video_length_seconds),
    )


def _has_units(details: PromptDetails) -> object:
    """What embeddings are paid by instead of tokens."""
    return (
        details.image_count
        or details.character_count
        or details.query_count
        or details.audio_length_seconds
        or details.video_length_seconds
    )


def _written_12h(details: PromptDetails) -> int:
    lifetimes = details.cache_creation_token_details or details.cache_write_tokens_details
    return (lifetimes.ephemeral_12h_input_tokens or lifetimes.ttl_12h_tokens or 0) if lifetimes is not None else 0


def _searches(given: UsageObject) -> int:
    """Searches that the provider ran: Anthropic's, xAI's and Perplexity's names."""
    for tools in (given.server_tool_use, given.server_side_tool_usage_details):
        if tools is not None:
            return tools.web_search_requests or tools.web_search_calls or 0
    return given.num_search_queries or 0


def _seconds(written: float | None) -> float:
    return written if written is not None and 0.0 < written < inf else 0.0
