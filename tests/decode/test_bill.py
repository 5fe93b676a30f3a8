"""The bill of a response that the usual shapes do not know."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from shipper.decode.bill import Bill, read_bill
from shipper.records import Units, Usage
from tests.decode.counts import assert_disjoint


def bill(response: Any) -> Bill | None:
    return read_bill(Raw(json.dumps(response).encode()))


def test_gemini() -> None:
    found = bill(
        {
            "candidates": [{"content": {"parts": [{"text": "a"}]}, "groundingMetadata": {"webSearchQueries": ["q"]}}],
            "usageMetadata": {
                "promptTokenCount": 4,
                "candidatesTokenCount": 2,
                "totalTokenCount": 6,
                "trafficType": "ON_DEMAND_PRIORITY",
            },
            "modelVersion": "gemini-3-pro",
        }
    )
    usage = Usage(4, 2, prompt=4, completion=2, other=Units(web_searches=1))
    assert found == Bill(usage, "gemini-3-pro", "ON_DEMAND_PRIORITY")


def test_batch_of_google_is_paid_as_flex_is() -> None:
    found = bill({"usageMetadata": {"promptTokenCount": 4, "trafficType": "BATCH"}})
    assert found is not None
    assert found.tier == "flex"


def test_converse() -> None:
    found = bill(
        {
            "output": {"message": {"role": "assistant", "content": [{"text": "a"}]}},
            "usage": {"inputTokens": 4, "outputTokens": 2, "totalTokens": 6},
            "serviceTier": {"type": "priority"},
        }
    )
    assert found == Bill(Usage(4, 2, prompt=4, completion=2), tier="priority")


@pytest.mark.parametrize(
    ("response", "usage"),
    [
        ({"message": {}, "usage": {"tokens": {"input_tokens": 3}}}, Usage(3, prompt=3)),
        ({"predictions": [{"embeddings": {"statistics": {"token_count": 3}}}]}, Usage(3, prompt=3)),
        ({"text": "a", "meta": {"billed_units": {"input_tokens": 3, "output_tokens": 0}}}, Usage(3, prompt=3)),
        ({"response": "a", "done": True, "prompt_eval_count": 3}, Usage(3, prompt=3)),
        ({"usage": {"total_input_tokens": 3}}, Usage(3, prompt=3)),
        ({"inputTextTokenCount": 3, "results": []}, Usage(3, prompt=3)),
        ({"results": [], "meta": {"billed_units": {"search_units": 2}}}, Usage(other=Units(queries=2))),
        ({"answer": 42}, None),
    ],
)
def test_each_api_is_told_by_its_names(response: Any, usage: Usage | None) -> None:
    found = bill(response)
    assert found is not None
    assert found.usage == usage


def test_sizes_are_the_responses() -> None:
    found = bill(
        {"data": [{"url": "u"}], "size": "1024x1024", "quality": "high", "usage": {"video_resolution": "720p"}}
    )
    assert found == Bill(Usage(other=Units(images_output=1)), None, None, "1024x1024", "high", "720p")


@pytest.mark.parametrize("response", ["a", 1, None, [1]])
def test_what_is_no_object_has_no_bill(response: Any) -> None:
    assert bill(response) is None
    assert read_bill(Raw(b"")) is None


NAMES = (
    "usage",
    "usageMetadata",
    "meta",
    "candidates",
    "data",
    "results",
    "output",
    "usage_info",
    "object",
    "duration",
)
INNER = ("inputTokens", "billed_units", "promptTokenCount", "groundingMetadata", "type", "pages_processed", "seconds")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(INNER), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(NAMES), JSON))
def test_no_response_raises(response: Any) -> None:
    found = bill(response)
    assert found is not None
    assert_disjoint(found.usage)
