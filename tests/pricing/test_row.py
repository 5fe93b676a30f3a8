"""Which rows are tariffs, and at which rates."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from shipper.pricing import bundled_snapshot
from shipper.pricing.row import compile_row
from shipper.pricing.tariff import Rates, Tariff

CHAT = {"mode": "chat", "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05}
BUNDLED: dict[str, dict[str, Any]] = json.loads(bundled_snapshot()[0])


def _compiled(row: dict[str, Any]) -> Tariff:
    tariff = compile_row(row)
    assert tariff is not None
    return tariff


def test_missing_cache_prices_are_the_input_price() -> None:
    assert _compiled(CHAT).base == Rates(3e-06, 1.5e-05, 3e-06, 3e-06, 3e-06)


def test_a_missing_one_hour_price_is_the_cache_write_price() -> None:
    assert _compiled({**CHAT, "cache_creation_input_token_cost": 4e-06}).base.cache_write_1h == 4e-06


def test_an_explicit_zero_is_a_price() -> None:
    tariff = _compiled({**CHAT, "cache_read_input_token_cost": 0.0, "cache_creation_input_token_cost": 0})
    assert tariff.base == Rates(3e-06, 1.5e-05, 0.0, 0.0, 0.0)


def test_a_free_model_is_a_tariff() -> None:
    assert _compiled({"mode": "chat", "input_cost_per_token": 0, "output_cost_per_token": 0}).base.input == 0.0


def test_an_embedding_needs_no_output_price() -> None:
    assert _compiled({"mode": "embedding", "input_cost_per_token": 1e-07}).base.output == 0.0


def test_fireworks_reads_its_cache_at_half_the_input_price() -> None:
    assert _compiled({**CHAT, "litellm_provider": "fireworks_ai"}).base.cache_read == 1.5e-06


def test_a_threshold_replaces_only_what_it_names_and_later_ones_build_on_it() -> None:
    tariff = _compiled(
        {
            **CHAT,
            "cache_read_input_token_cost": 3e-07,
            "cache_creation_input_token_cost_above_1hr": 6e-06,
            "output_cost_per_token_above_512k_tokens": 4e-05,
            "input_cost_per_token_above_200k_tokens": 6e-06,
            "cache_creation_input_token_cost_above_1hr_above_200k_tokens": 1.2e-05,
            "input_cost_per_token_above_100k_tokens": None,
            "input_cost_per_token_above_200k_tokens_priority": 1.0,
        }
    )
    assert tariff.above == (
        (200_000, Rates(6e-06, 1.5e-05, 3e-07, 6e-06, 1.2e-05)),
        (512_000, Rates(6e-06, 4e-05, 3e-07, 6e-06, 1.2e-05)),
    )


def test_a_prompt_that_reaches_the_threshold_is_above_it_at_xai() -> None:
    row = {**CHAT, "litellm_provider": "xai", "input_cost_per_token_above_128k_tokens": 6e-06}
    assert _compiled(row).rates(127_999).input == 3e-06
    assert _compiled(row).rates(128_000).input == 6e-06


def test_tiers_price_the_call_by_the_range_that_holds_its_prompt() -> None:
    tiers = [
        {"range": [32_000, 128_000], "input_cost_per_token": 2e-06, "output_cost_per_token": 8e-06},
        {"range": [0, 32_000.0], "input_cost_per_token": 1e-06, "cache_read_input_token_cost": 1e-07},
    ]
    tariff = _compiled({"mode": "chat", "output_cost_per_token": 4e-06, "tiered_pricing": tiers})
    assert tariff.rates(32_000) == Rates(1e-06, 4e-06, 1e-07, 1e-06, 1e-06)
    assert tariff.rates(32_001) == tariff.rates(1_000_000) == Rates(2e-06, 8e-06, 2e-06, 2e-06, 2e-06)


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"mode": "chat"},
        {"mode": "chat", "output_cost_per_token": 1e-06},
        {"mode": "chat", "input_cost_per_token": 1e-06},
        {**CHAT, "mode": "image_generation"},
        {**CHAT, "mode": "audio_transcription"},
        {**CHAT, "input_cost_per_request": 0.005},
        {**CHAT, "citation_cost_per_token": 2e-06},
        {**CHAT, "output_cost_per_reasoning_token": 4e-05},
        {**CHAT, "off_peak_pricing": {"input_cost_per_token": 1e-06, "windows": []}},
        {"mode": "rerank", "input_cost_per_token": 0.0, "output_cost_per_token": 0.0, "input_cost_per_query": 0.002},
        {"mode": "chat", "tiered_pricing": [{"range": [0, 9], "input_cost_per_query": 0.1}]},
        {"mode": "chat", "tiered_pricing": [{"range": [5, 9], **CHAT}]},
        {"mode": "chat", "tiered_pricing": [{"range": [0, 5], **CHAT}, {"range": [6, 9], **CHAT}]},
        {"mode": "chat", "tiered_pricing": [{"max_results_range": [0, 5], **CHAT}]},
    ],
)
def test_a_row_that_tokens_do_not_price_alone_is_no_tariff(row: dict[str, Any]) -> None:
    assert compile_row(row) is None


def test_a_reasoning_price_equal_to_the_output_price_changes_nothing() -> None:
    assert _compiled({**CHAT, "output_cost_per_reasoning_token": 1.5e-05}) == _compiled(CHAT)


def test_every_chat_row_of_the_snapshot_with_both_prices_is_a_tariff_but_those_with_another_charge() -> None:
    extra = re.compile("off_peak_pricing|citation_cost|input_cost_per_request|reasoning_token|output_cost_per_image")
    both = {
        name: row
        for name, row in BUNDLED.items()
        if row.get("mode") == "chat" and {"input_cost_per_token", "output_cost_per_token"} <= row.keys()
    }
    refused = {name for name, row in both.items() if compile_row(row) is None}
    assert len(both) > 3000
    assert len(refused) < 40
    assert all(any(extra.match(key) for key in both[name]) or "reasoning" in str(both[name]) for name in refused)
