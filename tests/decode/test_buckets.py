"""Counts that contain each other become disjoint buckets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shipper.decode.buckets import to_buckets
from shipper.decode.usage_shapes import MAX_COUNT
from shipper.records import Units, Usage
from tests.decode.counts import assert_disjoint

NUMBER = st.integers(0, 40) | st.integers(0, MAX_COUNT)


def test_parts_are_taken_out_of_their_totals() -> None:
    parts = Units(audio_input=10, image_input=20, reasoning=5, audio_output=7, web_searches=2)
    assert to_buckets(100, 50, 30, 8, 3, parts) == Usage(32, 38, 30, 8, 3, 100, 50, parts)


def test_parts_above_their_total_are_cut_in_order() -> None:
    parts = Units(
        audio_input=6, image_input=9, video_input=9, reasoning=9, audio_output=9, image_output=9,
        cache_read_audio=9, cache_read_image=9, cache_write_12h=9, pages=3,
    )  # fmt: skip
    found = to_buckets(40, 12, 10, 20, 15, parts)
    assert found == Usage(
        0, 0, 10, 20, 15, 40, 12,
        Units(
            audio_input=6, image_input=4, reasoning=9, audio_output=3,
            cache_read_audio=9, cache_read_image=1, cache_write_12h=5, pages=3,
        ),
    )  # fmt: skip


def test_cache_above_the_prompt_is_cut_reads_first() -> None:
    assert to_buckets(10, 0, 8, 5, 4) == Usage(0, 0, 8, 2, 2, 10, 0)
    assert to_buckets(10, 0, 11, 5, 4) == Usage(0, 0, 10, 0, 0, 10, 0)


def test_no_parts_are_none() -> None:
    assert to_buckets(10, 1, parts=Units()).other is None
    assert to_buckets(0, 1, parts=Units(audio_input=3)).other is None


@given(NUMBER, NUMBER, NUMBER, NUMBER, NUMBER, st.none() | st.lists(NUMBER, max_size=27))
def test_buckets_are_disjoint_whatever_is_claimed(
    prompt: int, completion: int, read: int, write: int, write_1h: int, parts: list[int] | None
) -> None:
    found = to_buckets(prompt, completion, read, write, write_1h, None if parts is None else Units(*parts))
    assert_disjoint(found)
    assert (found.prompt, found.completion) == (prompt, completion)
