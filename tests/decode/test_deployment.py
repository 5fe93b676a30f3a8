"""The router's own prices and base model."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import Raw

from shipper.decode.deployment import Deployment, to_deployment
from shipper.decode.shapes import LiteLLMRecord, ProxyRequest
from shipper.decode.steering import to_steering


def raw(value: Any) -> Raw:
    return Raw(json.dumps(value).encode())


def deployment(info: Any, **around: Any) -> Deployment:
    record = LiteLLMRecord(metadata=raw({"model_info": info}), **around)
    return to_deployment(record, to_steering(record))


def test_prices_are_sorted_and_numbers() -> None:
    found = deployment(
        {
            "id": "cost-1",
            "output_cost_per_token": 2e-6,
            "input_cost_per_token": "1e-6",
            "cache_read_input_token_cost": 0,
            "output_cost_per_image": None,
            "input_cost_per_query": -1,
            "input_cost_per_second": "inf",
            "input_cost_per_pixel": "x",
            "output_cost_per_pixel": True,
            "search_context_cost_per_query": {"search_context_size_low": 1},
            "max_tokens": 5,
        }
    )
    assert found.prices == (
        ("cache_read_input_token_cost", 0.0),
        ("input_cost_per_token", 1e-6),
        ("output_cost_per_token", 2e-6),
    )


def test_base_model_is_a_name() -> None:
    assert deployment({"base_model": "azure/gpt-4o"}).base_model == "azure/gpt-4o"
    assert deployment({"base_model": 7}).base_model is None


@pytest.mark.parametrize(
    ("info", "is_free"),
    [
        ({"input_cost_per_token": 0, "output_cost_per_token": 0}, True),
        ({"input_cost_per_token": 0.0}, True),
        ({"input_cost_per_token": 0, "output_cost_per_token": 1}, False),
        ({"output_cost_per_token": 0}, False),
        ({}, False),
    ],
)
def test_free_is_what_somebody_set_to_zero(info: dict[str, Any], is_free: bool) -> None:
    assert deployment(info).is_free is is_free


@pytest.mark.parametrize("info", [None, {}, [], "cost_per_token", {"id": "i"}, 7])
def test_no_prices_are_none(info: Any) -> None:
    assert deployment(info) == Deployment()


def test_the_proxys_metadata_count_beside_the_callers_own() -> None:
    record = LiteLLMRecord(
        metadata=raw({"tags": ["a"]}), litellm_metadata=raw({"model_info": {"input_cost_per_token": 3}})
    )
    assert to_deployment(record, to_steering(record)).prices == (("input_cost_per_token", 3.0),)
    odd = LiteLLMRecord(metadata=raw({"tags": []}), litellm_metadata=raw(["model_info"]))
    assert to_deployment(odd, to_steering(odd)) == Deployment()


def test_a_header_sets_no_price() -> None:
    headers = raw({"langfuse_model_info": {"input_cost_per_token": 0}, "langfuse_trace_name": "t"})
    record = LiteLLMRecord(proxy_server_request=ProxyRequest(headers))
    steering = to_steering(record)
    assert steering.trace_name == "t"
    assert to_deployment(record, steering) == Deployment()


def test_an_operators_price_stands_though_headers_steer() -> None:
    headers = raw({"langfuse_trace_name": "t"})
    found = deployment({"input_cost_per_token": 1}, proxy_server_request=ProxyRequest(headers))
    assert found.prices == (("input_cost_per_token", 1.0),)


def test_a_large_info_is_read_too() -> None:
    assert deployment({"input_cost_per_token": 1, "note": "n" * 5000}).prices == (("input_cost_per_token", 1.0),)
