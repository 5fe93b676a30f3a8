"""Usage objects as disjoint buckets."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.decode.usage import to_usage
from shipper.decode.usage_shapes import UsageObject
from shipper.records import Units, Usage
from tests.decode.counts import assert_disjoint, objects


def usage(**fields: Any) -> Usage | None:
    return to_usage(msgspec.convert(fields, UsageObject))


def test_chat_input_excludes_the_cache() -> None:
    found = usage(
        prompt_tokens=2006, completion_tokens=300, total_tokens=2306, prompt_tokens_details={"cached_tokens": 1920}
    )
    assert found == Usage(input=86, output=300, cache_read=1920, prompt=2006, completion=300)


def test_cache_writes_are_not_counted_in_input() -> None:
    found = usage(
        prompt_tokens=1907,
        completion_tokens=305,
        total_tokens=2212,
        cache_creation_input_tokens=1886,
        prompt_tokens_details={
            "cached_tokens": 0,
            "cache_creation_token_details": {"ephemeral_5m_input_tokens": 886, "ephemeral_1h_input_tokens": 1000},
        },
    )
    assert found == Usage(input=21, output=305, cache_write=1886, cache_write_1h=1000, prompt=1907, completion=305)


def test_cached_tokens_of_the_details_go_before_the_top_level_field() -> None:
    details = {"cached_tokens": 7}
    found = usage(prompt_tokens=10, cache_read_input_tokens=3, prompt_tokens_details=details)
    assert found is not None
    assert found.cache_read == 7
    without = usage(prompt_tokens=10, cache_read_input_tokens=3, prompt_tokens_details={"cached_tokens": 0})
    assert without is not None
    assert without.cache_read == 3


def test_anthropic_input_tokens_exclude_the_cache_already() -> None:
    found = usage(
        input_tokens=50,
        output_tokens=7,
        cache_read_input_tokens=100,
        cache_creation_input_tokens=20,
        cache_creation={"ephemeral_1h_input_tokens": 5},
    )
    assert found == Usage(50, 7, 100, 20, 5, 170, 7)


def test_openai_responses_input_tokens_include_the_cache() -> None:
    found = usage(input_tokens=36, output_tokens=87, total_tokens=123, input_tokens_details={"cached_tokens": 16})
    assert found == Usage(input=20, output=87, cache_read=16, prompt=36, completion=87)


def test_missing_total_is_the_sum() -> None:
    found = usage(prompt_tokens=3, completion_tokens=4)
    assert found is not None
    assert found.total == 7


@pytest.mark.parametrize("fields", [{}, {"seconds": 18.0}, {"prompt_tokens": None}])
def test_usage_that_counts_no_tokens_is_none(fields: dict[str, Any]) -> None:
    assert usage(**fields) is None


def test_only_a_total_is_input() -> None:
    assert usage(total_tokens=9) == Usage(input=9, prompt=9)


@pytest.mark.parametrize("known", [{"prompt_tokens": 5}, {"completion_tokens": 4}])
def test_a_missing_half_is_what_the_total_leaves(known: dict[str, int]) -> None:
    assert usage(total_tokens=9, **known) == Usage(5, 4, prompt=5, completion=4)
    assert usage(total_tokens=1, **known) in (Usage(5, prompt=5), Usage(output=4, completion=4))


def test_openai_chat_with_sound_and_reasoning() -> None:
    """OpenAI, API reference: audio and cached tokens are part of the prompt's, reasoning of the completion's."""
    found = usage(
        prompt_tokens=1117,
        completion_tokens=446,
        total_tokens=1563,
        prompt_tokens_details={"cached_tokens": 1024, "audio_tokens": 60},
        completion_tokens_details={
            "reasoning_tokens": 320,
            "audio_tokens": 40,
            "accepted_prediction_tokens": 20,
            "rejected_prediction_tokens": 0,
        },
    )
    assert found == Usage(33, 86, 1024, 0, 0, 1117, 446, Units(audio_input=60, reasoning=320, audio_output=40))


def test_zeros_of_the_usual_details_leave_no_units() -> None:
    found = usage(
        prompt_tokens=19,
        completion_tokens=10,
        total_tokens=29,
        prompt_tokens_details={"cached_tokens": 0, "audio_tokens": 0},
        completion_tokens_details={"reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0},
    )
    assert found == Usage(19, 10, prompt=19, completion=10)


def test_cached_sound_is_a_cache_read_and_no_input() -> None:
    found = usage(
        prompt_tokens=100,
        completion_tokens=1,
        prompt_tokens_details={
            "cached_tokens": 64,
            "audio_tokens": 70,
            "cached_tokens_details": {"text_tokens": 14, "audio_tokens": 50},
        },
    )
    assert found == Usage(16, 1, 64, 0, 0, 100, 1, Units(audio_input=20, cache_read_audio=50))


def test_details_that_overlap_with_the_cache_are_cut() -> None:
    """LiteLLM issue 19680: some providers count a modality's cached tokens in both and do not say so."""
    found = usage(
        prompt_tokens=100, completion_tokens=0, prompt_tokens_details={"cached_tokens": 90, "image_tokens": 95}
    )
    assert found == Usage(0, 0, 90, 0, 0, 100, 0, Units(image_input=10))


def test_twelve_hour_writes_of_openai() -> None:
    found = usage(
        input_tokens=1000,
        output_tokens=5,
        input_tokens_details={
            "cached_tokens": 100,
            "cache_write_tokens": 600,
            "cache_write_tokens_details": {"ttl_30m_tokens": 200, "ttl_12h_tokens": 400},
        },
    )
    assert found == Usage(300, 5, 100, 600, 0, 1000, 5, Units(cache_write_12h=400))


def test_xai_counts_reasoning_outside_of_the_completion() -> None:
    """The written total tells: 32 + 9 + 3,091 of reasoning, which an OpenAI total would not hold twice."""
    details = {"reasoning_tokens": 3091}
    outside = usage(prompt_tokens=32, completion_tokens=9, total_tokens=3132, completion_tokens_details=details)
    assert outside == Usage(32, 9, 0, 0, 0, 32, 3100, Units(reasoning=3091))
    inside = usage(prompt_tokens=32, completion_tokens=3100, total_tokens=3132, completion_tokens_details=details)
    assert inside == outside


def test_perplexity_counts_reasoning_outside_and_searches_beside() -> None:
    """docs.perplexity.ai, pricing of sonar-deep-research."""
    found = usage(
        prompt_tokens=33,
        completion_tokens=7163,
        total_tokens=7196,
        citation_tokens=20016,
        num_search_queries=18,
        reasoning_tokens=73997,
        search_context_size="low",
    )
    parts = Units(reasoning=73997, citations=20016, web_searches=18)
    assert found == Usage(33, 7163, 0, 0, 0, 33, 81160, parts)


def test_deepseek_cache_hits() -> None:
    """api-docs.deepseek.com: prompt_tokens = prompt_cache_hit_tokens + prompt_cache_miss_tokens."""
    found = usage(
        prompt_tokens=3000,
        completion_tokens=20,
        total_tokens=3020,
        prompt_cache_hit_tokens=2944,
        prompt_cache_miss_tokens=56,
    )
    assert found == Usage(56, 20, 2944, 0, 0, 3000, 20)


def test_anthropic_thinking_is_part_of_the_output() -> None:
    found = usage(
        input_tokens=50, output_tokens=700, cache_read_input_tokens=0, output_tokens_details={"thinking_tokens": 600}
    )
    assert found == Usage(50, 100, prompt=50, completion=700, other=Units(reasoning=600))


def test_anthropic_searches() -> None:
    found = usage(
        input_tokens=10682,
        cache_creation_input_tokens=0,
        cache_read_input_tokens=0,
        output_tokens=510,
        server_tool_use={"web_search_requests": 1, "web_fetch_requests": 0},
        service_tier="standard",
    )
    assert found == Usage(10682, 510, prompt=10682, completion=510, other=Units(web_searches=1))
    none = usage(input_tokens=1, output_tokens=1, server_tool_use={"web_search_requests": 0})
    assert none == Usage(1, 1, prompt=1, completion=1)


def test_anthropic_iterations_are_what_is_billed() -> None:
    """platform.claude.com, compaction: the top-level counts leave the compaction's round out."""
    found = usage(
        input_tokens=23000,
        output_tokens=1000,
        iterations=[
            {"type": "compaction", "input_tokens": 180000, "output_tokens": 3500},
            {"type": "message", "input_tokens": 23000, "output_tokens": 1000, "cache_read_input_tokens": 7},
        ],
    )
    assert found == Usage(203000, 4500, 7, 0, 0, 203007, 4500)


def test_openai_images() -> None:
    """OpenAI, API reference: images/generations of gpt-image-1; all that comes out is image."""
    found = usage(
        total_tokens=100,
        input_tokens=50,
        output_tokens=50,
        input_tokens_details={"text_tokens": 10, "image_tokens": 40},
    )
    assert found == Usage(10, 0, 0, 0, 0, 50, 50, Units(image_input=40, image_output=50))
    told = usage(
        input_tokens=50,
        output_tokens=50,
        input_tokens_details={"text_tokens": 10, "image_tokens": 40},
        output_tokens_details={"text_tokens": 8, "image_tokens": 42},
    )
    assert told == Usage(10, 8, 0, 0, 0, 50, 50, Units(image_input=40, image_output=42))


def test_openai_transcription_by_tokens() -> None:
    found = usage(
        type="tokens", input_tokens=14, input_token_details={"text_tokens": 0, "audio_tokens": 14}, output_tokens=45
    )
    assert found == Usage(0, 45, 0, 0, 0, 14, 45, Units(audio_input=14))


def test_openai_realtime() -> None:
    """OpenAI, API reference: response.done."""
    found = usage(
        total_tokens=253,
        input_tokens=132,
        output_tokens=121,
        input_token_details={
            "text_tokens": 119,
            "audio_tokens": 13,
            "image_tokens": 0,
            "cached_tokens": 64,
            "cached_tokens_details": {"text_tokens": 64, "audio_tokens": 0, "image_tokens": 0},
        },
        output_token_details={"text_tokens": 30, "audio_tokens": 91},
    )
    assert found == Usage(55, 30, 64, 0, 0, 132, 121, Units(audio_input=13, audio_output=91))


def test_grounding_of_gemini_as_litellm_counts_it() -> None:
    details = {"text_tokens": 9, "web_search_requests": 3, "google_maps_grounding_requests": 1}
    found = usage(prompt_tokens=9, completion_tokens=1, prompt_tokens_details=details)
    assert found == Usage(9, 1, prompt=9, completion=1, other=Units(web_searches=3, map_queries=1))


def test_embedding_of_images_as_litellm_counts_it() -> None:
    details = {"text_tokens": 4, "image_count": 2, "video_length_seconds": 3.5, "character_count": 17}
    found = usage(prompt_tokens=1004, completion_tokens=0, total_tokens=1004, prompt_tokens_details=details)
    parts = Units(image_input=1000, images_input=2, characters_input=17, video_input_s=3.5)
    assert found == Usage(4, 0, prompt=1004, other=parts)


LIFETIMES = objects("ephemeral_1h_input_tokens", "ephemeral_12h_input_tokens", "ttl_12h_tokens")
PROMPT_DETAILS = objects(
    *("cached_tokens", "text_tokens", "audio_tokens", "image_tokens", "video_tokens", "image_count"),
    *("cache_write_tokens", "cache_creation_tokens", "web_search_requests", "character_count"),
    cached_tokens_details=objects("audio_tokens", "image_tokens"),
    cache_creation_token_details=LIFETIMES,
    cache_write_tokens_details=LIFETIMES,
    audio_length_seconds=st.none() | st.floats(allow_nan=False),
)
COMPLETION_DETAILS = objects("reasoning_tokens", "thinking_tokens", "audio_tokens", "image_tokens", "video_tokens")
TOTALS = ("prompt_tokens", "completion_tokens", "total_tokens", "input_tokens", "output_tokens")
CACHES = ("cache_creation_input_tokens", "cache_read_input_tokens", "prompt_cache_hit_tokens")
ITERATION = objects(*TOTALS[3:], *CACHES[:2], cache_creation=LIFETIMES, output_tokens_details=COMPLETION_DETAILS)


@given(
    objects(
        *TOTALS,
        *CACHES,
        *("reasoning_tokens", "citation_tokens", "num_search_queries"),
        prompt_tokens_details=PROMPT_DETAILS,
        input_tokens_details=PROMPT_DETAILS,
        input_token_details=PROMPT_DETAILS,
        completion_tokens_details=COMPLETION_DETAILS,
        output_tokens_details=COMPLETION_DETAILS,
        output_token_details=COMPLETION_DETAILS,
        cache_creation=LIFETIMES,
        server_tool_use=objects("web_search_requests"),
        iterations=st.none() | st.lists(ITERATION, max_size=2),
    )
)
def test_buckets_are_disjoint_whatever_is_written(fields: dict[str, Any]) -> None:
    assert_disjoint(usage(**fields))
