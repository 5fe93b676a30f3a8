"""The operator's page about prices: its example works and its facts are those of the package."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shipper.prices import bundled_snapshots
from shipper.pricing import PriceBook, PriceTable
from shipper.pricing.adjustment import Adjustment
from shipper.pricing.override_file import parse_overrides

PAGE = (Path(__file__).parents[2] / "deploy" / "docs" / "pricing.md").read_text()
(EXAMPLE,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
SNAPSHOTS = bundled_snapshots()
BOOK = PriceBook((PriceTable.load(data, day) for data, day in SNAPSHOTS), parse_overrides(EXAMPLE.encode()))


def test_the_page_names_the_packaged_days() -> None:
    section = PAGE.partition("## Which price table a call gets")[2].partition("* The **start")[0]
    assert re.findall(r"\d{4}-\d{2}-\d{2}", section) == [str(day) for _, day in SNAPSHOTS]
    assert f"of {len(SNAPSHOTS)} days" in section


def test_the_example_misspells_no_model() -> None:
    assert BOOK.overrides.count == 6
    assert BOOK.strangers() == []


@pytest.mark.parametrize(
    ("provider", "model", "when", "team", "key", "usd"),
    [
        ("openai", "gpt-4o", "2026-12-01", None, None, 2.0e-6),
        ("openai", "gpt-4o", "2026-12-01", "research", None, 1.5e-6),
        ("openai", "gpt-4o", "2026-12-01", "research", "nightly-batch", 1.0e-6),
        ("azure", "gpt-4o", "2026-12-01", "research", None, 2.5e-6),
        ("hosted_vllm", "llama-3.3-70b-at-home", "2026-12-01", None, None, 1.0e-7),
        ("anthropic", "claude-sonnet-4-5", "2026-06-30", None, None, 2.8e-6),
        ("anthropic", "claude-sonnet-4-5", "2026-07-01", None, None, 2.5e-6),
        ("anthropic", "claude-sonnet-4-5", "2027-01-01", None, None, 3.0e-6),
    ],
)
def test_the_examples_prices_hold_for_whom_and_when_it_says(
    provider: str, model: str, when: str, team: str | None, key: str | None, usd: float
) -> None:
    found = BOOK.find(provider, model, datetime.fromisoformat(when).replace(tzinfo=UTC), team, key)
    assert found is not None
    assert found.row["input_cost_per_token"] == usd


def test_the_examples_discounts_and_margins_are_those_it_says() -> None:
    assert BOOK.adjustment("openai", "gpt-4o") == Adjustment(0.05, 0.1)
    assert BOOK.adjustment("vertex_ai", "gemini-2.5-pro") == Adjustment(0.1, 0.1)
    assert BOOK.adjustment("bedrock", "any") == Adjustment(0.0, 0.08, 0.0005)
