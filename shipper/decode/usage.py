"""Usage objects of OpenAI's and Anthropic's kind, as disjoint buckets.

Rules: the providers' API references; LiteLLM (types/utils.py: Usage; integrations/langfuse/langfuse.py:
`_extract_cache_read_input_tokens`; llms/xai/chat/transformation.py). Unlike LiteLLM, cache writes are taken out of
`input` too. A written total counts only where nothing else does, and where it tells of reasoning outside.
"""

from __future__ import annotations

from shipper.decode.buckets import to_buckets
from shipper.decode.usage_parts import to_parts
from shipper.decode.usage_shapes import CacheLifetimes, CompletionDetails, Iteration, PromptDetails, UsageObject
from shipper.records import Units, Usage


def to_usage(given: UsageObject | None) -> Usage | None:
    """A usage object as a Usage; None if it counts no tokens (an audio's seconds, for instance)."""
    if given is None:
        return None
    prompt, completion = given.prompt_tokens, given.completion_tokens
    if prompt is None or completion is None:
        return _from_other_names(given)
    details, made = given.prompt_tokens_details, given.completion_tokens_details
    read = given.cache_read_input_tokens or given.prompt_cache_hit_tokens or 0
    write, write_1h = given.cache_creation_input_tokens or 0, 0
    if details is not None:
        # LiteLLM: the detail wins over the top-level field where it is set.
        read = details.cached_tokens or read
        write = (
            write
            or details.cache_creation_tokens
            or details.cache_write_tokens
            or details.cache_creation_input_tokens  # DashScope's
            or 0
        )
    if write:
        write_1h = _written_1h(given.cache_creation, details)
    parts = to_parts(given, details, made)
    if parts is None and read + write <= prompt and write_1h <= write:
        return Usage(prompt - read - write, completion, read, write, write_1h, prompt, completion)
    if parts is not None and parts.reasoning and _is_outside(given, parts.reasoning, prompt + completion):
        completion += parts.reasoning
    return to_buckets(prompt, completion, read, write, write_1h, parts)


def _from_other_names(given: UsageObject) -> Usage | None:
    """Where one of the two totals of a chat is missing: it is what the other leaves of the total."""
    prompt, completion, total = given.prompt_tokens, given.completion_tokens, given.total_tokens
    if prompt is None:
        if given.input_tokens is not None:
            return _from_input_tokens(given, given.input_tokens)
        if (completion is None and total is None) or given.total_input_tokens is not None:
            return None
        prompt = max(0, (total or 0) - (completion or 0))
    if completion is None:
        completion = max(0, (total or 0) - prompt)
    given.prompt_tokens, given.completion_tokens = prompt, completion
    return to_usage(given)


def _from_input_tokens(given: UsageObject, tokens: int) -> Usage:
    """OpenAI's responses, images, transcriptions, realtime (input includes the cache); Anthropic's (it does not)."""
    details = given.input_tokens_details or given.input_token_details or given.prompt_tokens_details
    made = given.output_tokens_details or given.output_token_details or given.completion_tokens_details
    parts = to_parts(given, details, made)
    if given.iterations:
        return _from_iterations(given.iterations, given.cache_creation, parts)
    completion = given.output_tokens or given.completion_tokens or 0
    read, write = given.cache_read_input_tokens or 0, given.cache_creation_input_tokens or 0
    if read or write:
        tokens += read + write
    elif details is not None:
        read, write = details.cached_tokens or 0, _written(details)
        if _is_image(details, made):
            parts = Units(image_input=details.image_tokens or 0, image_output=completion)
    write_1h = _written_1h(given.cache_creation, details) if write else 0
    return to_buckets(tokens, completion, read, write, write_1h, parts)


def _from_iterations(rounds: list[Iteration], lifetimes: CacheLifetimes | None, parts: Units | None) -> Usage:
    """Anthropic: what was billed is the sum of the rounds; the top-level counts leave those of a compaction out."""
    read = sum(one.cache_read_input_tokens or 0 for one in rounds)
    write = sum(one.cache_creation_input_tokens or 0 for one in rounds)
    thought = sum(one.output_tokens_details.thinking_tokens or 0 for one in rounds if one.output_tokens_details)
    if thought:
        parts = Units(reasoning=thought, web_searches=0 if parts is None else parts.web_searches)
    return to_buckets(
        sum(one.input_tokens or 0 for one in rounds) + read + write,
        sum(one.output_tokens or 0 for one in rounds),
        read,
        write,
        # As LiteLLM: the call's lifetimes where no round has its own.
        sum(_written_1h(one.cache_creation, None) for one in rounds)
        if any(one.cache_creation for one in rounds)
        else _written_1h(lifetimes, None),
        parts,
    )


def _is_image(details: PromptDetails, made: CompletionDetails | None) -> bool:
    """OpenAI's images API: it names what went in, and all that came out is image."""
    return (
        made is None
        and details.text_tokens is not None
        and details.image_tokens is not None
        and details.cached_tokens is None
        and details.audio_tokens is None
    )


def _is_outside(given: UsageObject, reasoning: int, total: int) -> bool:
    """Whether the completion does not hold the reasoning: xAI's, where the written total does, and Perplexity's."""
    is_perplexity = given.num_search_queries is not None or given.citation_tokens is not None
    return given.total_tokens == total + reasoning or (is_perplexity and given.reasoning_tokens is not None)


def _written(details: PromptDetails) -> int:
    return details.cache_creation_tokens or details.cache_write_tokens or details.cache_creation_input_tokens or 0


def _written_1h(top: CacheLifetimes | None, details: PromptDetails | None) -> int:
    lifetimes = (details.cache_creation_token_details if details is not None else None) or top
    return (lifetimes.ephemeral_1h_input_tokens or 0) if lifetimes is not None else 0
