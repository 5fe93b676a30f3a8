"""Which prices are found for a call."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

from shipper.pricing import PriceBook, Pricer, PriceTable, PricingSettings
from shipper.pricing.look_up import Priced, look_up
from shipper.records import Cost, Terms, Units, UnknownCost, Usage
from tests.pricing.billings import DAY, billing

CHAT = {"mode": "chat", "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05}
IMAGE = {"mode": "image_generation", "litellm_provider": "openai"}
ROWS: dict[str, Any] = {
    "gpt": {**CHAT, "litellm_provider": "openai"},
    "nameless": {"mode": "chat"},
    "claude": {**CHAT, "litellm_provider": "bedrock"},
    "bedrock/eu-central-1/claude": {**CHAT, "litellm_provider": "bedrock", "input_cost_per_token": 4e-06},
    "painter": {**IMAGE, "input_cost_per_image": 0.04},
    "1024-x-1024/painter": {**IMAGE, "input_cost_per_image": 0.05},
    "hd/512-x-512/painter": {**IMAGE, "input_cost_per_image": 0.06},
    "azure/high/512-x-512/painter": {**IMAGE, "litellm_provider": "azure", "input_cost_per_pixel": 1e-07},
    "standard/1024-x-1024/sketcher": {**IMAGE, "input_cost_per_image": 0.07},
    "token-painter": {**IMAGE, "input_cost_per_token": 5e-06, "output_cost_per_image_token": 4e-05},
    "512-x-512/token-painter": {**IMAGE, "input_cost_per_image": 9.0},
    "fireworks-ai-4.1b-to-16b": {"input_cost_per_token": 2e-07, "output_cost_per_token": 2e-07},
    "openai/container": {"litellm_provider": "openai", "mode": "chat", "code_interpreter_cost_per_session": 0.03},
}
BOOK = PriceBook.of(PriceTable.load(json.dumps(ROWS).encode(), DAY))


def _found(*models: str, provider: str = "openai", terms: Terms | None = None) -> Priced:
    found = look_up(BOOK, replace(billing(*models, provider=provider), terms=terms))
    assert isinstance(found, Priced)
    return found


def test_the_first_model_with_prices_counts() -> None:
    assert _found("unheard-of", "nameless", "gpt").name == "gpt"
    assert _found("gpt").source == f"litellm-{DAY}"


def test_what_has_no_prices_says_why() -> None:
    for models, why in (
        ((), "no_model"),
        (("unheard-of",), "unpriced_model"),
        (("unheard-of", "nameless"), "unpriced_unit"),
    ):
        assert look_up(BOOK, billing(*models, provider="openai")) == UnknownCost(why)  # type: ignore[arg-type]


def test_a_regions_own_row_comes_first() -> None:
    terms = Terms(region="eu-central-1")
    assert _found("claude", provider="bedrock", terms=terms).name == "bedrock/eu-central-1/claude"
    assert _found("claude", provider="bedrock", terms=Terms(region="us-east-1")).name == "claude"
    assert _found("gpt", terms=terms).name == "gpt"


def test_an_image_is_priced_by_the_row_of_its_size_and_quality() -> None:
    assert _found("painter").name == "painter"
    assert _found("painter", terms=Terms(size="1024x1024")).name == "1024-x-1024/painter"
    assert _found("painter", terms=Terms(size="512x512", quality="hd")).name == "hd/512-x-512/painter"
    assert _found("painter", terms=Terms(size="2x2", quality="hd")).name == "painter"
    azure = _found("painter", provider="azure", terms=Terms(size="512x512", quality="high"))
    assert azure.name == "azure/high/512-x-512/painter"
    assert azure.tariff.pieces["images_output"].usd == 1e-07 * 512 * 512


def test_an_image_of_unknown_size_has_the_usual_one() -> None:
    assert _found("sketcher").name == "standard/1024-x-1024/sketcher"


def test_a_row_that_tokens_price_comes_before_those_of_sizes() -> None:
    found = _found("token-painter", terms=Terms(size="512x512"))
    assert found.name == "token-painter"
    assert found.otherwise is not None
    assert found.otherwise.name == "512-x-512/token-painter"


def test_an_image_whose_tokens_nobody_counted_is_paid_by_the_piece() -> None:
    call = replace(billing("token-painter", provider="openai"), terms=Terms(size="512x512"))
    pricer = Pricer(PricingSettings(), BOOK)
    by_piece = pricer.price(replace(call, usage=Usage(other=Units(images_output=2))))
    assert by_piece == Cost(18.0, {"output_images": 18.0})
    by_tokens = pricer.price(replace(call, usage=Usage(10, 1000, prompt=10, other=Units(images_output=2))))
    assert by_tokens == Cost(10 * 5e-06 + 1000 * 4e-05, {"input": 10 * 5e-06, "output": 1000 * 4e-05})


def test_prices_of_the_callers_own_come_before_all() -> None:
    own = Terms(prices=(("input_cost_per_token", 1e-06), ("output_cost_per_token", 2e-06)))
    for model in ("gpt", "unheard-of"):
        found = _found(model, terms=own)
        assert (found.name, found.source) == (model, "prices in the record")
        rates = found.tariff.steps[0].rates
        assert rates is not None
        assert (rates.input, rates.output, rates.cache_read) == (1e-06, 2e-06, 1e-06)


def test_the_price_of_a_session_stands_in_a_row_of_the_provider() -> None:
    assert _found("gpt").tariff.pieces["code_sessions"].usd == 0.03
    assert "code_sessions" not in _found("claude", provider="bedrock").tariff.pieces


def test_an_unknown_model_has_the_price_of_its_size_where_the_host_prices_so() -> None:
    assert _found("someones/llama-8b", provider="fireworks_ai").name == "fireworks-ai-4.1b-to-16b"
