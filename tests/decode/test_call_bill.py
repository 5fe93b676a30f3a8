"""LiteLLM calls that are paid by other units than tokens."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shipper.records import Billing, CallRecord, Terms, Units, Usage
from tests.decode.examples import bare, call, golden, litellm


def record(call_type: str, response: Any, **around: Any) -> CallRecord:
    return call(litellm({"call_type": call_type, "response": response}, **around))


def units(call_type: str, response: Any, **around: Any) -> Units | None:
    found = record(call_type, response, **around)
    assert found.repairs == ()
    assert found.observation.usage is None
    usage = found.billing.usage
    return None if usage is None else usage.other


@pytest.mark.parametrize("call_type", ["speech", "aspeech"])
def test_speech_is_paid_by_characters_that_are_no_blanks(call_type: str) -> None:
    assert units(call_type, None, messages="Hello there, you") == Units(characters_input=14)
    asked = [{"role": "user", "content": "Hello\nthere"}]
    assert units(call_type, None, messages=asked) == Units(characters_input=10)


@pytest.mark.parametrize("messages", ["redacted-by-litellm", [], {}, None, [{"content": [1]}]])
def test_speech_that_nobody_can_count_has_no_units(messages: Any) -> None:
    found = call(litellm({"call_type": "aspeech", "response": None, "messages": None}, messages=messages))
    assert found.billing.usage is None


def test_transcription_is_paid_by_its_duration() -> None:
    response = {"text": "a", "duration": 17.57, "usage": {"type": "duration", "seconds": 18.0}}
    assert units("atranscription", response) == Units(audio_input_s=17.57)
    found = call(golden("fx_transcription")["records"][0])
    assert (found.observation.usage, found.billing.usage) == (None, Usage(other=Units(audio_input_s=17.57)))


def test_transcription_by_tokens_has_a_usage() -> None:
    usage = {"type": "tokens", "input_tokens": 14, "output_tokens": 4, "input_token_details": {"audio_tokens": 14}}
    found = record("transcription", {"text": "a", "usage": usage})
    assert found.observation.usage == Usage(0, 4, prompt=14, completion=4, other=Units(audio_input=14))
    assert found.billing.usage == found.observation.usage


def test_rerank_is_paid_by_search_units_which_are_one_by_default() -> None:
    assert units("arerank", {"results": [], "meta": {"billed_units": {"search_units": 4}}}) == Units(queries=4)
    assert units("rerank", {"results": []}) == Units(queries=1)
    assert units("rerank", "redacted") == Units(queries=1)
    assert call(golden("rerank_cohere")["records"][0]).billing.usage == Usage(other=Units(queries=1))


def test_rerank_by_tokens_has_a_usage() -> None:
    found = record("arerank", {"results": [], "meta": {"billed_units": {"total_tokens": 9}}})
    assert found.observation.usage is not None
    assert found.billing.usage == Usage(9, prompt=9, other=Units(queries=1))


def test_searches_are_counted_by_the_request() -> None:
    assert units("asearch", {"results": []}, optional_params={"query": ["a", "b"]}) == Units(queries=2)
    assert units("search", {"results": []}, optional_params={"query": "a"}) == Units(queries=1)
    assert units("avector_store_search", {"data": []}) == Units(queries=1)


def test_images_are_counted_and_have_a_size() -> None:
    images = {"created": 1, "data": [{"url": "a"}, {"b64_json": "b"}], "quality": "hd"}
    found = call(
        litellm({"call_type": "aimage_generation", "response": images}, optional_params={"size": "1024x1792", "n": 2})
    ).billing
    assert found.usage == Usage(other=Units(images_output=2))
    assert found.terms == Terms(size="1024x1792", quality="hd")


def test_images_by_tokens_have_both() -> None:
    usage = {
        "input_tokens": 50,
        "output_tokens": 60,
        "total_tokens": 110,
        "input_tokens_details": {"text_tokens": 10, "image_tokens": 40},
    }
    response = {"data": [{"b64_json": "b"}], "usage": usage, "size": "1024x1024", "quality": "low"}
    found = record("image_edit", response)
    parts = Units(image_input=40, image_output=60, images_input=1, images_output=1)
    assert found.billing.usage == Usage(10, 0, prompt=50, completion=60, other=parts)
    assert found.billing.terms == Terms(size="1024x1024", quality="low")
    assert found.observation.usage is not None


def test_pages_of_a_document() -> None:
    pages = {"pages": [], "usage_info": {"pages_processed": 3, "pages_processed_annotation": 1}}
    assert units("aocr", pages) == Units(pages=3, pages_annotated=1)


def test_films_are_paid_by_the_second_and_resolution() -> None:
    usage = {"duration_seconds": 4.0, "video_resolution": "720p"}
    found = record("acreate_video", {"id": "v", "object": "video", "usage": usage}).billing
    assert (found.usage, found.terms) == (Usage(other=Units(video_output_s=4.0)), Terms(resolution="720p"))


def test_generate_content_is_googles() -> None:
    response = {
        "candidates": [],
        "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2, "trafficType": "ON_DEMAND_FLEX"},
    }
    found = record("agenerate_content", response)
    assert found.observation.usage == Usage(3, 2, prompt=3, completion=2)
    assert found.billing.terms == Terms(tier="flex")


def test_bare_payload_is_read_twice_too() -> None:
    found = call(bare({"call_type": "rerank", "response": {"meta": {"billed_units": {"search_units": 4}}}}))
    assert found.billing.usage == Usage(other=Units(queries=4))


def test_record_with_a_lone_surrogate_is_read_twice_too() -> None:
    value = json.dumps(litellm({"call_type": "rerank", "response": {"meta": {"billed_units": {"search_units": 4}}}}))
    found = call(value.replace('"hi"', '"\\ud800"').encode())
    assert found.repairs == ("lone_surrogate",)
    assert found.billing.usage == Usage(other=Units(queries=4))


def test_failed_call_has_no_units() -> None:
    found: Billing = call(litellm({"call_type": "rerank", "status": "failure", "response": {}})).billing
    assert found.usage is None
