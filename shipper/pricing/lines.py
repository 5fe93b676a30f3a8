"""A calculation line by line: units at a price, the key of `costDetails` under which each is shown, and the sum.

Rule: input, output and tools are summed each for themselves and then together, as LiteLLM does. Knows no row.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

from shipper.records import Cost, Units

# Where a bucket's cost is shown: Langfuse's keys of `costDetails`. In the order in which LiteLLM adds up.
_INPUT_KEYS = {
    "input": "input",
    "cache_read": "cache_read_input_tokens",
    "cache_read_audio": "cache_read_input_tokens",
    "cache_read_image": "cache_read_input_tokens",
    "audio_input": "input_audio_tokens",
    "image_input": "input_image_tokens",
    "video_input": "input_video_tokens",
    "cache_write": "cache_creation_input_tokens",
    "cache_write_1h": "cache_creation_input_tokens",
    "cache_write_12h": "cache_creation_input_tokens",
    "citations": "input_citation_tokens",
    "characters_input": "input_characters",
    "images_input": "input_images",
    "video_input_s": "input_video_seconds",
    "audio_input_s": "input_audio_seconds",
    "queries": "input_queries",
    "pages": "input_pages",
    "pages_annotated": "input_pages_annotated",
    "credits": "input_credits",
    "request_s": "input_seconds",
    "requests": "input_requests",
}
_OUTPUT_KEYS = {
    "output": "output",
    "audio_output": "output_audio_tokens",
    "reasoning": "output_reasoning_tokens",
    "image_output": "output_image_tokens",
    "video_output": "output_video_tokens",
    "characters_output": "output_characters",
    "images_output": "output_images",
    "video_output_s": "output_video_seconds",
    "audio_output_s": "output_audio_seconds",
}
_TOOL_KEYS = {
    "map_queries": "google_maps",
    "web_searches": "web_search",
    "file_searches": "file_search",
    "code_sessions": "code_interpreter",
}
KEYS = {**_INPUT_KEYS, **_OUTPUT_KEYS, **_TOOL_KEYS}

OUTPUT_TOKENS = ("output", "audio_output", "reasoning", "image_output", "video_output")
OTHER_TOKENS = Units.__struct_fields__[: Units.__struct_fields__.index("citations") + 1]


class Price(NamedTuple):
    """US dollars a unit, and the key of the row that says so (with what was done to it)."""

    usd: float
    rule: str


class Line(NamedTuple):
    """One line of a calculation: `units` of a bucket at a price, in US dollars, and where it is shown (`key`)."""

    bucket: str
    units: float
    price: Price
    usd: float

    @property
    def key(self) -> str:
        """The key of `costDetails` that the line's cost is added to."""
        return KEYS[self.bucket]


def total(lines: list[Line]) -> Cost | None:
    """The sum of a calculation. None where it is no finite number."""
    split: dict[str, float] = {}
    sides: tuple[dict[str, float], ...] = ({}, {}, {})  # as LiteLLM adds: input, output and tools each for themselves
    for line in lines:
        side = sides[0 if line.bucket in _INPUT_KEYS else 1 if line.bucket in _OUTPUT_KEYS else 2]
        side[line.key] = side.get(line.key, 0.0) + line.usd
    for side in sides:
        split |= side
    asked, answered, tools = (sum(side.values()) for side in sides)
    cost = asked + answered + tools
    return Cost(cost, split) if cost < inf else None
