"""LiteLLM's own recorded calls, priced again from the tables: the same cost, bit for bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from shipper.decode import Decoder
from shipper.mapping.settings import MappingSettings
from shipper.price_files import PriceFiles
from shipper.pricing import Pricer, PricingSettings
from shipper.records import Billing, CallRecord, Cost, Record, UnknownCost

GOLDEN = Path(__file__).parents[1] / "golden"
# What no table prices, and what is said of it. All others must come out exactly as LiteLLM's.
NOT_BY_TABLE = {
    "custom_pricing-0": UnknownCost("unpriced_model"),  # priced by the caller's own configuration
    "unknown_model-0": UnknownCost("unpriced_model"),
    "fail_rate_limit-0": UnknownCost("no_usage"),
    "cache_hit-1": Cost(0.0),
}


def _records() -> list[Any]:
    records = [
        pytest.param(record, id=f"{path.stem}-{index}")
        for path in sorted(GOLDEN.glob("*.json"))
        for index, record in enumerate(json.loads(path.read_bytes())["records"])
    ]
    assert len(records) >= 44, f"the golden records are missing from {GOLDEN}"
    return records


def _billing(record: dict[str, Any]) -> Billing:
    call = Decoder(MappingSettings()).decode(Record("t", 0, 0, -1, None, json.dumps(record).encode()))
    assert isinstance(call, CallRecord)
    return call.billing


@pytest.fixture(scope="module")
def pricer() -> Pricer:
    return Pricer(PricingSettings(), PriceFiles(PricingSettings()).load())


@pytest.mark.parametrize("record", _records())
def test_the_table_gives_litellms_cost_to_the_last_bit(
    record: dict[str, Any], pricer: Pricer, request: pytest.FixtureRequest
) -> None:
    cost = pricer.price(replace(_billing(record), recorded_cost=None))
    expected = NOT_BY_TABLE.get(request.node.callspec.id)
    if expected is not None:
        assert cost == expected
        return
    assert isinstance(cost, Cost)
    payload = record["standard_logging_object"]
    assert cost.total == payload["response_cost"]
    # LiteLLM's input cost holds the cache's share too, and its output cost the reasoning; ours stand apart.
    breakdown = payload["cost_breakdown"]
    parts = {key: sum(usd for name, usd in cost.split.items() if name.startswith(key)) for key in ("input", "output")}
    read = cost.split.get("cache_read_input_tokens", 0.0)
    write = cost.split.get("cache_creation_input_tokens", 0.0)
    assert parts["input"] + read + write + parts["output"] == breakdown["input_cost"] + breakdown["output_cost"]
    assert read == breakdown.get("cache_read_cost", 0.0)
    assert write == breakdown.get("cache_creation_cost", 0.0)
    assert cost.split.get("output_reasoning_tokens", 0.0) == breakdown.get("reasoning_cost", 0.0)


@pytest.mark.parametrize("record", _records())
def test_the_recorded_cost_is_the_total_and_is_split_by_table_or_breakdown(
    record: dict[str, Any], pricer: Pricer, request: pytest.FixtureRequest
) -> None:
    cost = pricer.price(_billing(record))
    if request.node.callspec.id in ("fail_rate_limit-0", "unknown_model-0"):
        assert isinstance(cost, UnknownCost)
        return
    assert isinstance(cost, Cost)
    assert cost.total == record["standard_logging_object"]["response_cost"]
    assert bool(cost.split) is (request.node.callspec.id != "cache_hit-1")


def test_every_exception_names_a_record_that_exists() -> None:
    assert {param.id for param in _records()} >= NOT_BY_TABLE.keys()
