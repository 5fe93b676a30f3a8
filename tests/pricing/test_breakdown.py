"""LiteLLM's own calculation taken apart."""

from __future__ import annotations

from math import inf, isclose, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shipper.pricing.breakdown import split_of
from shipper.records import Breakdown

WHOLE = Breakdown(
    input_cost=0.5,
    output_cost=0.25,
    total_cost=1.0,
    cache_read_cost=0.125,
    cache_creation_cost=0.0625,
    reasoning_cost=0.125,
    tool_usage_cost=0.25,
    additional_costs={"routing_fee": 0.125},
    original_cost=1.125,
    discount_amount=0.25,
    margin_total_amount=0.125,
)


def test_cache_and_reasoning_are_taken_out_of_input_and_output() -> None:
    assert split_of(WHOLE, 1.0) == {
        "input": 0.3125,
        "cache_read_input_tokens": 0.125,
        "cache_creation_input_tokens": 0.0625,
        "output": 0.125,
        "output_reasoning_tokens": 0.125,
        "tools": 0.25,
        "routing_fee": 0.125,
        "margin": 0.125,
        "discount": -0.25,
    }


def test_what_costs_nothing_has_no_key() -> None:
    assert split_of(Breakdown(input_cost=0.5, output_cost=0.0, reasoning_cost=0.0), 0.5) == {"input": 0.5}


def test_the_dust_of_a_subtraction_is_no_cost() -> None:
    breakdown = Breakdown(input_cost=0.1 + 0.2, cache_read_cost=0.3, output_cost=0.7)
    assert split_of(breakdown, 1.0) == {"cache_read_input_tokens": 0.3, "output": 0.7}


@pytest.mark.parametrize(
    "change",
    [
        {"input_cost": 0.6},  # another sum
        {"input_cost": 0.125, "output_cost": 0.625},  # less than its cache
        {"output_cost": nan},
        {"output_cost": inf},
        {"tool_usage_cost": -0.25, "output_cost": 0.75},
        {"margin_total_amount": -0.125, "output_cost": 0.5},
        {"additional_costs": {"input": 0.125}},  # a name that is taken
    ],
)
def test_a_breakdown_that_does_not_explain_the_cost_is_not_used(change: dict[str, float]) -> None:
    assert split_of(replace(WHOLE, **change), 1.0) == {}


costs = st.none() | st.floats(0, 10) | st.floats()


@given(
    st.builds(Breakdown, *[costs] * 7, st.none() | st.dictionaries(st.text(), st.floats()), *[costs] * 3),
    st.floats(0, 99),
)
def test_parts_are_disjoint_and_sum_to_the_cost_or_there_are_none(breakdown: Breakdown, cost: float) -> None:
    split = split_of(breakdown, cost)
    if split:
        assert isclose(sum(split.values()), cost, rel_tol=1e-9)
        assert all(0 < part < inf for key, part in split.items() if key != "discount")
