"""The prices of tokens on the terms of a call."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.pricing.lines import Price
from shipper.pricing.tariff import Rates
from shipper.pricing.tokens import token_steps
from shipper.records import Terms

CHAT = {"mode": "chat", "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05}


def _base(row: dict[str, Any], terms: Terms | None = None, off_peak: dict[str, Any] | None = None) -> dict[str, float]:
    return {bucket: price.usd for bucket, price in token_steps(row, terms or Terms(), off_peak)[0].prices.items()}


def test_missing_cache_prices_are_the_input_price() -> None:
    assert token_steps(CHAT, Terms())[0].rates == Rates(3e-06, 1.5e-05, 3e-06, 3e-06, 3e-06)


def test_a_missing_lifetimes_price_is_the_cache_write_price() -> None:
    prices = _base({**CHAT, "cache_creation_input_token_cost": 4e-06})
    assert prices["cache_write_1h"] == prices["cache_write_12h"] == 4e-06


def test_an_explicit_zero_is_a_price() -> None:
    row = {**CHAT, "cache_read_input_token_cost": 0.0, "cache_creation_input_token_cost": 0}
    assert token_steps(row, Terms())[0].rates == Rates(3e-06, 1.5e-05, 0.0, 0.0, 0.0)


def test_a_price_says_which_key_it_is_from() -> None:
    assert token_steps(CHAT, Terms())[0].prices["cache_read"] == Price(3e-06, "input_cost_per_token")


@pytest.mark.parametrize("bucket", ["audio_input", "image_input", "video_input"])
def test_other_inputs_have_their_own_price_else_that_of_text(bucket: str) -> None:
    key = f"input_cost_per_{bucket.removesuffix('_input')}_token"
    assert _base(CHAT)[bucket] == 3e-06
    assert _base({**CHAT, key: 1e-05})[bucket] == 1e-05
    assert _base({**CHAT, key: 1e-05, f"{key}_priority": 2e-05}, Terms(tier="priority"))[bucket] == 2e-05
    assert _base({**CHAT, key: 1e-05, "input_cost_per_token_priority": 9e-06}, Terms(tier="priority"))[bucket] == 1e-05


@pytest.mark.parametrize("bucket", ["audio_output", "image_output", "video_output"])
def test_other_outputs_have_their_own_price_else_that_of_text(bucket: str) -> None:
    key = f"output_cost_per_{bucket.removesuffix('_output')}_token"
    assert _base(CHAT)[bucket] == 1.5e-05
    assert _base({**CHAT, key: 4e-05})[bucket] == 4e-05


def test_all_output_of_an_image_model_is_image_tokens() -> None:
    row = {"input_cost_per_token": 5e-06, "output_cost_per_image_token": 4e-05}
    assert _base(row)["output"] == 4e-05
    assert _base({**row, "output_cost_per_token": 0.0})["output"] == 4e-05
    assert _base({**row, "output_cost_per_token": 1e-05})["output"] == 1e-05


# long context


def test_a_threshold_replaces_only_what_it_names_and_later_ones_build_on_it() -> None:
    steps = token_steps(
        {
            **CHAT,
            "cache_read_input_token_cost": 3e-07,
            "cache_creation_input_token_cost_above_1hr": 6e-06,
            "output_cost_per_token_above_512k_tokens": 4e-05,
            "input_cost_per_token_above_200k_tokens": 6e-06,
            "cache_creation_input_token_cost_above_1hr_above_200k_tokens": 1.2e-05,
            "input_cost_per_token_above_100k_tokens": None,
            "input_cost_per_token_above_200k_tokens_priority": 1.0,
        },
        Terms(),
    )
    assert [(step.above, step.rates) for step in steps] == [
        (0, Rates(3e-06, 1.5e-05, 3e-07, 3e-06, 6e-06)),
        (200_000, Rates(6e-06, 1.5e-05, 3e-07, 6e-06, 1.2e-05)),
        (512_000, Rates(6e-06, 4e-05, 3e-07, 6e-06, 1.2e-05)),
    ]


def test_a_threshold_may_be_written_in_single_tokens() -> None:
    assert token_steps({**CHAT, "input_cost_per_token_above_128_tokens": 6e-06}, Terms())[1].above == 128


def test_a_prompt_that_reaches_the_threshold_is_above_it_at_xai() -> None:
    row = {**CHAT, "litellm_provider": "xai", "input_cost_per_token_above_128k_tokens": 6e-06}
    assert token_steps(row, Terms())[1].above == 127_999


# tiers

TIERED = {
    **CHAT,
    "input_cost_per_token_priority": 6e-06,
    "output_cost_per_token_priority": 3e-05,
    "cache_read_input_token_cost": 3e-07,
    "input_cost_per_token_above_200k_tokens": 5e-06,
    "input_cost_per_token_above_200k_tokens_priority": 1e-05,
    "output_cost_per_token_above_200k_tokens": 2e-05,
    "input_cost_per_token_above_300k_tokens_flex": 1.0,
}


def test_a_tiers_prices_come_before_the_standard_ones_also_above_a_threshold() -> None:
    base, above = token_steps(TIERED, Terms(tier="priority"))
    assert base.rates == Rates(6e-06, 3e-05, 3e-07, 6e-06, 6e-06)
    assert above.rates == Rates(1e-05, 2e-05, 3e-07, 1e-05, 1e-05)
    assert above.prices["input"].rule == "input_cost_per_token_above_200k_tokens_priority"


@pytest.mark.parametrize(("tier", "usd"), [("fast", 6e-06), ("PRIORITY", 6e-06), ("flex", 3e-06), ("scale", 3e-06)])
def test_fast_is_priority_and_a_tier_without_prices_is_the_standard_one(tier: str, usd: float) -> None:
    assert _base(TIERED, Terms(tier=tier))["input"] == usd


def test_a_threshold_of_another_tier_is_none() -> None:
    assert [step.above for step in token_steps(TIERED, Terms())] == [0, 200_000]
    assert [step.above for step in token_steps(TIERED, Terms(tier="flex"))] == [0, 200_000, 300_000]


def test_reasoning_has_its_own_price_unless_the_tier_only_has_one_for_output() -> None:
    row = {**TIERED, "output_cost_per_reasoning_token": 4e-05}
    assert _base(TIERED)["reasoning"] == 1.5e-05
    assert _base(row)["reasoning"] == 4e-05
    assert _base(row, Terms(tier="flex"))["reasoning"] == 4e-05
    assert _base(row, Terms(tier="priority"))["reasoning"] == 3e-05
    own = {**row, "output_cost_per_reasoning_token_priority": 5e-05}
    assert _base(own, Terms(tier="priority"))["reasoning"] == 5e-05


def test_an_explicit_cache_has_its_own_read_price() -> None:
    row = {**CHAT, "cache_read_input_token_cost": 6e-07, "explicit_cache_read_input_token_cost": 3e-07}
    assert _base(row)["cache_read"] == 6e-07
    assert _base(row, Terms(explicit_cache=True))["cache_read"] == 3e-07


# tiered_pricing


def test_tiers_price_the_call_by_the_range_that_holds_its_prompt() -> None:
    tiers = [
        {"range": [32_000, 128_000], "input_cost_per_token": 2e-06, "output_cost_per_token": 8e-06},
        {"range": [0, 32_000.0], "input_cost_per_token": 1e-06, "cache_read_input_token_cost": 1e-07},
    ]
    steps = token_steps({"mode": "chat", "output_cost_per_token": 4e-06, "tiered_pricing": tiers}, Terms())
    assert [(step.above, step.rates) for step in steps] == [
        (0, Rates(1e-06, 4e-06, 1e-07, 1e-06, 1e-06)),
        (32_000, Rates(2e-06, 8e-06, 2e-06, 2e-06, 2e-06)),
    ]
    assert steps[1].prices["input"].rule == "tiered_pricing[1].input_cost_per_token"


@pytest.mark.parametrize("ranges", [[(5, 9)], [(0, 5), (6, 9)]])
def test_ranges_with_a_gap_price_nothing(ranges: list[tuple[int, int]]) -> None:
    tiers = [{"range": list(bounds), **CHAT} for bounds in ranges]
    assert token_steps({"tiered_pricing": tiers}, Terms()) == ()


def test_reasoning_costs_what_the_tier_says() -> None:
    tiers = [
        {"range": [0, 5], **CHAT, "output_cost_per_reasoning_token": 4e-05},
        {"range": [5, 9], **CHAT},
    ]
    low, high = token_steps({"tiered_pricing": tiers, "output_cost_per_reasoning_token": 9.0}, Terms())
    assert (low.prices["reasoning"].usd, high.prices["reasoning"].usd) == (4e-05, 1.5e-05)


# off-peak


def test_off_peak_prices_replace_those_of_every_step_and_stand_in_for_missing_ones() -> None:
    off_peak = {"input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}
    row = {**CHAT, "input_cost_per_token_above_200k_tokens": 6e-06, "cache_creation_input_token_cost": 4e-06}
    steps = token_steps(row, Terms(), off_peak)
    assert {step.rates for step in steps} == {Rates(1e-06, 2e-06, 1e-06, 4e-06, 4e-06)}
    assert steps[0].prices["reasoning"].usd == 2e-06
    assert steps[0].prices["input"].rule == "off_peak_pricing.input_cost_per_token"


def test_reasoning_keeps_its_price_off_peak_unless_it_has_another() -> None:
    row = {**CHAT, "output_cost_per_reasoning_token": 4e-05}
    assert _base(row, off_peak={"output_cost_per_token": 2e-06})["reasoning"] == 4e-05
    assert _base(row, off_peak={"output_cost_per_reasoning_token": 3e-06})["reasoning"] == 3e-06


# batches

BATCH = Terms(batch=True)


def test_a_batch_without_prices_of_its_own_is_half() -> None:
    row = {**CHAT, "cache_read_input_token_cost": 3e-07, "output_cost_per_image_token": 4e-05}
    prices = token_steps(row, BATCH)[0].prices
    assert prices["input"] == Price(1.5e-06, "half of input_cost_per_token")
    assert {bucket: prices[bucket].usd for bucket in ("output", "cache_read", "cache_write", "image_output")} == {
        "output": 7.5e-06,
        "cache_read": 1.5e-07,
        "cache_write": 1.5e-06,
        "image_output": 2e-05,
    }


def test_a_batchs_own_prices_stand_for_themselves() -> None:
    row = {
        **CHAT,
        "cache_read_input_token_cost": 3e-07,
        "input_cost_per_token_batches": 1e-06,
        "output_cost_per_token_batches": 5e-06,
        "input_cost_per_audio_token_batches": 9e-06,
        "input_cost_per_token_above_200k_tokens_batches": 2e-06,
        "output_cost_per_token_above_272k_tokens_batches": 6e-06,
    }
    steps = token_steps(row, BATCH)
    # Its reads cost what its input costs: half of the standard read price is not on offer.
    assert [(step.above, step.rates) for step in steps] == [
        (0, Rates(1e-06, 5e-06, 1e-06, 1e-06, 1e-06)),
        (200_000, Rates(2e-06, 5e-06, 2e-06, 2e-06, 2e-06)),
        (272_000, Rates(2e-06, 6e-06, 2e-06, 2e-06, 2e-06)),
    ]
    assert steps[0].prices["audio_input"].usd == 9e-06
