"""A call's usage as Langfuse's `usageDetails`.

Rule: the server adds the buckets up and prices each by its name, so no token may be in two and `total` is always
there (worker: IngestionService). LiteLLM's callback writes five names; a migration from it must not change them.
"""

from __future__ import annotations

from typing import Literal

from shipper.mapping.bodies import FineUsageDetails, UsageDetails
from shipper.records import Usage


def to_usage_details(usage: Usage, origin: Literal["litellm", "plain"]) -> UsageDetails | FineUsageDetails:
    """The buckets of a call: LiteLLM's five names for its own records, else every bucket that holds tokens."""
    other = usage.other
    if origin == "litellm":
        said, asked = usage.output, usage.input
        if other is not None:
            asked += other.audio_input + other.image_input + other.video_input
            said += other.reasoning + other.audio_output + other.image_output + other.video_output
        return UsageDetails(asked, said, usage.total, usage.cache_write, usage.cache_read)
    if other is None:
        asked, said, read, written = usage.input, usage.output, usage.cache_read, usage.cache_write
        return FineUsageDetails(asked, said, asked + said + read + written, read, written)
    return FineUsageDetails(
        usage.input,
        usage.output,
        usage.total,
        usage.cache_read,
        usage.cache_write,
        other.audio_input,
        other.image_input,
        other.video_input,
        other.reasoning,
        other.audio_output,
        other.image_output,
        other.video_output,
    )
