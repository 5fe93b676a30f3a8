"""What each provider's own API counts, as it comes out of a plain record: buckets, units, terms, and the bill."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.decode import Decoder
from shipper.mapping.settings import MappingSettings
from shipper.records import Billing, CallRecord, Record, Terms, Units, Usage

MAX_COUNT = 10**12
_decode = Decoder(MappingSettings()).decode


def billing(response: Any, request: Any = None, **fields: Any) -> Billing:
    """What pricing may know of a plain record with this response."""
    written = {
        "schema": "shipper.call/1",
        "id": "1",
        "start_time": 1.5,
        "end_time": 3.0,
        "response": response,
        **fields,
    }
    if request is not None:
        written["request"] = request
    call = _decode(Record("t", 0, 0, -1, None, json.dumps(written).encode()))
    assert isinstance(call, CallRecord)
    return call.billing


GEMINI = {
    "promptTokenCount": 1000,
    "cachedContentTokenCount": 200,
    "candidatesTokenCount": 50,
    "thoughtsTokenCount": 70,
    "totalTokenCount": 1120,
    "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 700}, {"modality": "AUDIO", "tokenCount": 300}],
    "cacheTokensDetails": [{"modality": "AUDIO", "tokenCount": 100}, {"modality": "TEXT", "tokenCount": 100}],
}


@pytest.mark.parametrize(
    ("response", "usage"),
    [
        pytest.param(
            {"usageMetadata": GEMINI},
            Usage(600, 50, 200, 0, 0, 1000, 120, Units(audio_input=200, reasoning=70, cache_read_audio=100)),
            id="gemini-thoughts-are-outside-of-the-candidates",
        ),
        pytest.param(
            {"usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 5, "toolUsePromptTokenCount": 7}},
            Usage(17, 5, prompt=17, completion=5),
            id="gemini-tools-read-too",
        ),
        pytest.param(
            {
                "usage": {
                    "inputTokens": 30,
                    "outputTokens": 9,
                    "totalTokens": 539,
                    "cacheReadInputTokens": 400,
                    "cacheWriteInputTokens": 100,
                    "cacheDetails": [{"ttl": "1h", "inputTokens": 60}, {"ttl": "5m", "inputTokens": 40}],
                }
            },
            Usage(30, 9, 400, 100, 60, 530, 9),
            id="converse-input-is-without-the-cache",
        ),
        pytest.param(
            {"inputTextTokenCount": 8, "results": [{"tokenCount": 3, "outputText": "x"}]},
            Usage(8, 3, prompt=8, completion=3),
            id="titan",
        ),
        pytest.param(
            {"meta": {"billed_units": {"input_tokens": 5, "output_tokens": 418}, "tokens": {"input_tokens": 71}}},
            Usage(5, 418, prompt=5, completion=418),
            id="cohere-1-what-is-billed-counts",
        ),
        pytest.param(
            {"usage": {"billed_units": {"input_tokens": 5, "output_tokens": 7}, "tokens": {"input_tokens": 71}}},
            Usage(5, 7, prompt=5, completion=7),
            id="cohere-2",
        ),
        pytest.param(
            {"results": [{"index": 0, "relevance_score": 0.9}], "meta": {"billed_units": {"search_units": 3}}},
            Usage(other=Units(queries=3)),
            id="cohere-rerank-is-paid-by-search-units",
        ),
        pytest.param(
            {"model": "llama3", "message": {"content": "x"}, "done": True, "prompt_eval_count": 26, "eval_count": 298},
            Usage(26, 298, prompt=26, completion=298),
            id="ollama",
        ),
        pytest.param(
            {"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 4, "prompt_audio_seconds": 0}},
            Usage(12, 4, prompt=12, completion=4),
            id="mistral",
        ),
        pytest.param(
            {
                "choices": [],
                "usage": {
                    "prompt_tokens": 100,
                    "completion_tokens": 4,
                    "prompt_cache_hit_tokens": 64,
                    "prompt_cache_miss_tokens": 36,
                },
            },
            Usage(36, 4, 64, prompt=100, completion=4),
            id="deepseek-cache-hits-are-reads",
        ),
        pytest.param(
            {
                "output": [{"type": "web_search_call"}, {"type": "web_search_call"}, {"type": "file_search_call"}],
                "usage": {"input_tokens": 50, "output_tokens": 20, "output_tokens_details": {"reasoning_tokens": 12}},
            },
            Usage(50, 8, prompt=50, completion=20, other=Units(reasoning=12, web_searches=2, file_searches=1)),
            id="openai-responses-and-its-tools",
        ),
        pytest.param(
            {"data": [{"url": "https://x/1.png"}, {"url": "https://x/2.png"}]},
            Usage(other=Units(images_output=2)),
            id="images-by-number",
        ),
        pytest.param(
            {"text": "hello", "duration": 17.57},
            Usage(other=Units(audio_input_s=17.57)),
            id="transcription-by-seconds",
        ),
        pytest.param(
            {"pages": [], "usage_info": {"pages_processed": 4, "doc_size_bytes": 5}},
            Usage(other=Units(pages=4)),
            id="ocr-by-pages",
        ),
    ],
)
def test_each_api_is_read_by_the_names_it_alone_uses(response: Any, usage: Usage) -> None:
    found = billing(response).usage
    assert found is not None
    assert found == usage
    assert found.total == usage.total


def test_grounding_with_google_search_counts_its_queries() -> None:
    grounded = {"content": {}, "groundingMetadata": {"webSearchQueries": ["a", "b", "a"], "groundingChunks": []}}
    usage = billing({"candidates": [grounded], "usageMetadata": GEMINI}).usage
    assert usage is not None
    assert usage.other is not None
    assert usage.other.web_searches == 2


@pytest.mark.parametrize(
    ("response", "terms"),
    [
        ({"usage": {"prompt_tokens": 1, "completion_tokens": 1}, "service_tier": "flex"}, Terms(tier="flex")),
        ({"usage": {"prompt_tokens": 1, "completion_tokens": 1}, "service_tier": "default"}, None),
        ({"usage": {"input_tokens": 1, "output_tokens": 1, "service_tier": "priority"}}, Terms(tier="priority")),
        ({"usage": {"input_tokens": 1, "output_tokens": 1, "service_tier": "batch"}}, Terms(batch=True)),
        ({"usage": {"input_tokens": 1, "output_tokens": 1, "speed": "fast"}}, Terms(speed="fast")),
        ({"usage": {"input_tokens": 1, "output_tokens": 1, "inference_geo": "us"}}, Terms(geo="us")),
        ({"usage": {"input_tokens": 1, "output_tokens": 1, "inference_geo": "not_available"}}, None),
        ({"usageMetadata": {**GEMINI, "trafficType": "ON_DEMAND_PRIORITY"}}, Terms(tier="priority")),
        ({"usageMetadata": {**GEMINI, "trafficType": "ON_DEMAND"}}, None),
    ],
)
def test_the_terms_that_were_served_are_those_of_the_bill(response: Any, terms: Terms | None) -> None:
    assert billing(response).terms == terms


def test_the_tier_that_was_served_wins_over_the_one_that_was_asked_for() -> None:
    usage = {"prompt_tokens": 1, "completion_tokens": 1}
    request = {"model": "gpt-5", "messages": [], "service_tier": "priority"}
    assert billing({"choices": [], "usage": usage, "service_tier": "default"}, request).terms is None
    assert billing({"choices": [], "usage": usage}, request).terms == Terms(tier="priority")


def test_the_size_and_quality_of_an_image_are_those_of_the_answer_else_of_the_request() -> None:
    request = {"model": "dall-e-3", "prompt": "a cat", "size": "1024x1792", "quality": "hd"}
    asked = billing({"data": [{"url": "u"}]}, request).terms
    assert asked == Terms(size="1024x1792", quality="hd")
    served = billing({"data": [{"url": "u"}], "size": "1024x1024", "quality": "standard"}, request).terms
    assert served == Terms(size="1024x1024", quality="standard")


@pytest.mark.parametrize(
    ("cost", "usd"),
    [(0.25, 0.25), ({"total_cost": 0.5}, 0.5), (0, None), (-1, None), ("much", None), (True, None)],
)
def test_a_bill_of_the_provider_is_the_recorded_cost(cost: Any, usd: float | None) -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 5, "cost": cost}
    assert billing({"choices": [], "usage": usage}).recorded_cost == usd


def test_the_records_own_cost_goes_before_the_providers_bill() -> None:
    usage = {"prompt_tokens": 5, "completion_tokens": 5, "cost": 0.25}
    assert billing({"choices": [], "usage": usage}, cost=0.75).recorded_cost == 0.75


def test_the_time_a_call_took_is_known() -> None:
    call = billing({"choices": []})
    assert call.end is not None
    assert (call.end - call.start).total_seconds() == 1.5


COUNT = st.none() | st.integers(-5, MAX_COUNT) | st.integers(0, 50)
MODALITIES = st.lists(
    st.fixed_dictionaries({"modality": st.sampled_from(["TEXT", "AUDIO", "IMAGE", "VIDEO", "?"]), "tokenCount": COUNT}),
    max_size=3,
)
SHAPES: dict[str, tuple[str, ...]] = {
    "gemini": (
        "promptTokenCount",
        "cachedContentTokenCount",
        "candidatesTokenCount",
        "thoughtsTokenCount",
        "toolUsePromptTokenCount",
        "totalTokenCount",
    ),
    "converse": ("inputTokens", "outputTokens", "totalTokens", "cacheReadInputTokens", "cacheWriteInputTokens"),
    "chat": ("prompt_tokens", "completion_tokens", "total_tokens", "prompt_cache_hit_tokens"),
    "messages": ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"),
    "cohere": ("input_tokens", "output_tokens", "search_units", "images", "image_tokens", "total_tokens"),
    "ollama": ("prompt_eval_count", "eval_count"),
}


@st.composite
def responses(draw: st.DrawFn) -> Any:
    """A response of some API, with counts that may contradict each other."""
    shape = draw(st.sampled_from(sorted(SHAPES)))
    counts: Any = draw(st.fixed_dictionaries({}, optional=dict.fromkeys(SHAPES[shape], COUNT)))
    match shape:
        case "gemini":
            for name in ("promptTokensDetails", "cacheTokensDetails", "candidatesTokensDetails"):
                counts[name] = draw(MODALITIES)
            return {"usageMetadata": counts}
        case "cohere":
            return {draw(st.sampled_from(["meta", "usage"])): {"billed_units": counts, "cached_tokens": draw(COUNT)}}
        case "ollama":
            return {"model": "m", **counts}
        case "converse":
            ttl = st.fixed_dictionaries({"ttl": st.sampled_from(["5m", "1h"]), "inputTokens": COUNT})
            return {"usage": {**counts, "cacheDetails": draw(st.lists(ttl, max_size=2))}}
    details = st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("cached_tokens", "audio_tokens", "image_tokens", "reasoning_tokens"), COUNT)
    )
    for name in ("prompt_tokens_details", "completion_tokens_details", "input_tokens_details", "output_tokens_details"):
        counts[name] = draw(details)
    return {"choices": [], "usage": counts}


@given(responses())
def test_whatever_an_api_says_the_buckets_are_disjoint_and_sum_to_the_total(response: Any) -> None:
    usage = billing(response).usage
    if usage is None:
        return
    other = usage.other or Units()
    buckets = [usage.input, usage.output, usage.cache_read, usage.cache_write]
    buckets += [getattr(other, name) for name in Units.__struct_fields__[:7]]
    assert min(buckets) >= 0
    assert sum(buckets) == usage.total == usage.prompt + usage.completion
    assert other.cache_read_audio + other.cache_read_image <= usage.cache_read
    assert usage.cache_write_1h + other.cache_write_12h <= usage.cache_write
