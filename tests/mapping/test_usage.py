"""Buckets as the server adds them up."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shipper.decode.buckets import to_buckets
from shipper.mapping.usage import to_usage_details
from shipper.records import Units, Usage

NUMBER = st.integers(0, 40)
ALL = Usage(1, 2, 3, 4, 0, 0, 0, Units(5, 6, 7, 8, 9, 10, 11, web_searches=12, pages=13))


def details(usage: Usage, origin: Any) -> dict[str, int]:
    found: dict[str, int] = msgspec.to_builtins(to_usage_details(usage, origin))
    return found


def test_litellm_records_keep_litellms_five_names() -> None:
    assert details(ALL, "litellm") == {
        "input": 19,
        "output": 40,
        "total": 66,
        "cache_creation_input_tokens": 4,
        "cache_read_input_tokens": 3,
    }
    assert details(Usage(1), "litellm").keys() == details(ALL, "litellm").keys()


def test_plain_records_show_every_bucket_that_holds_tokens() -> None:
    assert details(ALL, "plain") == {
        "input": 1,
        "output": 2,
        "total": 66,
        "cache_read_input_tokens": 3,
        "cache_creation_input_tokens": 4,
        "input_audio_tokens": 5,
        "input_image_tokens": 6,
        "input_video_tokens": 7,
        "output_reasoning_tokens": 8,
        "output_audio_tokens": 9,
        "output_image_tokens": 10,
        "output_video_tokens": 11,
    }
    assert details(Usage(1), "plain") == {"input": 1, "output": 0, "total": 1}


@given(NUMBER, NUMBER, NUMBER, NUMBER, st.none() | st.lists(NUMBER, max_size=27), st.sampled_from(["litellm", "plain"]))
def test_buckets_sum_to_the_total(
    prompt: int, completion: int, read: int, write: int, parts: list[int] | None, origin: str
) -> None:
    usage = to_buckets(prompt, completion, read, write, 0, None if parts is None else Units(*parts))
    found = details(usage, origin)
    assert found.pop("total") == sum(found.values()) == prompt + completion
