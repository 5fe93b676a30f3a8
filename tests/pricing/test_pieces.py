"""The prices of what is not counted in tokens, and the fees of tools."""

from __future__ import annotations

from typing import Any

import pytest

from shipper.pricing.lines import Price
from shipper.pricing.pieces import piece_prices, tool_fees
from shipper.records import Terms


def _pieces(row: dict[str, Any], terms: Terms | None = None, paid_by_tokens: bool = False) -> dict[str, Price]:
    return piece_prices(row, terms or Terms(), paid_by_tokens)


@pytest.mark.parametrize(
    ("key", "unit"),
    [
        ("input_cost_per_character", "characters_input"),
        ("output_cost_per_character", "characters_output"),
        ("input_cost_per_video_per_second", "video_input_s"),
        ("input_cost_per_audio_per_second", "audio_input_s"),
        ("input_cost_per_query", "queries"),
        ("input_cost_per_image", "images_input"),
        ("output_cost_per_image", "images_output"),
        ("ocr_cost_per_credit", "credits"),
        ("input_cost_per_request", "requests"),
    ],
)
def test_each_key_prices_its_unit(key: str, unit: str) -> None:
    assert _pieces({"mode": "embedding", key: 0.25}) == {unit: Price(0.25, key)}


def test_an_annotated_page_costs_its_own_price_else_that_of_a_page() -> None:
    page = {"mode": "ocr", "ocr_cost_per_page": 0.001}
    assert _pieces(page)["pages_annotated"].usd == 0.001
    assert _pieces({**page, "annotation_cost_per_page": 0.003})["pages_annotated"].usd == 0.003


def test_pages_have_a_batch_price() -> None:
    row = {"mode": "ocr", "ocr_cost_per_page": 0.002, "ocr_cost_per_page_batches": 0.001}
    assert _pieces(row)["pages"].usd == 0.002
    assert _pieces(row, Terms(batch=True))["pages"] == Price(0.001, "ocr_cost_per_page_batches")
    assert _pieces({"ocr_cost_per_page": 0.002}, Terms(batch=True))["pages"].usd == 0.002


# images

IMAGE = {"mode": "image_generation"}


@pytest.mark.parametrize(
    ("prices", "usd"),
    [
        ({"output_cost_per_image": 0.04}, 0.04),
        ({"input_cost_per_image": 0.02}, 0.02),
        ({"input_cost_per_image": 0.0, "output_cost_per_image": 0.008}, 0.008),
        ({"input_cost_per_pixel": 4e-08}, 4e-08 * 1024 * 1024),
        ({"input_cost_per_image": 0.011, "input_cost_per_pixel": 4e-08}, 0.011),
        ({"output_cost_per_pixel": 5e-08}, 5e-08 * 1024 * 1024),
        ({"output_cost_per_image": 0.04, "output_cost_per_image_2K": 0.08}, 0.04),
    ],
)
def test_an_image_costs_its_own_price_else_that_of_its_pixels(prices: dict[str, float], usd: float) -> None:
    assert _pieces({**IMAGE, **prices})["images_output"].usd == usd


@pytest.mark.parametrize(("size", "pixels"), [("512x256", 131_072), ("512-x-256", 131_072), ("auto", 1_048_576)])
def test_pixels_are_those_of_the_size_else_the_usual_ones(size: str, pixels: int) -> None:
    assert _pieces({**IMAGE, "input_cost_per_pixel": 1e-08}, Terms(size=size))["images_output"].usd == 1e-08 * pixels


def test_a_resolution_has_its_own_price() -> None:
    row = {**IMAGE, "output_cost_per_image": 0.04, "output_cost_per_image_2K": 0.08}
    assert _pieces(row, Terms(resolution="2K"))["images_output"].usd == 0.08
    assert _pieces(row, Terms(resolution="8K"))["images_output"].usd == 0.04
    assert (
        _pieces({**row, "output_cost_per_image_token": 4e-05}, Terms(resolution="token"))["images_output"].usd == 0.04
    )


def test_an_image_that_is_read_is_no_image_that_is_made() -> None:
    assert _pieces({"mode": "embedding", "input_cost_per_image": 0.0001}) == {
        "images_input": Price(0.0001, "input_cost_per_image")
    }


# seconds


@pytest.mark.parametrize(
    ("prices", "resolution", "usd"),
    [
        ({"output_cost_per_second": 0.4}, None, 0.4),
        ({"output_cost_per_second": 0.4, "output_cost_per_second_1080p": 0.6}, "1080P", 0.6),
        ({"output_cost_per_second": 0.4, "output_cost_per_second_1080p": 0.6}, "480p", 0.4),
        ({"output_cost_per_second": 0.4, "output_cost_per_video_per_second": 0.1}, "1080p", 0.1),
    ],
)
def test_a_second_of_film_costs_by_its_resolution(prices: dict[str, float], resolution: str | None, usd: float) -> None:
    row = {"mode": "video_generation", **prices}
    assert _pieces(row, Terms(resolution=resolution))["video_output_s"].usd == usd


@pytest.mark.parametrize(
    ("prices", "key"),
    [
        ({"input_cost_per_second": 0.1, "output_cost_per_second": 0.2}, "output_cost_per_second"),
        ({"input_cost_per_second": 0.1, "output_cost_per_second": 0.0}, "input_cost_per_second"),
        ({"output_cost_per_second": 0.2}, "output_cost_per_second"),
    ],
)
def test_a_second_that_is_heard_costs_its_output_price_unless_that_is_zero(prices: dict[str, float], key: str) -> None:
    row = {"mode": "audio_transcription", **prices}
    assert _pieces(row) == {"audio_input_s": Price(prices[key], key)}


def test_a_second_of_speech_costs_its_output_price() -> None:
    assert _pieces({"mode": "audio_speech", "output_cost_per_second": 0.1})["audio_output_s"].usd == 0.1


def test_a_song_costs_the_same_however_long_it_is() -> None:
    row = {"mode": "audio_speech", "output_cost_per_image": 0.06}
    assert _pieces(row)["requests"] == Price(0.06, "output_cost_per_image")


@pytest.mark.parametrize("mode", [None, "chat", "completion", "embedding", "responses", "realtime"])
def test_models_without_token_prices_are_paid_by_the_time_they_take(mode: str | None) -> None:
    row = {"mode": mode, "input_cost_per_second": 0.1, "output_cost_per_second": 0.2}
    assert _pieces(row) == {"request_s": Price(0.1, "input_cost_per_second")}
    assert _pieces({**row, "cost_per_second": 0.3})["request_s"].usd == 0.3
    assert _pieces(row, paid_by_tokens=True) == {}


@pytest.mark.parametrize(("results", "usd"), [(None, 0.005), (10, 0.005), (25, 0.005), (26, 0.025), (101, 0.025)])
def test_a_search_costs_by_the_results_it_may_bring(results: int | None, usd: float | None) -> None:
    tiers = [
        {"input_cost_per_query": 0.005, "max_results_range": [0, 25]},
        {"input_cost_per_query": 0.025, "max_results_range": [26, 100]},
    ]
    found = _pieces({"mode": "search", "tiered_pricing": tiers}, Terms(results=results)).get("queries")
    assert (found and found.usd) == usd


# tools

SIZES = {f"search_context_size_{size}": usd for size, usd in (("low", 0.005), ("medium", 0.008), ("high", 0.012))}
CHAT = {"mode": "chat", "search_context_cost_per_query": SIZES}
GEMINI = {**CHAT, "litellm_provider": "vertex_ai-language-models"}


def _search(row: dict[str, Any], provider: str, terms: Terms | None = None) -> float | None:
    price = tool_fees(row, terms or Terms(), provider)[0].get("web_searches")
    return price and price.usd


def test_a_web_search_costs_by_the_size_of_its_context() -> None:
    assert _search(CHAT, "openai") == 0.008
    assert _search(CHAT, "openai", Terms(search="high")) == 0.012
    assert _search({"mode": "chat"}, "openai") is None


def test_some_providers_have_one_size() -> None:
    for provider in ("anthropic", "xai"):
        assert _search(CHAT, provider, Terms(search="high")) == 0.008
    assert _search(GEMINI, "vertex_ai", Terms(search="high")) == 0.008
    assert _search(CHAT, "perplexity", Terms(search="high")) == 0.005


def test_list_prices_stand_in_where_the_row_has_none() -> None:
    assert _search({"mode": "chat"}, "xai") == 0.005
    assert _search({"litellm_provider": "gemini"}, "gemini") == 0.035


def test_gemini_before_the_third_bills_grounding_once_a_prompt() -> None:
    once, per_query = (
        tool_fees(GEMINI, Terms(), "vertex_ai"),
        tool_fees({**GEMINI, "web_search_billing_unit": "per_query"}, Terms(), "vertex_ai"),
    )
    assert once[1] == {"web_searches", "map_queries"}
    assert per_query[1] == set()
    assert (once[0]["map_queries"].usd, per_query[0]["map_queries"].usd) == (0.025, 0.014)


def test_the_claude_of_google_bills_each_search() -> None:
    row = {**CHAT, "litellm_provider": "vertex_ai-anthropic_models"}
    fees, once = tool_fees(row, Terms(), "vertex_ai")
    assert "map_queries" not in fees
    assert once == set()


def test_a_session_of_code_costs_its_own_price() -> None:
    fees, _ = tool_fees({**CHAT, "code_interpreter_cost_per_session": 0.03}, Terms(), "openai")
    assert fees["code_sessions"].usd == 0.03


def test_a_file_search_costs_openais_list_price_or_a_thousandth_of_the_rows() -> None:
    assert tool_fees(CHAT, Terms(), "openai")[0]["file_searches"].usd == 0.0025
    assert "file_searches" not in tool_fees(CHAT, Terms(), "azure")[0]
    assert tool_fees({**CHAT, "file_search_cost_per_1k_calls": 4}, Terms(), "azure")[0]["file_searches"].usd == 0.004
