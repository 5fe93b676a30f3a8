"""Cohere's usage as disjoint buckets."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from shipper.decode.usage_cohere import from_cohere
from shipper.records import Units, Usage
from tests.decode.counts import assert_disjoint, objects


def test_billed_units_are_what_is_paid() -> None:
    """docs.cohere.com, chat v2."""
    found = from_cohere(
        {
            "billed_units": {"input_tokens": 5, "output_tokens": 418},
            "tokens": {"input_tokens": 71, "output_tokens": 418},
        }
    )
    assert found == Usage(5, 418, prompt=5, completion=418)


def test_tokens_count_where_none_are_billed() -> None:
    assert from_cohere({"tokens": {"input_tokens": 71, "output_tokens": 9}}) == Usage(71, 9, prompt=71, completion=9)


def test_embeddings_of_images_and_text() -> None:
    found = from_cohere({"billed_units": {"input_tokens": 5, "image_tokens": 300, "images": 2}})
    assert found == Usage(5, prompt=305, other=Units(image_input=300, images_input=2))


def test_search_units_are_no_tokens() -> None:
    found = from_cohere({"api_version": {"version": "2"}, "billed_units": {"search_units": 3}})
    assert found == Usage(other=Units(queries=3))


def test_only_a_total_is_input_and_nothing_is_none() -> None:
    assert from_cohere({"billed_units": {"total_tokens": 9}}) == Usage(9, prompt=9)
    assert from_cohere({"billed_units": {}}) is None
    assert from_cohere({"billed_units": None, "tokens": 4}) is None


UNITS = objects("input_tokens", "output_tokens", "total_tokens", "image_tokens", "images", "search_units")


@given(objects("cached_tokens", billed_units=UNITS, tokens=UNITS))
def test_buckets_are_disjoint_whatever_is_written(usage: dict[str, Any]) -> None:
    assert_disjoint(from_cohere(usage))
