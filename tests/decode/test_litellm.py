"""LiteLLM's rules for the call itself, one test a rule."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from shipper.records import Exchange, Observation
from tests.decode.examples import bare, call, litellm, parsed

START = datetime(2026, 11, 23, 9, 18, 36, 500000, UTC)


def observation(payload: dict[str, Any] | None = None, **around: Any) -> Observation:
    return call(litellm(payload, **around)).observation


def test_generation_id_is_the_callers() -> None:
    assert observation(metadata={"generation_id": "mine"}).id == "mine"


def test_generation_id_is_litellms_own_of_start_and_response_id() -> None:
    assert observation().id == "time-09-18-36-500000_chatcmpl-1"


def test_litellms_generation_id_has_the_clock_as_written() -> None:
    """LiteLLM formats the process's local time."""
    assert observation(start_time="2026-11-23T10:18:36.5+01:00").id == "time-10-18-36-500000_chatcmpl-1"
    assert observation(start_time="2026-11-23T11:18:36.5").id == "time-11-18-36-500000_chatcmpl-1"


@pytest.mark.parametrize(
    "change",
    [
        {"id": "other"},
        {"litellm_call_id": "other"},
        {"status": "failure"},
        {"model_id": "other"},
    ],
)
def test_without_response_id_the_generation_id_is_a_hash_that_tells_fall_backs_apart(change: dict[str, Any]) -> None:
    first = observation({"response": {}})
    assert observation({"response": {}}).id == first.id
    assert observation({"response": {}, **change}).id != first.id
    assert observation({"response": {}}, start_time="2026-11-23T09:18:36.500001+00:00").id != first.id
    assert first.id != "call-1"


def test_times_are_the_calls_own() -> None:
    found = observation()
    assert (found.start, found.end) == (START, START.replace(second=37))
    assert found.first_token == datetime(2026, 11, 23, 9, 18, 37, tzinfo=UTC)


def test_payloads_epoch_times_serve_where_the_record_has_none_or_local_ones() -> None:
    found = observation(start_time="2026-11-23T11:18:36.5", end_time=..., completion_start_time=...)
    assert (found.start, found.end) == (START, START.replace(second=37))
    assert found.first_token == datetime(2026, 11, 23, 9, 18, 37, tzinfo=UTC)


def test_no_first_token_where_the_record_says_null_or_the_call_failed() -> None:
    assert observation(completion_start_time=None).first_token is None
    assert call(bare({"status": "failure"})).observation.first_token is None


def test_name_is_the_callers_generation_name() -> None:
    assert observation(metadata={"generation_name": "n", "user_api_key_alias": "key"}).name == "n"


def test_name_is_the_keys_alias() -> None:
    assert observation(metadata={"user_api_key_alias": "key"}).name == "litellm:key"
    assert call(bare({"metadata": {"user_api_key_alias": "key"}})).observation.name == "litellm:key"


def test_name_is_the_call_type() -> None:
    assert observation().name == "litellm-acompletion"
    assert observation({"call_type": None}).name == "litellm-completion"


def test_model_is_the_routers_deployment_if_it_names_a_provider() -> None:
    assert observation(metadata={"deployment": "openai/gpt-4o-mini"}).model == "openai/gpt-4o-mini"
    assert observation(metadata={"deployment": "my-deployment"}).model == "gpt-4o"


def test_bedrock_model_gets_its_provider() -> None:
    assert observation({"custom_llm_provider": "bedrock"}, model="anthropic.claude").model == "bedrock/anthropic.claude"
    assert observation({"custom_llm_provider": "bedrock"}, model="us/claude").model == "us/claude"


def test_version_and_parent_are_the_callers() -> None:
    found = observation(metadata={"version": "v1", "parent_observation_id": "span-1"})
    assert (found.version, found.parent_id) == ("v1", "span-1")


def test_failure_is_an_error_with_its_text_as_output_and_status() -> None:
    found = observation({"status": "failure", "error_str": 'went "wrong"', "response": {}})
    assert (found.level, found.status_message, parsed(found.output)) == ("ERROR", 'went "wrong"', 'went "wrong"')


def test_failure_without_text_takes_the_error_information() -> None:
    found = observation({"status": "failure", "error_information": {"error_message": "m"}, "response": {}})
    assert found.status_message == "m"


def test_success_has_the_default_level_and_no_status() -> None:
    assert (observation().level, observation().status_message) == ("DEFAULT", None)


@pytest.mark.parametrize("flag", [True, "yes", "TRUE"])
def test_masks_replace_input_and_output_on_call_and_trace(flag: object) -> None:
    record = call(litellm(metadata={"mask_input": flag, "mask_output": flag}))
    for place in (record.observation, record.trace):
        assert (parsed(place.input), parsed(place.output)) == ("redacted-by-litellm", "redacted-by-litellm")


@pytest.mark.parametrize("flag", [False, "FALSE", None])
def test_masks_that_say_false_replace_nothing(flag: object) -> None:
    assert "messages" in parsed(observation(metadata={"mask_input": flag}).input)


def test_prompt_is_linked_by_name_and_version() -> None:
    found = observation(metadata={"prompt": {"name": "p", "version": 3, "prompt": "text"}})
    assert (found.prompt_name, found.prompt_version) == ("p", 3)


def test_prompt_version_may_be_a_text() -> None:
    found = observation(metadata={"prompt": {"name": "p", "version": "3", "prompt": "text"}})
    assert (found.prompt_name, found.prompt_version) == ("p", 3)


@pytest.mark.parametrize(
    "prompt",
    [
        {"name": "p"}, {"version": 3}, {"name": "p", "version": 0}, {"name": "p", "version": "0"},
        {"name": "p", "version": "v3"}, {"name": "p", "version": "9" * 5000}, "p", None, {},
    ],
)  # fmt: skip
def test_prompt_is_linked_with_both_or_none(prompt: object) -> None:
    found = observation(metadata={"prompt": prompt})
    assert (found.prompt_name, found.prompt_version) == (None, None)


def test_system_fingerprint_is_a_parameter() -> None:
    assert parsed(observation(system_fingerprint="fp").parameters) == {"system_fingerprint": "fp"}
    response = {"id": "r", "system_fingerprint": "fp", "choices": []}
    found = observation({"response": response}, optional_params={"n": 1})
    assert parsed(found.parameters) == {"n": 1, "system_fingerprint": "fp"}


def test_functions_and_tools_belong_to_the_input() -> None:
    found = observation(optional_params={"tools": [1], "functions": [2], "n": 1})
    assert parsed(found.input) == {"messages": [{"role": "user", "content": "hi"}], "functions": [2], "tools": [1]}
    assert parsed(found.parameters) == {"n": 1}


def test_parameters_are_the_requests_else_the_payloads() -> None:
    assert parsed(observation({"model_parameters": {"n": 2}}, optional_params={"n": 1}).parameters) == {"n": 1}
    assert parsed(observation({"model_parameters": {"n": 2}}, optional_params=None).parameters) == {"n": 2}


def test_usage_is_the_responses() -> None:
    usage = observation().usage
    assert usage is not None
    assert (usage.prompt, usage.completion, usage.total) == (10, 5, 15)
    assert observation({"response": {"id": "r", "text": "t", "usage": {"seconds": 2}}}).usage is None


def test_metadata_of_a_call_that_did_not_fail_says_whether_it_was_a_cache_hit() -> None:
    assert parsed(observation().metadata)["cache_hit"] is False
    assert parsed(observation(cache_hit=True).metadata)["cache_hit"] is True
    assert "cache_hit" not in parsed(observation({"status": "failure", "error_str": "e"}).metadata)


def test_metadata_has_the_enrichments_that_are_there() -> None:
    found = parsed(observation(api_base="http://a", vertex_location="eu", aws_region_name="x").metadata)
    assert (found["api_base"], found["vertex_location"], found["aws_region_name"]) == ("http://a", "eu", "x")
    assert found["litellm_response_cost"] == 0.25
    without = parsed(observation().metadata)
    assert not {"api_base", "vertex_location", "aws_region_name"} & without.keys()


def test_metadata_has_an_unknown_cost_as_null() -> None:
    assert parsed(observation(response_cost=None).metadata)["litellm_response_cost"] is None


def test_callers_metadata_is_not_in_the_generations() -> None:
    assert "private" not in parsed(observation(metadata={"private": 1, "headers": {"authorization": "x"}}).metadata)


def test_bare_payload_takes_messages_parameters_and_session_from_itself() -> None:
    record = call(bare({"model_parameters": {"n": 2}, "session_id": "s"}))
    assert parsed(record.observation.parameters) == {"n": 2}
    assert parsed(record.observation.input) == {"messages": [{"role": "user", "content": "hi"}]}
    assert record.trace.session_id == "s"
    assert record.observation.id == "time-09-18-36-500000_chatcmpl-1"


def test_first_token_of_a_stream_that_broke_off_is_the_records() -> None:
    failed: dict[str, Any] = {"status": "failure", "error_str": "broken"}
    assert call(litellm(failed)).observation.first_token == datetime(2026, 11, 23, 9, 18, 37, tzinfo=UTC)
    assert call(litellm(failed, completion_start_time=...)).observation.first_token is None


def test_usage_of_a_response_that_litellm_redacted_whole_is_the_metadatas() -> None:
    metadata = {"usage_object": {"prompt_tokens": 8, "completion_tokens": 0, "total_tokens": 8}}
    redacted = {"response": {"text": "redacted-by-litellm"}, "call_type": "aembedding"}
    usage = call(litellm({**redacted, "metadata": metadata})).observation.usage
    assert usage is not None
    assert usage.prompt == 8
    assert call(litellm({**redacted, "metadata": {"usage_object": {"prompt_tokens": 0}}})).observation.usage is None
    assert call(litellm({"response": {"text": "words"}, "metadata": metadata})).observation.usage is None


def test_redact_user_api_key_info_leaves_keys_out_of_metadata_and_name() -> None:
    metadata = {"user_api_key_alias": "a", "user_api_key_end_user_id": "eu", "user_agent": "x"}
    around = litellm({"metadata": metadata}, metadata={"user_api_key_alias": "a"})
    for value in (around, bare({"metadata": metadata})):
        found = call(value, redact_user_api_key_info=True)
        assert parsed(found.observation.metadata).keys() >= {"user_agent", "requester_metadata"}
        assert not [key for key in parsed(found.observation.metadata) if key.startswith("user_api_key")]
        assert (found.observation.name, found.trace.user_id) == ("litellm-acompletion", "eu")
        assert call(value).observation.name == "litellm:a"


def exchange(payload: dict[str, Any] | None = None, **around: Any) -> Exchange:
    return call(litellm(payload, **around)).exchange


def test_the_call_is_told_by_the_names_of_both_sides() -> None:
    found = exchange(
        {"response": {"id": "r", "model": "gpt-4o-1", "service_tier": "flex"}, "api_base": "https://x.example"}
    )
    assert (found.call_id, found.response_id, found.call_type) == ("call-1", "r", "acompletion")
    assert (found.request_model, found.response_model, found.service_tier) == ("gpt-4o", "gpt-4o-1", "flex")
    assert exchange(model=...).request_model == "gpt-4o"
    assert parsed(exchange(api_base="https://x.example").address) == "https://x.example"


def test_each_choice_says_how_it_ended_in_whatever_words() -> None:
    choices = [{"finish_reason": "stop", "message": {}}, {"finish_reason": 5}, {"message": {}}]
    found = call(litellm({"response": {"choices": choices}}))
    assert found.exchange.endings is not None
    assert [bytes(ending.finish_reason) for ending in found.exchange.endings] == [b'"stop"', b"5", b""]
    assert found.repairs == ()
    assert bytes(exchange({"response": {"stop_reason": "end_turn", "content": []}}).stop_reason) == b'"end_turn"'


def test_a_failure_has_the_class_of_its_error_else_its_code() -> None:
    information = {"error_code": "429", "error_class": "RateLimitError", "error_message": "m"}
    assert exchange({"status": "failure", "error_information": information}).error_type == "RateLimitError"
    assert exchange({"status": "failure", "error_information": {**information, "error_class": ""}}).error_type == "429"
    assert exchange({"status": "failure"}).error_type is None
    assert exchange({"error_information": information}).error_type is None
