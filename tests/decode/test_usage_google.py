"""Google's usage as disjoint buckets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from shipper.decode.usage_google import from_gemini, from_interactions, from_predictions
from shipper.records import Units, Usage
from tests.decode.counts import assert_disjoint, objects


def test_thoughts_are_outside_of_the_candidates() -> None:
    """ai.google.dev, thinking: totalTokenCount = prompt + candidates + thoughts."""
    found = from_gemini(
        {
            "promptTokenCount": 9,
            "candidatesTokenCount": 554,
            "totalTokenCount": 1450,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 9}],
            "thoughtsTokenCount": 887,
        }
    )
    assert found == Usage(9, 554, prompt=9, completion=1441, other=Units(reasoning=887))


def test_thoughts_are_inside_where_the_total_says_so() -> None:
    found = from_gemini(
        {"promptTokenCount": 9, "candidatesTokenCount": 100, "thoughtsTokenCount": 60, "totalTokenCount": 109}
    )
    assert found == Usage(9, 40, prompt=9, completion=100, other=Units(reasoning=60))


def test_modalities_without_their_cached_parts() -> None:
    """ai.google.dev, context caching of a video."""
    found = from_gemini(
        {
            "promptTokenCount": 696219,
            "candidatesTokenCount": 214,
            "totalTokenCount": 696433,
            "cachedContentTokenCount": 696190,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": 29},
                {"modality": "VIDEO", "tokenCount": 620000},
                {"modality": "AUDIO", "tokenCount": 76190},
            ],
            "cacheTokensDetails": [
                {"modality": "VIDEO", "tokenCount": 620000},
                {"modality": "AUDIO", "tokenCount": 76190},
            ],
        }
    )
    assert found == Usage(29, 214, 696190, 0, 0, 696219, 214, Units(cache_read_audio=76190))


def test_pictures_made_and_documents_read() -> None:
    found = from_gemini(
        {
            "promptTokenCount": 300,
            "candidatesTokenCount": 1302,
            "totalTokenCount": 1602,
            "promptTokensDetails": [
                {"modality": "DOCUMENT", "tokenCount": 258},
                {"modality": "IMAGE", "tokenCount": 42},
            ],
            "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1290}],
        }
    )
    assert found == Usage(258, 12, prompt=300, completion=1302, other=Units(image_input=42, image_output=1290))


def test_live_api() -> None:
    found = from_gemini(
        {
            "promptTokenCount": 20,
            "responseTokenCount": 55,
            "totalTokenCount": 75,
            "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 15}],
            "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 55}],
        }
    )
    assert found == Usage(5, 0, prompt=20, completion=55, other=Units(audio_input=15, audio_output=55))


def test_tools_are_input_unless_google_grounded() -> None:
    usage = {
        "promptTokenCount": 10,
        "toolUsePromptTokenCount": 90,
        "candidatesTokenCount": 5,
        "totalTokenCount": 105,
    }
    assert from_gemini(usage) == Usage(100, 5, prompt=100, completion=5)
    assert from_gemini(usage, [{"groundingChunks": [{"web": {"uri": "u"}}]}]) == from_gemini(usage)
    grounded = from_gemini(usage, [{"webSearchQueries": ["a", "b", "a", ""], "groundingChunks": [{"web": {}}]}])
    assert grounded == Usage(10, 5, prompt=10, completion=5, other=Units(web_searches=2))


def test_maps_are_queried_once_at_the_least() -> None:
    usage = {"promptTokenCount": 10, "candidatesTokenCount": 5, "totalTokenCount": 15}
    chunks = [{"maps": {"uri": "u"}}]
    found = from_gemini(usage, [{"groundingChunks": chunks}, {"webSearchQueries": ["q"]}])
    assert found is not None
    assert found.other == Units(web_searches=1, map_queries=1)
    asked = from_gemini(usage, [{"groundingChunks": chunks, "webSearchQueries": ["a", "b"]}])
    assert asked is not None
    assert asked.other == Units(map_queries=2)


def test_names_of_the_python_sdk() -> None:
    found = from_gemini(
        {
            "prompt_token_count": 9,
            "candidates_token_count": 5,
            "thoughts_token_count": 7,
            "total_token_count": 21,
            "cached_content_token_count": None,
            "prompt_tokens_details": [{"modality": "MediaModality.AUDIO", "token_count": 4}],
        }
    )
    assert found == Usage(5, 5, prompt=9, completion=12, other=Units(audio_input=4, reasoning=7))


def test_interactions() -> None:
    found = from_interactions(
        {
            "total_input_tokens": 100,
            "input_tokens_by_modality": [{"modality": "text", "tokens": 60}, {"modality": "image", "tokens": 40}],
            "total_cached_tokens": 50,
            "cached_tokens_by_modality": [{"modality": "text", "tokens": 50}],
            "total_output_tokens": 20,
            "total_reasoning_tokens": 30,
            "total_tool_use_tokens": 5,
            "total_tokens": 155,
            "grounding_tool_count": [{"type": "google_search", "count": 2}],
        }
    )
    assert found == Usage(15, 20, 50, 0, 0, 105, 50, Units(image_input=40, reasoning=30, web_searches=2))


@pytest.mark.parametrize("read", [from_gemini, from_interactions])
def test_only_a_total_is_input_and_nothing_is_none(read: Any) -> None:
    assert read({"totalTokenCount": 7, "total_tokens": 7}) == Usage(7, prompt=7)
    assert read({}) is None
    assert read({"promptTokenCount": "9", "total_input_tokens": -1}) is None


DETAILS = st.lists(
    objects("tokenCount", "tokens", modality=st.sampled_from(["TEXT", "AUDIO", "IMAGE", "VIDEO", "DOCUMENT", "?"])),
    max_size=4,
)
GEMINI = objects(
    *("promptTokenCount", "candidatesTokenCount", "responseTokenCount", "thoughtsTokenCount", "totalTokenCount"),
    *("toolUsePromptTokenCount", "cachedContentTokenCount"),
    promptTokensDetails=DETAILS,
    cacheTokensDetails=DETAILS,
    candidatesTokensDetails=DETAILS,
)


@given(GEMINI, st.booleans())
def test_buckets_are_disjoint_whatever_gemini_writes(usage: dict[str, Any], is_grounded: bool) -> None:
    assert_disjoint(from_gemini(usage, [{"webSearchQueries": ["q"]}] if is_grounded else []))


@given(
    objects(
        *("total_input_tokens", "total_output_tokens", "total_cached_tokens", "total_reasoning_tokens"),
        *("total_tool_use_tokens", "total_tokens"),
        input_tokens_by_modality=DETAILS,
        cached_tokens_by_modality=DETAILS,
        output_tokens_by_modality=DETAILS,
    )
)
def test_buckets_are_disjoint_whatever_an_interaction_writes(usage: dict[str, Any]) -> None:
    assert_disjoint(from_interactions(usage))


@pytest.mark.parametrize(
    ("predictions", "usage"),
    [
        ([{"embeddings": {"statistics": {"token_count": 6.0}, "values": [0.1]}}] * 2, Usage(12, prompt=12)),
        ([{"bytesBase64Encoded": "aa"}, {"gcsUri": "gs://x/y.png"}, {}], Usage(other=Units(images_output=2))),
        ([{"content": "text"}], None),
        ([{"embeddings": {"statistics": {"token_count": -1}}}], None),
        ([[0.1]], None),
        (7, None),
    ],
    ids=str,
)
def test_predictions_of_vertex_are_counted_by_tokens_or_pictures(predictions: Any, usage: Usage | None) -> None:
    assert from_predictions(Raw(json.dumps(predictions).encode())) == usage
