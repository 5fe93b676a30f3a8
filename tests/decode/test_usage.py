"""Usage objects as disjoint buckets."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.decode.shapes import MAX_COUNT, UsageObject
from shipper.decode.usage import to_usage
from shipper.records import Usage


def usage(**fields: Any) -> Usage | None:
    return to_usage(msgspec.convert(fields, UsageObject))


def test_chat_input_excludes_the_cache() -> None:
    found = usage(
        prompt_tokens=2006, completion_tokens=300, total_tokens=2306, prompt_tokens_details={"cached_tokens": 1920}
    )
    assert found == Usage(input=86, output=300, cache_read=1920, prompt=2006, completion=300)


def test_cache_writes_are_not_counted_in_input() -> None:
    found = usage(
        prompt_tokens=1907,
        completion_tokens=305,
        total_tokens=2212,
        cache_creation_input_tokens=1886,
        prompt_tokens_details={
            "cached_tokens": 0,
            "cache_creation_token_details": {"ephemeral_5m_input_tokens": 886, "ephemeral_1h_input_tokens": 1000},
        },
    )
    assert found == Usage(input=21, output=305, cache_write=1886, cache_write_1h=1000, prompt=1907, completion=305)


def test_cached_tokens_of_the_details_go_before_the_top_level_field() -> None:
    details = {"cached_tokens": 7}
    found = usage(prompt_tokens=10, cache_read_input_tokens=3, prompt_tokens_details=details)
    assert found is not None
    assert found.cache_read == 7
    without = usage(prompt_tokens=10, cache_read_input_tokens=3, prompt_tokens_details={"cached_tokens": 0})
    assert without is not None
    assert without.cache_read == 3


def test_anthropic_input_tokens_exclude_the_cache_already() -> None:
    found = usage(
        input_tokens=50,
        output_tokens=7,
        cache_read_input_tokens=100,
        cache_creation_input_tokens=20,
        cache_creation={"ephemeral_1h_input_tokens": 5},
    )
    assert found == Usage(50, 7, 100, 20, 5, 170, 7)


def test_openai_responses_input_tokens_include_the_cache() -> None:
    found = usage(input_tokens=36, output_tokens=87, total_tokens=123, input_tokens_details={"cached_tokens": 16})
    assert found == Usage(input=20, output=87, cache_read=16, prompt=36, completion=87)


def test_missing_total_is_the_sum() -> None:
    found = usage(prompt_tokens=3, completion_tokens=4)
    assert found is not None
    assert found.total == 7


@pytest.mark.parametrize("fields", [{}, {"seconds": 18.0}, {"prompt_tokens": None}])
def test_usage_that_counts_no_tokens_is_none(fields: dict[str, Any]) -> None:
    assert usage(**fields) is None


COUNT = st.none() | st.integers(0, MAX_COUNT)


@given(st.fixed_dictionaries(dict.fromkeys(UsageObject.__struct_fields__[:5], COUNT)), COUNT, COUNT, COUNT)
def test_buckets_are_never_negative(
    fields: dict[str, Any], cached: int | None, read: int | None, written: int | None
) -> None:
    found = usage(
        **fields,
        prompt_tokens_details={"cached_tokens": cached},
        input_tokens_details={"cached_tokens": cached},
        cache_read_input_tokens=read,
        cache_creation_input_tokens=written,
    )
    if found is not None:
        assert min(msgspec.structs.astuple(found)[:7]) >= 0
        assert found.cache_write_1h <= found.cache_write
