"""What of a usage is no text."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shipper.decode.usage_parts import to_parts
from shipper.decode.usage_shapes import UsageObject
from shipper.records import Units


def parts(prompt: dict[str, Any] | None = None, completion: dict[str, Any] | None = None, **fields: Any) -> Any:
    given = msgspec.convert(
        {"prompt_tokens_details": prompt, "completion_tokens_details": completion, **fields}, UsageObject
    )
    return to_parts(given, given.prompt_tokens_details, given.completion_tokens_details)


@pytest.mark.parametrize(
    ("prompt", "completion", "expected"),
    [
        ({"audio_tokens": 3}, None, Units(audio_input=3)),
        ({"image_tokens": 3}, None, Units(image_input=3)),
        ({"video_tokens": 3}, None, Units(video_input=3)),
        ({"web_search_requests": 3}, None, Units(web_searches=3)),
        ({"google_maps_grounding_requests": 3}, None, Units(map_queries=3)),
        ({"character_count": 3}, None, Units(characters_input=3)),
        ({"query_count": 3}, None, Units(queries=3)),
        ({"audio_length_seconds": 1.5}, None, Units(audio_input_s=1.5)),
        ({"video_length_seconds": 1.5}, None, Units(video_input_s=1.5)),
        ({"cache_creation_token_details": {"ephemeral_12h_input_tokens": 3}}, None, Units(cache_write_12h=3)),
        ({"cache_write_tokens_details": {"ttl_12h_tokens": 3}}, None, Units(cache_write_12h=3)),
        (
            {"cached_tokens": 9, "image_tokens": 5, "cached_tokens_details": {"image_tokens": 3}},
            None,
            Units(image_input=2, cache_read_image=3),
        ),
        (None, {"reasoning_tokens": 3}, Units(reasoning=3)),
        (None, {"thinking_tokens": 3}, Units(reasoning=3)),
        (None, {"audio_tokens": 3}, Units(audio_output=3)),
        (None, {"image_tokens": 3}, Units(image_output=3)),
        (None, {"video_tokens": 3}, Units(video_output=3)),
    ],
)
def test_each_detail_has_its_unit(prompt: Any, completion: Any, expected: Units) -> None:
    assert parts(prompt, completion) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"server_tool_use": {"web_search_requests": 2}}, 2),
        ({"server_side_tool_usage_details": {"web_search_calls": 2, "x_search_calls": 1}}, 2),
        ({"num_search_queries": 2}, 2),
    ],
)
def test_searches_of_every_provider(fields: dict[str, Any], expected: int) -> None:
    assert parts(**fields) == Units(web_searches=expected)


def test_text_and_cache_have_no_parts() -> None:
    assert parts({"cached_tokens": 5, "text_tokens": 4, "audio_tokens": 0}, {"reasoning_tokens": 0}) is None
    assert parts({"cache_creation_token_details": {"ephemeral_1h_input_tokens": 7}}) is None
    assert parts() is None
