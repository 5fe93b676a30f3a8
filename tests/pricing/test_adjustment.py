"""Discounts and margins by provider and model, as LiteLLM resolves them."""

from __future__ import annotations

import pytest

from shipper.pricing.adjustment import Adjustment, Adjustments, Margin

DISCOUNTS = {
    "openai": 0.05,
    "openai/gpt-5": 0.5,
    "openai/gpt-*": 0.1,
    "openai/gpt-5*": 0.2,
    "openai/[go]3*": 0.3,
    "vertex_ai/gemini-?": 0.4,
}
MARGINS = {"*": Margin(0.1), "openai": Margin(0.2, 0.001), "free": Margin()}


@pytest.mark.parametrize(
    ("provider", "model", "discount"),
    [
        ("openai", "gpt-5", 0.5),
        ("openai", "openai/gpt-5", 0.5),
        ("openai", "openai/openai/gpt-5", 0.5),
        ("openai", "gpt-5-mini", 0.2),
        ("openai", "gpt-4o", 0.1),
        ("openai", "o3-mini", 0.3),
        ("openai", "GPT-5", 0.05),
        ("openai", "text-embedding-3-small", 0.05),
        ("vertex_ai", "gemini-3", 0.4),
        ("vertex_ai", "gemini-33", None),
        ("azure", "gpt-5", None),
        ("", "gpt-5", None),
        ("", "openai/gpt-5", None),
    ],
)
def test_the_model_goes_before_the_longest_pattern_and_that_before_the_provider(
    provider: str, model: str, discount: float | None
) -> None:
    found = Adjustments(DISCOUNTS).of(provider, model)
    assert found == (None if discount is None else Adjustment(discount))


@pytest.mark.parametrize(
    ("provider", "expected"),
    [
        ("openai", Adjustment(0.0, 0.2, 0.001)),
        ("azure", Adjustment(0.0, 0.1)),
        ("", Adjustment(0.0, 0.1)),
        ("free", Adjustment()),
    ],
)
def test_the_margin_of_a_provider_goes_before_that_of_all(provider: str, expected: Adjustment) -> None:
    assert Adjustments({}, MARGINS).of(provider, "any") == expected


def test_discount_and_margin_come_together() -> None:
    assert Adjustments(DISCOUNTS, MARGINS).of("openai", "gpt-5") == Adjustment(0.5, 0.2, 0.001)


def test_nothing_configured_is_no_adjustment() -> None:
    assert Adjustments().of("openai", "gpt-5") is None
    assert Adjustments(DISCOUNTS).of("azure", "gpt-5") is None
