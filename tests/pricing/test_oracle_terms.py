"""What stands outside a row of the price map, by us and by LiteLLM itself: the region in a model's name, prices that
the caller sets, discounts and margins.
"""

from __future__ import annotations

from math import isclose
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shipper.pricing import Overrides, PriceBook, Pricer, PriceTable, PricingSettings, bundled_snapshot
from shipper.pricing.adjustment import Adjustments, Margin
from shipper.pricing.look_up import Priced
from shipper.records import Billing, Cost, Terms, Usage
from tests.pricing.oracle import Oracle
from tests.pricing.questions import question
from tests.pricing.random_tokens import Row
from tests.pricing.sweep import pricer, rows
from tests.pricing.usages import START

TABLE = PriceTable.load(*bundled_snapshot())
ROWS = rows()
OURS = pricer()
CHAT: Row = {"mode": "chat"}
DISCOUNTS = {"openai": 0.05, "openai/gpt-4o": 0.5, "openai/gpt-4*": 0.1, "anthropic/claude-*": 0.2}

counts = st.integers(0, 300_000)
fractions = st.floats(0, 1, allow_subnormal=False)
prices = st.floats(0, 1e-3, allow_subnormal=False)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    fresh, read, write, output = (draw(counts) for _ in range(4))
    return Usage(fresh + 1, output, read, write, prompt=fresh + 1 + read + write, completion=output)


def _same(ours: Pricer, call: Billing, oracle: Oracle, **more: Any) -> None:
    cost = ours.price(call)
    theirs = oracle.price([{**question(CHAT, call), **more}])[0].cost
    assert isinstance(cost, Cost)
    assert theirs is not None
    assert isclose(cost.total, theirs, rel_tol=1e-12)


def _regional() -> list[tuple[str, str, str]]:
    """Provider, region and model of rows that price a region of their own."""
    parts = [(name.split("/"), row) for name, row in ROWS.items() if name.startswith(("azure/", "bedrock/"))]
    return [
        (path[0], path[1], path[2])
        for path, row in parts
        if len(path) == 3
        and path[1] != "invoke"
        and row.get("mode") == "chat"
        and row["litellm_provider"] == path[0]
        and "-" in path[2]
    ]


def test_a_call_to_a_region_costs_what_litellm_says(oracle: Oracle) -> None:
    regional = _regional()
    assert len(regional) > 100
    for provider, region, model in regional:
        usage = Usage(1000, 100, 500, prompt=1500, completion=100)
        call = Billing((model,), provider, START, usage, None, terms=Terms(region=region))
        _same(OURS, call, oracle)
        found = OURS.look_up(call)
        assert isinstance(found, Priced)
        assert found.name == f"{provider}/{region}/{model}"


@settings(max_examples=100, deadline=None)
@given(usage=usages(), fresh=prices, answer=prices, read=prices | st.none(), write=prices | st.none())
def test_prices_of_the_callers_own_count_as_litellm_counts_them(
    oracle: Oracle, usage: Usage, fresh: float, answer: float, read: float | None, write: float | None
) -> None:
    named = {
        "input_cost_per_token": fresh,
        "output_cost_per_token": answer,
        "cache_read_input_token_cost": read,
        "cache_creation_input_token_cost": write,
    }
    own = {key: usd for key, usd in named.items() if usd is not None}
    if not any(own.values()):
        return  # prices of 0 alone are a free model: nothing to compare
    call = Billing(("gpt-4o",), "openai", START, usage, None, terms=Terms(prices=tuple(sorted(own.items()))))
    _same(OURS, call, oracle, own_prices=own)


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4.1", "o3-mini", "claude-sonnet-4-5"])
@settings(max_examples=25, deadline=None)
@given(usage=usages(), margin=fractions, fixed_usd=fractions)
def test_discounts_and_margins_are_litellms(
    oracle: Oracle, model: str, usage: Usage, margin: float, fixed_usd: float
) -> None:
    adjustments = Adjustments(DISCOUNTS, {"*": Margin(0.1), "openai": Margin(margin, fixed_usd)})
    ours = Pricer(PricingSettings(), PriceBook.of(TABLE, Overrides(adjustments=adjustments)))
    provider = "anthropic" if model.startswith("claude") else "openai"
    margins = {"global": 0.1, "openai": {"percentage": margin, "fixed_amount": fixed_usd}}
    _same(ours, Billing((model,), provider, START, usage, None), oracle, discounts=DISCOUNTS, margins=margins)
