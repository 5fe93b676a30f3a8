"""The terms of a LiteLLM call."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.records import Terms
from tests.decode.examples import GOLDEN, call, golden, litellm

USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


def terms(payload: dict[str, Any] | None = None, **around: Any) -> Terms | None:
    return call(litellm(payload, **around)).billing.terms


def with_usage(**fields: Any) -> dict[str, Any]:
    return {"response": {"id": "r", "usage": {**USAGE, **fields}}}


def test_the_usual_call_has_none() -> None:
    assert terms() is None
    assert terms({"response": {"usage": USAGE, "service_tier": "default"}}) is None
    assert terms(optional_params={"service_tier": "auto"}) is None
    names = [name for name in GOLDEN if call(golden(name)["records"][0]).billing.terms is not None]
    assert names == ["fx_completion_with_vertex_call"]


def test_tier_of_the_response_then_of_the_usage_then_of_the_calculation_then_of_the_request() -> None:
    served: dict[str, Any] = {"response": {"usage": {**USAGE, "service_tier": "flex"}, "service_tier": "priority"}}
    assert terms(served) == Terms(tier="priority")
    del served["response"]["service_tier"]
    assert terms(served) == Terms(tier="flex")
    assert terms({"cost_breakdown": {"service_tier": "flex"}}, optional_params={"service_tier": "priority"}) == Terms(
        tier="flex"
    )
    assert terms(optional_params={"service_tier": "priority"}) == Terms(tier="priority")
    default = {"response": {"usage": USAGE, "service_tier": "default"}}
    assert terms(default, optional_params={"service_tier": "priority"}) is None


@pytest.mark.parametrize("call_type", ["retrieve_batch", "aretrieve_batch"])
def test_batches(call_type: str) -> None:
    assert terms({"call_type": call_type}) == Terms(batch=True)


def test_batch_tier_of_anthropic() -> None:
    assert terms(with_usage(service_tier="batch")) == Terms(batch=True)


def test_places() -> None:
    assert terms(aws_region_name="us-west-2") == Terms(region="us-west-2")
    assert terms(vertex_location="us-east5") == Terms(location="us-east5")
    assert terms({"cost_breakdown": {"vertex_location": "us-east5"}}) == Terms(location="us-east5")
    assert terms(vertex_location=None, aws_region_name="") is None


@pytest.mark.parametrize(
    ("api_base", "region"),
    [
        ("https://eu.api.openai.com/v1/", "eu"),
        ("https://us.api.openai.com", "us"),
        ("https://api.openai.com", None),
        ("https://eu.api.openai.com.evil.example/", None),
        (None, None),
    ],
)
def test_residency_of_openais_hosts(api_base: str | None, region: str | None) -> None:
    found = terms({"cost_breakdown": None}, api_base=api_base)
    assert found == (None if region is None else Terms(residency=region))


def test_residency_that_litellm_calculated_by() -> None:
    assert terms({"cost_breakdown": {"data_residency": "eu"}}) == Terms(residency="eu")
    assert terms({"cost_breakdown": None, "custom_llm_provider": "azure"}, api_base="https://eu.api.openai.com") is None


def test_speed_and_geo_of_anthropic() -> None:
    assert terms(with_usage(speed="fast", inference_geo="us")) == Terms(speed="fast", geo="us")
    assert terms(with_usage(speed="standard", inference_geo="global")) is None


def test_search_size_where_something_was_searched() -> None:
    options = {"standard_built_in_tools_params": {"web_search_options": {"search_context_size": "high"}}}
    assert terms({**options, **with_usage(num_search_queries=2)}) == Terms(search="high")
    assert terms({**options, **with_usage()}) is None
    wish = {"web_search_options": {"search_context_size": "low"}}
    assert terms(with_usage(num_search_queries=2), optional_params=wish) == Terms(search="low")
    assert terms(with_usage(num_search_queries=2, search_context_size="medium")) == Terms(search="medium")
    assert terms({"standard_built_in_tools_params": [1], **with_usage(num_search_queries=2)}) is None


def test_explicit_cache_of_dashscope() -> None:
    details = {"cached_tokens": 4, "cache_type": "ephemeral"}
    assert terms(with_usage(prompt_tokens_details=details)) == Terms(explicit_cache=True)
    assert terms(with_usage(prompt_tokens_details={**details, "cached_tokens": 0})) is None
    assert terms(with_usage(prompt_tokens_details={"cached_tokens": 4})) is None


def test_sizes_of_a_chat_are_no_terms() -> None:
    assert terms(optional_params={"size": "1024x1024", "quality": "hd"}) is None


def test_prices_of_the_deployment() -> None:
    info = {"model_info": {"input_cost_per_token": 1e-6}}
    assert terms(metadata=info) == Terms(prices=(("input_cost_per_token", 1e-6),))
    assert terms(metadata={}, litellm_metadata=info) == Terms(prices=(("input_cost_per_token", 1e-6),))
