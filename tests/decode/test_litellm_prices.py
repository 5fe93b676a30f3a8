"""What a LiteLLM record tells of the price of its call: terms, own prices, who pays, and units that are no tokens."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shipper.decode import Decoder
from shipper.mapping.settings import MappingSettings
from shipper.records import Billing, CallRecord, Record, Terms, Units
from tests.decode.examples import golden

_decode = Decoder(MappingSettings()).decode


def billing(payload: dict[str, Any] | None = None, **fields: Any) -> Billing:
    """What pricing may know of a golden chat with other values in its payload, and around it."""
    record = golden("openai_basic")["records"][0] | fields
    record["standard_logging_object"] |= payload or {}
    call = _decode(Record("t", 0, 0, -1, None, json.dumps(record).encode()))
    assert isinstance(call, CallRecord)
    return call.billing


def breakdown(**terms: Any) -> dict[str, Any]:
    """A payload whose cost was calculated on these terms."""
    return response() | {"cost_breakdown": {"input_cost": 1.0, "output_cost": 2.0, "total_cost": 3.0, **terms}}


def response(**fields: Any) -> dict[str, Any]:
    """A payload whose response has these fields."""
    usage = {"prompt_tokens": 10, "completion_tokens": 5}
    return {"response": {"id": "r", "usage": usage, **fields}, "cost_breakdown": None}


def test_the_usual_call_has_no_terms() -> None:
    assert billing().terms is None


@pytest.mark.parametrize(
    ("payload", "terms"),
    [
        (breakdown(service_tier="priority"), Terms(tier="priority")),
        (breakdown(service_tier="default"), None),
        (breakdown(vertex_location="us-east5"), Terms(location="us-east5")),
        (breakdown(data_residency="eu"), Terms(residency="eu")),
        (response(service_tier="flex"), Terms(tier="flex")),
        ({"call_type": "aretrieve_batch"}, Terms(batch=True)),
    ],
)
def test_terms_are_those_that_litellm_calculated_by_or_the_provider_served(
    payload: dict[str, Any], terms: Terms | None
) -> None:
    assert billing(payload).terms == terms


def test_the_tier_that_was_asked_for_counts_where_nobody_says_what_was_served() -> None:
    asked = {"optional_params": {"service_tier": "priority"}}
    assert billing(response(), **asked).terms == Terms(tier="priority")
    assert billing(response(service_tier="default"), **asked).terms is None
    assert billing(response(), optional_params={"service_tier": "auto"}).terms is None


def test_openais_regional_hosts_bind_data_to_a_place() -> None:
    assert billing(response(), api_base="https://eu.api.openai.com/v1").terms == Terms(residency="eu")
    assert billing(response(), api_base="https://eu.api.openai.com.evil.example/v1").terms is None


def test_the_region_of_amazon_is_part_of_the_terms() -> None:
    assert billing(aws_region_name="eu-central-1").terms == Terms(region="eu-central-1")


def test_who_pays_is_named_by_alias_else_by_id() -> None:
    metadata = golden("openai_basic")["records"][0]["standard_logging_object"]["metadata"]
    both = {"user_api_key_team_id": "t-1", "user_api_key_team_alias": "search", "user_api_key_alias": "prod"}
    found = billing({"metadata": metadata | both})
    assert (found.team, found.key) == ("search", "prod")
    assert billing({"metadata": metadata | both | {"user_api_key_team_alias": None}}).team == "t-1"
    nobody = billing()
    assert (nobody.team, nobody.key) == (None, None)


def test_the_breakdown_is_passed_on() -> None:
    found = billing(breakdown(cache_read_cost=0.5)).breakdown
    assert found is not None
    assert (found.input_cost, found.cache_read_cost, found.total_cost) == (1.0, 0.5, 3.0)


# the router's deployment


def test_prices_of_the_deployment_are_the_callers_own() -> None:
    info = {"id": "d-1", "output_cost_per_token": "2e-6", "input_cost_per_token": 1e-06, "input_cost_per_pixel": -1}
    found = billing(metadata={"model_info": info})
    assert found.terms == Terms(prices=(("input_cost_per_token", 1e-06), ("output_cost_per_token", 2e-06)))


def test_a_base_model_is_looked_up_first() -> None:
    assert billing(metadata={"model_info": {"base_model": "azure/gpt-4o-mini"}}).models[0] == "azure/gpt-4o-mini"


def test_the_proxys_own_metadata_counts_beside_the_callers() -> None:
    info = {"model_info": {"input_cost_per_token": 1e-06}}
    found = billing(metadata={"tags": ["a"]}, litellm_metadata=info)
    assert found.terms == Terms(prices=(("input_cost_per_token", 1e-06),))


def test_a_header_cannot_set_prices() -> None:
    headers = {"langfuse_model_info": json.dumps({"input_cost_per_token": 0})}
    assert billing(proxy_server_request={"headers": headers}).terms is None


# calls that are paid otherwise


@pytest.mark.parametrize(
    ("call_type", "answer", "fields", "units"),
    [
        ("arerank", {"results": [], "meta": {"billed_units": {"search_units": 2}}}, {}, Units(queries=2)),
        ("rerank", {"results": []}, {}, Units(queries=1)),
        ("aimage_generation", {"data": [{"url": "a"}, {"b64_json": "b"}]}, {}, Units(images_output=2)),
        ("atranscription", {"text": "x", "duration": 17.57}, {}, Units(audio_input_s=17.57)),
        ("aspeech", "redacted", {"messages": "two words"}, Units(characters_input=8)),
        ("asearch", {"results": [{}]}, {}, Units(queries=1)),
        ("aocr", {"pages": [], "usage_info": {"pages_processed": 3}}, {}, Units(pages=3)),
    ],
)
def test_each_type_of_call_counts_its_own_units(
    call_type: str, answer: Any, fields: dict[str, Any], units: Units
) -> None:
    payload = {"call_type": call_type, "response": answer, "response_cost": None, "cost_breakdown": None}
    found = billing(payload, response_cost=None, **fields).usage
    assert found is not None
    assert found.other == units


def test_a_search_may_bring_as_many_results_as_were_asked_for() -> None:
    payload: dict[str, Any] = {"call_type": "asearch", "response": {"results": []}, "cost_breakdown": None}
    assert billing(payload, optional_params={"max_results": 30}).terms == Terms(results=30)


def test_a_message_that_cites_the_web_was_one_search_at_least() -> None:
    cited = {"role": "assistant", "content": "x", "annotations": [{"type": "url_citation", "url_citation": {}}]}
    usage = billing(response(choices=[{"message": cited}])).usage
    assert usage is not None
    assert usage.other == Units(web_searches=1)
