"""LiteLLM's own recorded calls, priced again from the table: the same cost, bit for bit."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shipper.pricing import PriceBook, Pricer, PriceTable, PricingSettings, bundled_snapshot
from shipper.records import Billing, Cost, UnknownCost, Usage

GOLDEN = Path(__file__).parents[1] / "golden"
# The calls that tokens do not price, and what is said of each. All others must come out exactly as LiteLLM's.
NOT_BY_TOKENS = {
    "rerank_cohere-0": UnknownCost("no_usage"),  # by query
    "fx_transcription-0": UnknownCost("no_usage"),  # by second
    "custom_pricing-0": UnknownCost("unpriced_model"),  # priced by the caller's own configuration
    "unknown_model-0": UnknownCost("unpriced_model"),
    "fail_rate_limit-0": UnknownCost("no_usage"),
    "cache_hit-1": Cost(0.0),
}


def _records() -> list[Any]:
    records = [
        pytest.param(record["standard_logging_object"], id=f"{path.stem}-{index}")
        for path in sorted(GOLDEN.glob("*.json"))
        for index, record in enumerate(json.loads(path.read_bytes())["records"])
    ]
    assert len(records) >= 44, f"the golden records are missing from {GOLDEN}"
    return records


def _usage(reported: dict[str, Any]) -> Usage:
    details = reported.get("prompt_tokens_details") or {}
    prompt = reported.get("prompt_tokens", 0)
    read = details.get("cached_tokens") or 0
    write = details.get("cache_creation_tokens") or 0
    return Usage(
        input=prompt - read - write,
        output=reported.get("completion_tokens", 0),
        cache_read=read,
        cache_write=write,
        cache_write_1h=(details.get("cache_creation_token_details") or {}).get("ephemeral_1h_input_tokens") or 0,
        prompt=prompt,
        completion=reported.get("completion_tokens", 0),
    )


def _billing(payload: dict[str, Any], recorded: float | None = None) -> Billing:
    return Billing(
        models=(payload["model"],),
        provider=payload["custom_llm_provider"],
        start=datetime.fromtimestamp(payload["startTime"], UTC),
        usage=_usage(payload["metadata"]["usage_object"]),
        recorded_cost=recorded,
        cache_hit=bool(payload["cache_hit"]),
        failed=payload["status"] == "failure",
    )


@pytest.fixture(scope="module")
def pricer() -> Pricer:
    return Pricer(PricingSettings(), PriceBook.of(PriceTable.load(*bundled_snapshot())))


@pytest.mark.parametrize("payload", _records())
def test_the_table_gives_litellms_cost_to_the_last_bit(
    payload: dict[str, Any], pricer: Pricer, request: pytest.FixtureRequest
) -> None:
    cost = pricer.price(_billing(payload))
    expected = NOT_BY_TOKENS.get(request.node.callspec.id)
    if expected is not None:
        assert cost == expected
        return
    assert isinstance(cost, Cost)
    assert cost.total == payload["response_cost"]
    # LiteLLM's input cost holds the cache's share too; ours stands apart.
    breakdown = payload["cost_breakdown"]
    read = cost.split.get("cache_read_input_tokens", 0.0)
    write = cost.split.get("cache_creation_input_tokens", 0.0)
    assert cost.split["input"] + read + write == breakdown["input_cost"]
    assert cost.split.get("output", 0.0) == breakdown["output_cost"]
    assert read == breakdown.get("cache_read_cost", 0.0)
    assert write == breakdown.get("cache_creation_cost", 0.0)


@pytest.mark.parametrize("payload", _records())
def test_the_recorded_cost_is_the_total_and_is_split_where_the_table_agrees(
    payload: dict[str, Any], pricer: Pricer, request: pytest.FixtureRequest
) -> None:
    recorded = payload["response_cost"]
    cost = pricer.price(_billing(payload, recorded))
    if request.node.callspec.id == "fail_rate_limit-0":
        assert cost == UnknownCost("no_usage")
        return
    assert isinstance(cost, Cost)
    assert cost.total == recorded
    assert bool(cost.split) is (request.node.callspec.id not in NOT_BY_TOKENS)


def test_every_exception_names_a_record_that_exists() -> None:
    assert {param.id for param in _records()} >= NOT_BY_TOKENS.keys()
