"""Which cost counts, and that unknown is never 0."""

from __future__ import annotations

import json
import tracemalloc
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shipper.pricing import PriceBook, Pricer, PriceTable, PricingSettings, bundled_snapshot
from shipper.pricing.pricer import MEMO_ENTRIES
from shipper.records import Billing, Breakdown, Cost, Terms, Units, UnknownCost, Usage
from tests.pricing.billings import DAY, START, TOKENS, billing

CHAT = {"litellm_provider": "openai", "mode": "chat"}
ROWS: dict[str, Any] = {
    "paid": {**CHAT, "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06},
    "free": {**CHAT, "input_cost_per_token": 0.0, "output_cost_per_token": 0.0},
    "nameless": CHAT,
    "by-query": {**CHAT, "mode": "rerank", "input_cost_per_query": 0.002},
}
TABLE = PriceTable.load(json.dumps(ROWS).encode(), DAY)
RECORD = Pricer(PricingSettings(), PriceBook.of(TABLE))
FROM_TABLE = Pricer(PricingSettings(prefer="table"), PriceBook.of(TABLE))
PAID = Cost(100 * 1e-06 + 10 * 2e-06, {"input": 100 * 1e-06, "output": 10 * 2e-06})


@pytest.mark.parametrize("pricer", [RECORD, FROM_TABLE])
def test_without_a_recorded_cost_the_table_prices_the_call(pricer: Pricer) -> None:
    assert pricer.price(billing("paid", provider="openai")) == PAID


def test_the_recorded_cost_wins_and_stands_alone_where_the_table_disagrees() -> None:
    assert RECORD.price(billing("paid", recorded=0.5)) == Cost(0.5, {}, PAID.total)


def test_a_recorded_cost_that_the_table_does_not_give_is_split_by_the_records_own_breakdown() -> None:
    call = replace(billing("paid", recorded=0.5), breakdown=Breakdown(input_cost=0.2, output_cost=0.3))
    assert RECORD.price(call) == Cost(0.5, {"input": 0.2, "output": 0.3}, PAID.total)
    stranger = replace(call, models=("unheard-of",))
    assert RECORD.price(stranger) == Cost(0.5, {"input": 0.2, "output": 0.3})


def test_the_recorded_cost_is_split_where_the_table_agrees_to_a_billionth() -> None:
    near = PAID.total * (1 + 5e-10)
    assert RECORD.price(billing("paid", recorded=near)) == Cost(near, PAID.split, PAID.total)
    far = PAID.total * (1 + 5e-9)
    assert RECORD.price(billing("paid", recorded=far)) == Cost(far, {}, PAID.total)


@pytest.mark.parametrize("model", ["unheard-of", "nameless"])
@pytest.mark.parametrize("pricer", [RECORD, FROM_TABLE])
def test_the_recorded_cost_counts_where_the_table_knows_nothing(pricer: Pricer, model: str) -> None:
    assert pricer.price(billing(model, recorded=0.5)) == Cost(0.5)


def test_the_table_wins_where_it_is_preferred() -> None:
    assert FROM_TABLE.price(billing("paid", recorded=0.5)) == Cost(PAID.total, PAID.split, PAID.total)


@pytest.mark.parametrize("recorded", [-1e-9, nan, inf, -inf])
def test_a_recorded_cost_that_cannot_be_is_no_cost(recorded: float) -> None:
    assert RECORD.price(billing("paid", recorded=recorded)) == PAID
    assert RECORD.price(billing("unheard-of", recorded=recorded)) == UnknownCost("unpriced_model")


@pytest.mark.parametrize("pricer", [RECORD, FROM_TABLE])
def test_a_cache_hit_costs_nothing_whatever_the_record_says(pricer: Pricer) -> None:
    assert pricer.price(billing("paid", recorded=0.5, cache_hit=True)) == Cost(0.0)
    assert pricer.price(billing("unheard-of", usage=None, cache_hit=True)) == Cost(0.0)


@pytest.mark.parametrize("usage", [None, Usage()])
@pytest.mark.parametrize("recorded", [None, 0.0])
def test_a_failure_without_tokens_has_no_cost(usage: Usage | None, recorded: float | None) -> None:
    assert RECORD.price(billing("paid", usage=usage, recorded=recorded, failed=True)) == UnknownCost("no_usage")


def test_a_failure_that_used_tokens_is_priced() -> None:
    assert RECORD.price(billing("paid", failed=True)) == PAID
    assert RECORD.price(billing("paid", usage=None, recorded=0.5, failed=True)) == Cost(0.5)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (billing("paid", usage=None), "no_usage"),
        (billing("paid", usage=Usage()), "no_usage"),
        (billing("free", usage=Usage()), "no_usage"),
        (billing("paid", usage=Usage(input=-5)), "no_usage"),
        (billing(), "no_model"),
        (billing(""), "no_model"),
        (billing("unheard-of"), "unpriced_model"),
        (billing("paid", provider="anthropic"), "unpriced_model"),
        (billing("nameless"), "unpriced_unit"),
        (billing("by-query"), "unpriced_unit"),
        (billing("by-query", usage=Usage()), "no_usage"),
        (billing("paid", usage=Usage(other=Units(queries=1))), "unpriced_unit"),
        (billing("by-query", "unheard-of"), "unpriced_unit"),
    ],
)
def test_what_nobody_knows_has_a_reason_and_no_cost(call: Billing, why: str) -> None:
    cost = RECORD.price(call)
    assert isinstance(cost, UnknownCost)
    assert cost.why == why


def test_a_model_that_is_free_costs_nothing() -> None:
    assert RECORD.price(billing("free")) == Cost(0.0, {"input": 0.0, "output": 0.0})


@pytest.mark.parametrize(
    "models", [("paid", "free"), ("unheard-of", "paid", "free"), ("nameless", "paid"), ("", "paid")]
)
def test_the_first_model_that_has_prices_decides(models: tuple[str, ...]) -> None:
    assert RECORD.price(billing(*models)) == PAID


def test_every_model_of_the_snapshot_is_priced_or_unknown_but_never_zero_by_default() -> None:
    data, day = bundled_snapshot()
    pricer = Pricer(PricingSettings(), PriceBook.of(PriceTable.load(data, day)))
    for name, row in json.loads(data).items():
        cost = pricer.price(billing(name))
        if isinstance(cost, Cost) and cost.total == 0.0:
            assert row["input_cost_per_token"] == 0, name
            assert not any(row[key] for key in row if key.startswith(("input_cost", "output_cost"))), name


numbers = st.integers() | st.integers(0, 10**6)
hostile_units = st.builds(
    Units, *[numbers if kind == "int" else st.floats() for kind in Units.__annotations__.values()]
)
hostile_usage = st.none() | st.builds(Usage, *[numbers] * 7, st.none() | hostile_units)
costs = st.none() | st.floats() | st.floats(0, 1)
hostile_terms = st.builds(
    Terms,
    tier=st.none() | st.text() | st.sampled_from(["priority", "flex", "batch"]),
    batch=st.booleans(),
    region=st.none() | st.text(),
    size=st.none() | st.text() | st.sampled_from(["1024x1024", "99999x99999"]),
    prices=st.lists(
        st.tuples(st.sampled_from(["input_cost_per_token", "output_cost_per_image"]), st.floats(0, 1e6))
    ).map(tuple),
)
hostile_breakdown = st.builds(
    Breakdown, *[st.none() if name == "additional_costs" else costs for name in Breakdown.__struct_fields__]
)
hostile = st.builds(
    Billing,
    models=st.lists(st.sampled_from(["paid", "free", "by-query", "gpt-4o"]) | st.text()).map(tuple),
    provider=st.sampled_from(["", "openai"]) | st.text(),
    start=st.just(START),
    usage=hostile_usage,
    recorded_cost=st.none() | st.floats(),
    cache_hit=st.booleans(),
    failed=st.booleans(),
    terms=st.none() | hostile_terms,
    breakdown=st.none() | hostile_breakdown,
)


@given(hostile, st.sampled_from([RECORD, FROM_TABLE]))
def test_no_input_makes_an_error_or_a_cost_that_cannot_be(call: Billing, pricer: Pricer) -> None:
    cost = pricer.price(call)
    if isinstance(cost, Cost):
        assert 0.0 <= cost.total < inf
        assert all(0.0 <= part < inf for key, part in cost.split.items() if key != "discount")
        if cost.split:
            assert sum(cost.split.values()) == pytest.approx(cost.total, rel=1e-9, abs=0)


@given(st.builds(Usage, *[st.integers(0, 10**9) for _ in range(7)]), st.text(min_size=1))
def test_tokens_of_an_unknown_model_never_cost_zero(usage: Usage, model: str) -> None:
    assert isinstance(RECORD.price(billing(f"unheard-of-{model}", usage=usage)), UnknownCost)


def test_names_made_up_by_a_caller_do_not_grow_the_memory() -> None:
    pricer = Pricer(PricingSettings(), PriceBook.of(TABLE))
    tracemalloc.start()
    try:
        for index in range(MEMO_ENTRIES * 5):
            pricer.price(billing(f"{index}-{'x' * 900}"))
        for index in range(50):
            pricer.price(billing(f"{index}-{'x' * 1_000_000}"))
            pricer.price(billing(*("y" * index,) * 10_000))
        used_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used_bytes < MEMO_ENTRIES * 2_000
    assert pricer.price(billing("paid")) == PAID


def test_costs_do_not_share_their_split() -> None:
    first, second = (RECORD.price(billing("paid", usage=TOKENS)) for _ in range(2))
    assert isinstance(first, Cost)
    assert isinstance(second, Cost)
    first.split["input"] = 99.0
    assert second == PAID
