"""Bedrock's usage as disjoint buckets."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shipper.decode.usage_amazon import from_converse, from_invocation
from shipper.records import Usage
from tests.decode.counts import assert_disjoint, objects


def test_input_tokens_of_converse_exclude_the_cache() -> None:
    """AWS, Bedrock user guide, prompt caching."""
    found = from_converse(
        {
            "inputTokens": 50,
            "outputTokens": 120,
            "totalTokens": 1670,
            "cacheReadInputTokens": 1000,
            "cacheWriteInputTokens": 500,
            "cacheDetails": [{"ttl": "5m", "inputTokens": 300}, {"ttl": "1h", "inputTokens": 200}],
        }
    )
    assert found == Usage(50, 120, 1000, 500, 200, 1550, 120)


def test_stream_of_an_invoked_model_ends_with_its_metrics() -> None:
    found = from_invocation(
        {
            "type": "message_stop",
            "amazon-bedrock-invocationMetrics": {
                "inputTokenCount": 10,
                "outputTokenCount": 5,
                "cacheReadInputTokenCount": 4,
                "cacheWriteInputTokenCount": 0,
                "invocationLatency": 900,
            },
        }
    )
    assert found == Usage(10, 5, 4, 0, 0, 14, 5)


def test_titan_and_llama_as_invoked() -> None:
    titan = {"inputTextTokenCount": 7, "results": [{"tokenCount": 3, "outputText": "a"}, {"tokenCount": 2}]}
    assert from_invocation(titan) == Usage(7, 5, prompt=7, completion=5)
    assert from_invocation({"embedding": [0.1], "inputTextTokenCount": 7}) == Usage(7, prompt=7)
    llama = {"generation": "a", "prompt_token_count": 4, "generation_token_count": 6}
    assert from_invocation(llama) == Usage(4, 6, prompt=4, completion=6)


def test_only_a_total_is_input_and_nothing_is_none() -> None:
    assert from_converse({"totalTokens": 5}) == Usage(5, prompt=5)
    assert from_converse({}) is None
    assert from_invocation({"results": [{"tokenCount": -1}]}) is None


@given(
    objects(
        *("inputTokens", "outputTokens", "totalTokens", "cacheReadInputTokens", "cacheWriteInputTokens"),
        cacheDetails=st.lists(objects("inputTokens", ttl=st.sampled_from(["5m", "1h", None])), max_size=3),
    )
)
def test_buckets_are_disjoint_whatever_is_written(usage: dict[str, Any]) -> None:
    assert_disjoint(from_converse(usage))
