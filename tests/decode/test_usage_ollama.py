"""Ollama's usage."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from shipper.decode.usage_ollama import from_ollama
from shipper.records import Usage
from tests.decode.counts import assert_disjoint, objects


def test_counts_are_members_of_the_response() -> None:
    """Ollama, API reference, /api/chat."""
    found = from_ollama(
        {"model": "llama3.2", "done": True, "prompt_eval_count": 26, "eval_count": 298, "eval_duration": 4709213000}
    )
    assert found == Usage(26, 298, prompt=26, completion=298)


def test_prompt_in_memory_is_not_counted_and_nothing_is_none() -> None:
    assert from_ollama({"eval_count": 5}) == Usage(0, 5, completion=5)
    assert from_ollama({"done": False}) is None


@given(objects("prompt_eval_count", "eval_count"))
def test_buckets_are_disjoint_whatever_is_written(response: dict[str, Any]) -> None:
    assert_disjoint(from_ollama(response))
