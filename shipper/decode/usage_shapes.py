"""Usage objects as OpenAI's and Anthropic's APIs, those who imitate them and LiteLLM write them.

One shape reads them all, because they differ by the names they use and not by what a name means. Field names and
their order are LiteLLM's (types/utils.py: Usage, PromptTokensDetailsWrapper) and, after those, the APIs' own; every
field is optional. Values that nobody needs in the usual case stay `Raw`. `gc=False`: trees only.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Raw, Struct

from shipper.decode.values import NOTHING

MAX_COUNT = 10**12  # no call counts more, and sums of some counts stay what JavaScript holds as an integer (2**53)

Count = Annotated[int, Meta(ge=0, le=MAX_COUNT)]


class CacheLifetimes(Struct, gc=False):
    """Cache writes by lifetime: Anthropic's and LiteLLM's names, then OpenAI's."""

    ephemeral_1h_input_tokens: Count | None = None
    ephemeral_12h_input_tokens: Count | None = None
    ttl_12h_tokens: Count | None = None


class CachedDetails(Struct, gc=False):
    """Cache reads that are no text (OpenAI's realtime API, LiteLLM for Gemini)."""

    audio_tokens: Count | None = None
    image_tokens: Count | None = None


class PromptDetails(Struct, gc=False):
    """What a prompt was made of; each count is a part of the prompt's own, and its cached part is in it."""

    cached_tokens: Count | None = None
    text_tokens: Count | None = None
    cache_write_tokens: Count | None = None
    cache_creation_tokens: Count | None = None
    cache_creation_token_details: CacheLifetimes | None = None
    cache_creation_input_tokens: Count | None = None
    cache_type: str | None = None
    audio_tokens: Count | None = None
    image_tokens: Count | None = None
    video_tokens: Count | None = None
    cache_write_tokens_details: CacheLifetimes | None = None
    cached_tokens_details: CachedDetails | None = None
    web_search_requests: Count | None = None
    google_maps_grounding_requests: Count | None = None
    character_count: Count | None = None
    image_count: Count | None = None
    video_length_seconds: float | None = None
    audio_length_seconds: float | None = None
    query_count: Count | None = None


class CompletionDetails(Struct, gc=False):
    """What a completion was made of; `thinking_tokens` is Anthropic's name for reasoning."""

    audio_tokens: Count | None = None
    reasoning_tokens: Count | None = None
    image_tokens: Count | None = None
    video_tokens: Count | None = None
    thinking_tokens: Count | None = None


class ServerTools(Struct, gc=False):
    """Calls of tools that the provider ran itself: Anthropic's name, then xAI's."""

    web_search_requests: Count | None = None
    web_search_calls: Count | None = None


class Iteration(Struct, gc=False):
    """One of the rounds that an Anthropic call took; its top-level counts leave some of them out."""

    input_tokens: Count | None = None
    output_tokens: Count | None = None
    cache_creation_input_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    cache_creation: CacheLifetimes | None = None
    output_tokens_details: CompletionDetails | None = None


class UsageObject(Struct, gc=False):
    """A usage object; which fields are set tells whose it is."""

    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    total_tokens: Count | None = None
    completion_tokens_details: CompletionDetails | None = None
    prompt_tokens_details: PromptDetails | None = None
    input_tokens: Count | None = None
    input_tokens_details: PromptDetails | None = None
    cache_creation_input_tokens: Count | None = None
    cache_read_input_tokens: Count | None = None
    cache_creation: CacheLifetimes | None = None
    output_tokens: Count | None = None
    output_tokens_details: CompletionDetails | None = None
    service_tier: str | None = None
    cost: Raw = NOTHING  # OpenRouter's and others' bill: a number, or an object with `total_cost`
    cost_in_usd_ticks: Raw = NOTHING  # xAI's
    inference_geo: str | None = None  # Anthropic's, as the next two
    speed: str | None = None
    iterations: list[Iteration] | None = None
    input_token_details: PromptDetails | None = None  # OpenAI's realtime and transcription
    output_token_details: CompletionDetails | None = None
    prompt_cache_hit_tokens: Count | None = None  # DeepSeek's
    search_context_size: str | None = None  # Perplexity's
    server_tool_use: ServerTools | None = None
    server_side_tool_usage_details: ServerTools | None = None  # xAI's
    num_search_queries: Count | None = None  # Perplexity's, as the next two
    citation_tokens: Count | None = None
    reasoning_tokens: Count | None = None
    total_input_tokens: Count | None = None  # Google's interactions, which `usage_google` reads
