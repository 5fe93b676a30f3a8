"""Which rows are tariffs, and what multiplies their prices."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shipper.pricing import bundled_snapshot
from shipper.pricing.lines import Price
from shipper.pricing.row import compile_row
from shipper.pricing.tariff import Rates, Tariff
from shipper.records import Terms

CHAT = {"mode": "chat", "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05}
BUNDLED: dict[str, dict[str, Any]] = json.loads(bundled_snapshot()[0])


def _compiled(row: dict[str, Any], terms: Terms | None = None) -> Tariff:
    tariff = compile_row(row, terms or Terms())
    assert tariff is not None
    return tariff


def _rates(row: dict[str, Any], terms: Terms | None = None) -> Rates:
    rates = _compiled(row, terms).steps[0].rates
    assert rates is not None
    return rates


def test_a_free_model_is_a_tariff() -> None:
    assert _rates({"mode": "chat", "input_cost_per_token": 0, "output_cost_per_token": 0}).input == 0.0


@pytest.mark.parametrize("mode", ["embedding", "moderation", "rerank"])
def test_a_model_without_output_needs_no_output_price(mode: str) -> None:
    assert _rates({"mode": mode, "input_cost_per_token": 1e-07}).output == 0.0


def test_fireworks_reads_its_cache_at_half_the_input_price() -> None:
    assert _rates({**CHAT, "litellm_provider": "fireworks_ai"}).cache_read == 1.5e-06
    own = {**CHAT, "litellm_provider": "fireworks_ai", "cache_read_input_token_cost": 1e-07}
    assert _rates(own).cache_read == 1e-07


def test_tokens_at_zero_beside_another_price_are_a_placeholder() -> None:
    row = {"mode": "rerank", "input_cost_per_token": 0.0, "output_cost_per_token": 0.0, "input_cost_per_query": 0.002}
    tariff = _compiled(row)
    assert tariff.steps == ()
    assert tariff.pieces == {"queries": Price(0.002, "input_cost_per_query")}


def test_a_model_that_is_free_in_every_unit_is_free() -> None:
    row = {"mode": "chat", "input_cost_per_token": 0, "output_cost_per_token": 0, "input_cost_per_character": 0}
    assert _rates(row).input == 0.0


def test_the_price_of_a_tool_makes_no_placeholder_of_the_tokens() -> None:
    row = {"mode": "moderation", "input_cost_per_token": 0.0, "code_interpreter_cost_per_session": 0.03}
    assert _rates(row).input == 0.0


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"mode": "chat"},
        {"mode": "chat", "tiered_pricing": [{"range": [0, 9], "input_cost_per_query": 0.1}]},
        {"mode": "chat", "tiered_pricing": [{"range": [5, 9], **CHAT}]},
        {"mode": "chat", "tiered_pricing": [{"range": [0, 5], **CHAT}, {"range": [6, 9], **CHAT}]},
        {"mode": "chat", "tiered_pricing": [{"max_results_range": [0, 5], **CHAT}]},
    ],
)
def test_a_row_without_prices_is_no_tariff(row: dict[str, Any]) -> None:
    assert compile_row(row) is None


ENTRY = {"us": 1.1, "fast": 2.0}
UPLIFTS = {
    **CHAT,
    "provider_specific_entry": ENTRY,
    "regional_processing_uplift_multiplier_eu": 1.25,
    "regional_endpoint_uplift_multiplier": 1.5,
    "input_cost_per_image": 0.5,
}


@pytest.mark.parametrize(
    ("terms", "factor"),
    [
        (Terms(speed="fast"), 2.0),
        (Terms(speed="standard"), 1.0),
        (Terms(geo="US"), 1.1),
        (Terms(geo="global"), 1.0),
        (Terms(geo="fast"), 1.0),
        (Terms(residency="eu"), 1.25),
        (Terms(residency="us"), 1.0),
        (Terms(location="us-east5"), 1.5),
        (Terms(location="global"), 1.0),
        (Terms(speed="fast", geo="us"), 2.0 * 1.1),
    ],
)
def test_where_and_how_a_call_was_served_multiplies_every_price(terms: Terms, factor: float) -> None:
    tariff = _compiled(UPLIFTS, terms)
    assert tariff.steps[0].rates == Rates(*[usd * factor for usd in (3e-06, 1.5e-05, 3e-06, 3e-06, 3e-06)])
    assert tariff.pieces["images_input"].usd == 0.5 * factor
    assert ("x" in tariff.pieces["images_input"].rule) is (factor != 1.0)


def test_the_fees_of_tools_are_not_multiplied() -> None:
    row = {**UPLIFTS, "search_context_cost_per_query": {"search_context_size_medium": 0.01}}
    assert _compiled(row, Terms(speed="fast")).pieces["web_searches"].usd == 0.01


def test_only_rows_that_tokens_price_have_the_short_way() -> None:
    assert _compiled(CHAT).by_tokens
    assert not _compiled({**CHAT, "input_cost_per_request": 0.005}).by_tokens
    assert not _compiled({"mode": "chat", "cost_per_second": 0.02}).by_tokens


def test_every_row_of_the_snapshot_with_a_price_is_a_tariff() -> None:
    prices = {
        name: row
        for name, row in BUNDLED.items()
        if any("cost_per" in key and type(price) in (int, float) for key, price in row.items())
    }
    assert len(prices) > 4000
    refused = {name for name, row in prices.items() if compile_row(row) is None}
    # One row has prices for one service tier only.
    assert refused == {"fireworks_ai/accounts/fireworks/models/minimax-m2p7"}
    assert all(compile_row(prices[name], Terms(tier="priority")) for name in refused)
