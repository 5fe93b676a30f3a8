"""Counts that contain each other, as disjoint buckets.

Rule: the totals are the provider's; what is said to be in them is taken out of them in a fixed order, and no more
of it than is left. So whatever a record claims, no bucket is negative, none overlaps another, and together they
are the total (LiteLLM, litellm_core_utils/llm_cost_calc/utils.py, has the same order where details overlap).
"""

from __future__ import annotations

from msgspec.structs import astuple, replace

from shipper.records import Units, Usage

_NO_UNITS = Units()


def to_buckets(
    prompt: int, completion: int, read: int = 0, write: int = 0, write_1h: int = 0, parts: Units | None = None
) -> Usage:
    """A Usage of `prompt` tokens (cache reads and writes among them) and `completion` tokens (reasoning among them).

    `parts` names those that are no text, none of them in `read`; units that are no tokens pass as they are.
    Counts are not negative. Parts above their total are cut.
    """
    if read > prompt:
        read = prompt
    if write > prompt - read:
        write = prompt - read
    if write_1h > write:
        write_1h = write
    fresh = prompt - read - write
    if parts is None:
        return Usage(fresh, completion, read, write, write_1h, prompt, completion)
    text = fresh - parts.audio_input - parts.image_input - parts.video_input
    said = completion - parts.reasoning - parts.audio_output - parts.image_output - parts.video_output
    if (
        text < 0
        or said < 0
        or parts.cache_read_audio + parts.cache_read_image > read
        or parts.cache_write_12h > write - write_1h
    ):
        parts = _cut(parts, fresh, completion, read, write - write_1h)
        text = fresh - parts.audio_input - parts.image_input - parts.video_input
        said = completion - parts.reasoning - parts.audio_output - parts.image_output - parts.video_output
    is_text = text == fresh and said == completion
    return Usage(
        text, said, read, write, write_1h, prompt, completion, None if is_text and parts == _NO_UNITS else parts
    )


def with_units(usage: Usage | None, units: Units | None) -> Usage | None:
    """The usage with units that are no tokens; what it counts of them itself stands."""
    if units is None or units == _NO_UNITS:
        return usage
    if usage is None:
        return Usage(other=units)
    own = usage.other
    if own is not None:
        units = Units(*[mine or others for mine, others in zip(astuple(own), astuple(units), strict=True)])
    return replace(usage, other=units)


def _cut(parts: Units, fresh: int, completion: int, read: int, write: int) -> Units:
    """The parts, none of them above what the earlier ones leave of their total."""
    audio, image, video = _shares(fresh, parts.audio_input, parts.image_input, parts.video_input)
    reasoning, audio_out, image_out, video_out = _shares(
        completion, parts.reasoning, parts.audio_output, parts.image_output, parts.video_output
    )
    read_audio, read_image = _shares(read, parts.cache_read_audio, parts.cache_read_image)
    return replace(
        parts,
        audio_input=audio,
        image_input=image,
        video_input=video,
        reasoning=reasoning,
        audio_output=audio_out,
        image_output=image_out,
        video_output=video_out,
        cache_read_audio=read_audio,
        cache_read_image=read_image,
        cache_write_12h=min(parts.cache_write_12h, write),
    )


def _shares(total: int, *claims: int) -> list[int]:
    shares = []
    for claim in claims:
        share = min(claim, total)
        shares.append(share)
        total -= share
    return shares
