"""Strategies and checks for the tests of usage: counts that contradict each other, and what must hold all the same."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from shipper.decode.usage_shapes import MAX_COUNT
from shipper.records import Units, Usage

COUNT = st.none() | st.integers(0, 60) | st.integers(0, MAX_COUNT)


def objects(*names: str, **nested: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with any of these counts, and of these members with other values."""
    return st.fixed_dictionaries({}, optional={**dict.fromkeys(names, COUNT), **nested})


def assert_disjoint(usage: Usage | None) -> None:
    """Buckets are not negative, no part is above its whole, and they sum to what went in and came out."""
    if usage is None:
        return
    other = usage.other or Units()
    assert min(msgspec.structs.astuple(usage)[:7]) >= 0
    assert min(msgspec.structs.astuple(other)) >= 0
    assert usage.cache_write_1h + other.cache_write_12h <= usage.cache_write
    assert other.cache_read_audio + other.cache_read_image <= usage.cache_read
    went_in = other.audio_input + other.image_input + other.video_input
    came_out = other.reasoning + other.audio_output + other.image_output + other.video_output
    assert usage.input + usage.cache_read + usage.cache_write + went_in == usage.prompt
    assert usage.output + came_out == usage.completion
    assert usage.total == usage.prompt + usage.completion
    assert usage.other is None or usage.other != Units()
