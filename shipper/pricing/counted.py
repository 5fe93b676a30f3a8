"""What of a call's usage is paid for: nothing twice, where one thing was counted both in tokens and in pieces.

Rules: LiteLLM's `_calculate_input_cost` (llm_cost_calc/utils.py) for inputs, its calculators for images and
transcriptions for the rest. Knows prices by the names of `Usage` and `Units`, not where they are from.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from shipper.pricing.lines import OTHER_TOKENS, OUTPUT_TOKENS, Price
from shipper.records import Units, Usage

MOST_UNITS = 2**53  # above it a float no longer counts in ones, and no call is that long

_NO_UNITS = Units()
_UNITS = frozenset(Units.__struct_fields__)
# Pieces that stand for tokens: where a piece has a price, the tokens that it holds are not paid for.
_INPUT_PIECES = {
    "characters_input": "input",
    "images_input": "image_input",
    "video_input_s": "video_input",
    "audio_input_s": "audio_input",
}
_OUTPUT_PIECES = ("characters_output", "images_output", "video_output_s", "audio_output_s")


def counted(
    usage: Usage,
    prices: Mapping[str, Price],
    pieces: Mapping[str, Price],
    tokens_first: bool,
    start: datetime,
    end: datetime | None,
) -> dict[str, float] | None:
    """Units by the names of `Usage` and `Units`, with `requests` and `request_s` where `pieces` prices them.

    `prices` are those of tokens, none where tokens are not what is paid for. None where a count cannot be true:
    negative, above 2^53, or a part larger than its whole.
    """
    tokens = _tokens(usage)
    found = _pieces(usage.other, pieces, start, end)
    if not all(0 <= count <= MOST_UNITS for count in (*tokens.values(), *found.values())):
        return None
    return {**_counted_once(tokens, found, prices, tokens_first), **found}


def _tokens(usage: Usage) -> dict[str, int]:
    """Tokens by bucket, the parts of a bucket apart from its rest."""
    other = usage.other or _NO_UNITS
    return {
        "input": usage.input,
        "cache_read": usage.cache_read - other.cache_read_audio - other.cache_read_image,
        "cache_write": usage.cache_write - usage.cache_write_1h - other.cache_write_12h,
        "cache_write_1h": usage.cache_write_1h,
        "output": usage.output,
        **{name: getattr(other, name) for name in OTHER_TOKENS},
    }


def _pieces(
    other: Units | None, prices: Mapping[str, Price], start: datetime, end: datetime | None
) -> dict[str, float]:
    """What the call used of all that has a price and is no token."""
    found: dict[str, float] = {} if other is None else {name: getattr(other, name) for name in prices if name in _UNITS}
    if "requests" in prices:
        found["requests"] = 1
    if "request_s" in prices and end is not None:
        found["request_s"] = (end - start).total_seconds()
    return {name: count for name, count in found.items() if count}


def _counted_once(
    tokens: dict[str, int], pieces: dict[str, float], prices: Mapping[str, Price], tokens_first: bool
) -> dict[str, int]:
    """The tokens that are paid for; of `pieces` those are taken out that tokens pay for."""
    paid = {bucket: count for bucket, count in tokens.items() if count}
    if not prices:
        return {}
    by_tokens = any(prices[bucket].usd for bucket in OUTPUT_TOKENS if bucket in paid and bucket in prices)
    if tokens_first and paid:
        for piece in _INPUT_PIECES:
            pieces.pop(piece, None)
    for piece, instead in _INPUT_PIECES.items():
        if piece in pieces:
            paid.pop(instead, None)
            if "input" not in prices:  # nor is what else went in
                paid = {bucket: count for bucket, count in paid.items() if bucket in OUTPUT_TOKENS}
    if by_tokens:
        pieces.pop("images_output", None)
    if any(piece in pieces for piece in _OUTPUT_PIECES):
        for bucket in OUTPUT_TOKENS:
            paid.pop(bucket, None)
    return paid
