"""The recorded cost where it is real, and the names to look a price up by."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.records import Billing, Breakdown, Units, Usage
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


def test_the_deployments_base_model_is_looked_up_first() -> None:
    found = billing(
        {"model_map_information": {"model_map_key": "map"}}, metadata={"model_info": {"base_model": "base"}}
    )
    assert found.models == ("base", "map", "gpt-4o-2024-08-06", "gpt-4o")


def test_the_providers_bill_is_real_where_litellm_knows_no_price() -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cost": 0.125}
    response = {"id": "r", "model": "m", "usage": usage}
    assert (
        billing({"response": response, "response_cost": 0.0, **NO_EVIDENCE}, response_cost=None).recorded_cost == 0.125
    )
    assert billing({"response": response, **NO_EVIDENCE}, response_cost=0.0).recorded_cost == 0.125
    assert billing({"response": response}, response_cost=0.25).recorded_cost == 0.25


def test_who_pays() -> None:
    names = {"user_api_key_team_alias": "team", "user_api_key_team_id": "t-1", "user_api_key_alias": "key"}
    found = billing({"metadata": names})
    assert (found.team, found.key) == ("team", "key")
    assert billing({"metadata": {**names, "user_api_key_team_alias": None}}).team == "t-1"
    assert billing(metadata={"user_api_key_alias": "callers"}).key == "callers"
    assert billing({"metadata": names}, metadata={"user_api_key_alias": "callers"}).key == "key"
    assert (billing().team, billing().key) == (None, None)


def test_end_is_the_calls() -> None:
    found = call(litellm())
    assert found.billing.end == found.observation.end is not None


def test_litellms_own_calculation_is_kept() -> None:
    written = {
        "input_cost": 0.125, "output_cost": 0.5, "total_cost": 0.5625, "cache_read_cost": 0.0625,
        "reasoning_cost": 0.25, "tool_usage_cost": 0.0, "additional_costs": {"fee": 0.03125}, "original_cost": 0.625,
        "discount_percent": 0.1, "discount_amount": 0.0625, "margin_total_amount": 0.0, "service_tier": "default",
    }  # fmt: skip
    found = billing({"cost_breakdown": written}).breakdown
    assert isinstance(found, Breakdown)
    names = Breakdown.__struct_fields__
    assert {name: getattr(found, name) for name in names} == {name: written.get(name) for name in names}
    assert billing({"cost_breakdown": None}).breakdown is None


def test_odd_amount_of_the_calculation_costs_only_itself() -> None:
    record = call(litellm({"cost_breakdown": {"total_cost": 0.25, "input_cost": "x"}}))
    assert record.billing.breakdown is not None
    assert (record.billing.breakdown.total_cost, record.billing.breakdown.input_cost) == (0.25, None)
    assert record.repairs == ("standard_logging_object.cost_breakdown.input_cost",)


def test_tools_of_openais_responses_are_units() -> None:
    usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    output = [{"type": "web_search_call"}, {"type": "message", "content": []}]
    record = call(litellm({"call_type": "aresponses", "response": {"output": output, "usage": usage}}))
    assert record.billing.usage == Usage(10, 5, prompt=10, completion=5, other=Units(web_searches=1))
    assert record.observation.usage == Usage(10, 5, prompt=10, completion=5)


def test_cited_searches_of_a_chat_are_units() -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    message = {"role": "assistant", "content": "a", "annotations": [{"type": "url_citation"}]}
    record = call(litellm({"response": {"choices": [{"message": message}], "usage": usage}}))
    assert record.billing.usage is not None
    assert record.billing.usage.other == Units(web_searches=1)
    counted = {**usage, "prompt_tokens_details": {"web_search_requests": 4}}
    record = call(litellm({"response": {"choices": [{"message": message}], "usage": counted}}))
    assert record.billing.usage is not None
    assert record.billing.usage.other == Units(web_searches=4)
