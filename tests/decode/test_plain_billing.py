"""What a plain record gives to pricing, for each provider's own response."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shipper.decode.plain_reading import read_usual
from shipper.records import Billing, Terms, Units, Usage
from tests.decode.examples import call, plain

CHAT: Any = {"choices": [{"message": {"role": "assistant", "content": "a"}}]}
USAGE: Any = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


def billing(response: Any, **fields: Any) -> Billing:
    record = call(plain(response=response, **fields))
    assert record.repairs == ()
    return record.billing


GEMINI = {
    "candidates": [{"content": {"role": "model", "parts": [{"text": "a"}]}, "finishReason": "STOP"}],
    "usageMetadata": {
        "promptTokenCount": 9,
        "candidatesTokenCount": 5,
        "thoughtsTokenCount": 7,
        "totalTokenCount": 21,
        "trafficType": "ON_DEMAND_PRIORITY",
    },
    "modelVersion": "gemini-3-pro-001",
}
CONVERSE = {
    "output": {"message": {"role": "assistant", "content": [{"text": "a"}]}},
    "stopReason": "end_turn",
    "usage": {"inputTokens": 4, "outputTokens": 2, "totalTokens": 16, "cacheReadInputTokens": 10},
    "metrics": {"latencyMs": 9},
}
COHERE = {
    "id": "c",
    "message": {"role": "assistant", "content": [{"type": "text", "text": "a"}]},
    "usage": {
        "billed_units": {"input_tokens": 5, "output_tokens": 9},
        "tokens": {"input_tokens": 71, "output_tokens": 9},
    },
}
OLLAMA = {
    "model": "llama3.2",
    "message": {"role": "assistant", "content": "a"},
    "prompt_eval_count": 26,
    "eval_count": 8,
}
RESPONSES = {
    "object": "response",
    "model": "gpt-5-2025-08-07",
    "output": [{"type": "web_search_call"}, {"type": "message", "content": []}],
    "service_tier": "flex",
    "usage": {
        "input_tokens": 36,
        "input_tokens_details": {"cached_tokens": 16},
        "output_tokens": 87,
        "output_tokens_details": {"reasoning_tokens": 64},
        "total_tokens": 123,
    },
}

INTERACTION = {
    "steps": [{"type": "model_output", "content": [{"type": "text", "text": "Hi"}]}],
    "status": "completed",
    "usage": {"total_input_tokens": 5, "total_output_tokens": 6, "total_thought_tokens": 2, "total_tokens": 13},
}


@pytest.mark.parametrize(
    ("response", "usage"),
    [
        (GEMINI, Usage(9, 5, prompt=9, completion=12, other=Units(reasoning=7))),
        (CONVERSE, Usage(4, 2, 10, 0, 0, 14, 2)),
        (COHERE, Usage(5, 9, prompt=5, completion=9)),
        (OLLAMA, Usage(26, 8, prompt=26, completion=8)),
        (RESPONSES, Usage(20, 23, 16, 0, 0, 36, 87, Units(reasoning=64, web_searches=1))),
        (INTERACTION, Usage(5, 6, prompt=5, completion=8, other=Units(reasoning=2))),
    ],
    ids=["gemini", "converse", "cohere", "ollama", "responses", "interaction"],
)
def test_usage_of_each_api(response: Any, usage: Usage) -> None:
    record = call(plain(response=response))
    assert record.billing.usage == record.observation.usage == usage


def test_the_served_model_is_the_responses_by_any_name() -> None:
    asked: dict[str, Any] = {"model": ..., "request": {"contents": []}}
    assert billing(GEMINI, **asked).models == ("gemini-3-pro-001",)
    assert call(plain(response=GEMINI, **asked)).observation.model == "gemini-3-pro-001"
    assert billing(OLLAMA).models == ("llama3.2", "gpt-4o")
    assert billing(CONVERSE, model=..., request={"modelId": "amazon.nova-pro-v1:0"}).models == ("amazon.nova-pro-v1:0",)


@pytest.mark.parametrize(
    ("response", "wish", "expected"),
    [
        ({**CHAT, "usage": USAGE, "service_tier": "priority"}, None, Terms(tier="priority")),
        ({**CHAT, "usage": USAGE, "service_tier": "default"}, "priority", None),
        ({**CHAT, "usage": USAGE}, "flex", Terms(tier="flex")),
        ({**CHAT, "usage": USAGE}, None, None),
        ({"content": [], "usage": {"input_tokens": 1, "service_tier": "batch"}}, None, Terms(batch=True)),
        ({"content": [], "usage": {"input_tokens": 1, "service_tier": "standard"}}, None, None),
        ({"content": [], "usage": {"input_tokens": 1, "service_tier": "priority"}}, None, Terms(tier="priority")),
        ({"content": [], "usage": {"input_tokens": 1, "speed": "fast"}}, None, Terms(speed="fast")),
        ({"content": [], "usage": {"input_tokens": 1, "inference_geo": "us"}}, None, Terms(geo="us")),
        (GEMINI, None, Terms(tier="priority")),
        ({**CONVERSE, "serviceTier": {"type": "flex"}}, None, Terms(tier="flex")),
        (RESPONSES, "priority", Terms(tier="flex")),
    ],
    ids=str,
)
def test_terms_are_what_was_served_then_what_was_asked(response: Any, wish: str | None, expected: Terms | None) -> None:
    request = {"model": "m", "messages": [], **({} if wish is None else {"service_tier": wish})}
    assert billing(response, request=request).terms == expected


def test_search_size_is_the_tools() -> None:
    tools = [{"type": "web_search", "search_context_size": "low"}]
    assert billing(RESPONSES, request={"input": "q", "tools": tools}).terms == Terms(tier="flex", search="low")
    searched = {**CHAT, "usage": {**USAGE, "num_search_queries": 1, "search_context_size": "high"}}
    assert billing(searched).terms == Terms(search="high")
    options = {"messages": [], "web_search_options": {"search_context_size": "low"}}
    assert billing({**CHAT, "usage": {**USAGE, "num_search_queries": 1}}, request=options).terms == Terms(search="low")


@pytest.mark.parametrize(
    ("request_body", "response", "units"),
    [
        ({"prompt": "p", "n": 2, "size": "1024x1024"}, {"data": [{"url": "a"}, {"url": "b"}]}, Units(images_output=2)),
        ({"input": "Say it.", "voice": "alloy"}, None, Units(characters_input=7)),
        ({"file": "a.mp3"}, {"text": "a", "usage": {"type": "duration", "seconds": 12}}, Units(audio_input_s=12.0)),
        ({"query": "q"}, {"results": [{"relevance_score": 1}]}, Units(queries=1)),
        ({"document": {}}, {"pages": [], "usage_info": {"pages_processed": 3}}, Units(pages=3)),
    ],
    ids=str,
)
def test_units_that_are_no_tokens_are_no_usage_of_the_observation(
    request_body: Any, response: Any, units: Units
) -> None:
    record = call(plain(request=request_body, response=response))
    assert record.billing.usage == Usage(other=units)
    assert record.observation.usage is None


def test_image_has_a_size() -> None:
    found = billing({"data": [{"url": "a"}]}, request={"prompt": "p", "size": "1024x1792", "quality": "hd"})
    assert found.terms == Terms(size="1024x1792", quality="hd")


def test_nothing_is_spoken_where_the_call_failed_or_no_voice_was_asked_for() -> None:
    assert billing(None, request={"input": "a", "voice": "alloy"}, error="e").usage is None
    assert billing(None, request={"input": "a"}).usage is None
    assert billing(None, request={"input": ["a"], "voice": "alloy"}).usage is None
    assert billing(None, request={"messages": [], "voice": "alloy"}).usage is None


def test_images_by_tokens_have_both() -> None:
    response = {"data": [{"b64_json": "b"}], "usage": {"input_tokens": 5, "output_tokens": 6, "total_tokens": 11}}
    assert billing(response).usage == Usage(5, 6, prompt=5, completion=6, other=Units(images_output=1))


def test_the_providers_bill_is_the_recorded_cost_unless_the_record_has_its_own() -> None:
    response = {**CHAT, "usage": {**USAGE, "cost": 0.125}}
    assert billing(response).recorded_cost == 0.125
    assert billing(response, cost=0.5).recorded_cost == 0.5
    assert billing({**CHAT, "usage": USAGE}).recorded_cost is None


def test_cited_searches_are_units() -> None:
    message = {"role": "assistant", "content": "a", "annotations": [{"type": "url_citation"}]}
    found = billing({"choices": [{"message": message}], "usage": USAGE}).usage
    assert found == Usage(10, 5, prompt=10, completion=5, other=Units(web_searches=1))


@pytest.mark.parametrize("response", [{"embeddings": [[0.1]], "meta": {"billed_units": {"input_tokens": 3}}}])
def test_embedding_of_another_api_is_billed_and_not_shown(response: Any) -> None:
    record = call(plain(type="embedding", response=response))
    assert record.observation.usage == Usage(3, prompt=3)
    assert record.observation.output is None


def test_last_chunk_of_google_and_ollama_is_billed() -> None:
    chunks: list[Any] = [{"candidates": []}, GEMINI, {"done": True}, 7]
    record = call(plain(response=..., chunks=chunks))
    assert record.billing.usage == Usage(9, 5, prompt=9, completion=12, other=Units(reasoning=7))
    record = call(plain(response=..., chunks=[{"done": False}, OLLAMA]))
    assert record.billing.usage == Usage(26, 8, prompt=26, completion=8)


def test_the_usual_response_gets_no_second_look() -> None:
    for response in ({**CHAT, "usage": USAGE}, {"content": [{"type": "text"}], "usage": {"input_tokens": 1}}):
        reading = read_usual(json.dumps(plain(response=response)).encode())
        assert reading is not None
        assert reading.bill is None


@pytest.mark.parametrize("response", [GEMINI, CONVERSE, COHERE, OLLAMA, RESPONSES, {**CHAT, "usage": USAGE}])
def test_both_ways_of_reading_bill_the_same(response: Any) -> None:
    usual = call(plain(response=response))
    value = json.dumps(plain(response=response, end_time="1795425517.5")).encode()
    assert read_usual(value) is None
    assert call(value).billing == usual.billing


def test_end_is_the_calls() -> None:
    record = call(plain())
    assert record.billing.end == record.observation.end is not None
