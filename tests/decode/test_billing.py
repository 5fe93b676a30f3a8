"""The recorded cost where it is real, and the names to look a price up by."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.records import Billing
from tests.decode.examples import bare, call, golden, litellm

NO_TOKENS = {"id": "r", "text": "t"}
NO_EVIDENCE: dict[str, Any] = {"cost_breakdown": None, "hidden_params": {"response_cost": None}}


def billing(payload: dict[str, Any] | None = None, **around: Any) -> Billing:
    return call(litellm(payload, **around)).billing


def test_positive_cost_is_real() -> None:
    assert billing().recorded_cost == 0.25
    assert billing(NO_EVIDENCE).recorded_cost == 0.25
    assert call(bare()).billing.recorded_cost == 0.25


def test_response_cost_goes_before_the_breakdown() -> None:
    assert billing({"cost_breakdown": {"total_cost": 0.5}}, response_cost=0.75).recorded_cost == 0.75
    assert billing({"cost_breakdown": {"total_cost": 0.5}}, response_cost=None).recorded_cost == 0.5


def test_null_cost_is_unknown_though_the_payload_says_zero() -> None:
    assert billing({"response_cost": 0.0, **NO_EVIDENCE}, response_cost=None).recorded_cost is None


def test_zero_with_tokens_is_unknown_even_with_a_breakdown() -> None:
    """LiteLLM writes a zero breakdown for models that it knows by generalisation, without a price."""
    assert billing({"cost_breakdown": {"total_cost": 0.0}}, response_cost=0.0).recorded_cost is None


def test_zero_of_a_cache_hit_is_real() -> None:
    found = billing({"cache_hit": True}, response_cost=0.0)
    assert (found.recorded_cost, found.cache_hit) == (0.0, True)


def test_zero_is_real_where_the_deployment_is_free() -> None:
    free = {"model_info": {"input_cost_per_token": 0, "output_cost_per_token": 0}}
    assert billing(response_cost=0.0, metadata=free).recorded_cost == 0.0
    dear = {"model_info": {"input_cost_per_token": 0, "output_cost_per_token": 1}}
    assert billing(response_cost=0.0, metadata=dear).recorded_cost is None


def test_zero_without_tokens_is_real_if_it_was_calculated() -> None:
    assert billing({"response": NO_TOKENS}, response_cost=0.0).recorded_cost == 0.0
    assert billing({"response": NO_TOKENS, **NO_EVIDENCE}, response_cost=0.0).recorded_cost is None


def test_failure_without_tokens_has_no_cost() -> None:
    found = billing({"status": "failure", "response": {}, "error_str": "e"}, response_cost=0)
    assert (found.recorded_cost, found.failed) == (None, True)


@pytest.mark.parametrize("cost", [-1.0, "x"])
def test_cost_that_is_none_is_unknown(cost: object) -> None:
    assert billing({"response_cost": cost, **NO_EVIDENCE}, response_cost=cost).recorded_cost is None


def test_names_are_what_litellm_priced_then_served_then_asked() -> None:
    found = billing({"model_map_information": {"model_map_key": "map"}, "model": "gpt-4o"}, model="openai/gpt-4o")
    assert found.models == ("map", "gpt-4o-2024-08-06", "openai/gpt-4o", "gpt-4o")
    assert found.provider == "openai"


def test_every_golden_call_but_the_unknown_and_the_failed_has_its_recorded_cost() -> None:
    for name in ("openai_cached", "custom_pricing", "rerank_cohere", "fx_transcription"):
        value = golden(name)["records"][0]
        assert call(value).billing.recorded_cost == value["response_cost"] > 0
    for name in ("unknown_model", "fail_rate_limit"):
        assert call(golden(name)["records"][0]).billing.recorded_cost is None
