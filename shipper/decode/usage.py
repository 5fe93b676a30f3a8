"""Usage objects, as providers and LiteLLM write them, as disjoint buckets.

Rules: facts of Langfuse (usageDetails are summed, so no token may be in two buckets) and of LiteLLM
(integrations/langfuse/langfuse.py: `_extract_cache_read_input_tokens`). Unlike LiteLLM, cache writes are
taken out of `input` too.
"""

from __future__ import annotations

from shipper.decode.shapes import UsageObject
from shipper.records import Usage


def to_usage(given: UsageObject | None) -> Usage | None:
    """A usage object as a Usage; None if it counts no tokens (an audio's seconds, for instance)."""
    if given is None:
        return None
    prompt, completion, total = given.prompt_tokens, given.completion_tokens, given.total_tokens
    if prompt is None:
        if given.input_tokens is not None:
            return _from_input_tokens(given, given.input_tokens)
        if completion is None and total is None:
            return None
        prompt = total or 0 if completion is None else 0
    completion = completion or 0
    read, write, write_1h = given.cache_read_input_tokens or 0, given.cache_creation_input_tokens or 0, 0
    details = given.prompt_tokens_details
    if details is not None:
        # LiteLLM: the detail wins over the top-level field where it is set.
        read = details.cached_tokens or read
        write = write or details.cache_creation_tokens or details.cache_write_tokens or 0
        if details.cache_creation_token_details is not None:
            write_1h = min(write, details.cache_creation_token_details.ephemeral_1h_input_tokens or 0)
    fresh = prompt - read - write
    return Usage(
        fresh if fresh > 0 else 0,
        completion,
        read,
        write,
        write_1h,
        prompt,
        completion,
    )


def _from_input_tokens(given: UsageObject, tokens: int) -> Usage:
    """OpenAI's responses and images (input includes the cache) or Anthropic's messages (it does not)."""
    completion = given.output_tokens or given.completion_tokens or 0
    details = given.input_tokens_details
    read = given.cache_read_input_tokens or 0
    write = given.cache_creation_input_tokens or 0
    if details is not None and not read and not write:
        read = min(tokens, details.cached_tokens or 0)
        plain, prompt = tokens - read, tokens
    else:
        plain, prompt = tokens, tokens + read + write
    written_1h = 0 if given.cache_creation is None else given.cache_creation.ephemeral_1h_input_tokens or 0
    return Usage(
        plain,
        completion,
        read,
        write,
        min(write, written_1h),
        prompt,
        completion,
    )
