"""A table is checked as a whole, or refused with the place of the mistake."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shipper.pricing import PriceBook, Pricer, PriceTable, PriceTableError, PricingSettings, bundled_snapshot
from shipper.records import Terms, Units, UnknownCost, Usage
from tests.pricing.billings import DAY, billing

GOOD = {"gpt-x": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-06}}


def _load(rows: Any) -> PriceTable:
    return PriceTable.load(json.dumps(rows).encode(), DAY)


def test_the_bundled_snapshot_is_a_table_of_its_day() -> None:
    data, day = bundled_snapshot()
    table = PriceTable.load(data, day)
    assert table.as_of == day
    assert len(table) == len(json.loads(data))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"not json",
        b'{"gpt-x": ',
        b'{"gpt-x": 1}',
        b'{"gpt-x": []}',
        b'{"gpt-x": {"mode": "chat"}}',
        b'{"gpt-x": {"input_cost_per_token": NaN}}',
        b'{"gpt-x": {"input_cost_per_token": 1e999}}',
        b'{"\xff": {"input_cost_per_token": 1e-6}}',
        b'{"gpt-x": ' + b"[" * 100_000,
        b'{"gpt-x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        bundled_snapshot()[0][:-1],
    ],
)
def test_a_broken_or_empty_file_is_refused(data: bytes) -> None:
    with pytest.raises(PriceTableError, match=r"price table|model|row"):
        PriceTable.load(data, DAY)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("input_cost_per_token", -1e-06),
        ("input_cost_per_token", "1e-06"),
        ("input_cost_per_token", True),
        ("input_cost_per_token", [1e-06]),
        ("input_cost_per_token", 3.0e06),
        ("input_cost_per_token", 10**400),
        ("cache_read_input_token_cost_above_200k_tokens_priority", -1e-06),
        ("output_cost_per_image", -0.04),
        ("search_context_cost_per_query", {"search_context_size_low": -0.01}),
        ("mode", ["chat"]),
        ("litellm_provider", 7),
        ("tiered_pricing", {"range": [0, 1]}),
        ("tiered_pricing", [{"range": [0]}]),
        ("tiered_pricing", [{"range": ["0", "1"]}]),
        ("tiered_pricing", [{"range": [0, 1], "input_cost_per_token": -1e-06}]),
        ("off_peak_pricing", [1]),
        ("off_peak_pricing", {"input_cost_per_token": -1e-06}),
        ("provider_specific_entry", {"us": -1.1}),
        ("provider_specific_entry", {"fast": "2"}),
        ("regional_endpoint_uplift_multiplier", 1100),
        ("regional_endpoint_uplift_multiplier", 0),
    ],
)
def test_a_row_that_cannot_be_is_refused_by_name(key: str, value: object) -> None:
    with pytest.raises(PriceTableError, match="bad-model"):
        _load({**GOOD, "bad-model": {"input_cost_per_token": 1e-06, key: value}})


@pytest.mark.parametrize("price", [None, 0, 0.0, 1e-06, 3])
def test_null_zero_and_whole_numbers_are_prices_of_the_format(price: float | None) -> None:
    assert len(_load({**GOOD, "other": {"output_cost_per_token": price}})) == 2


def test_what_is_no_price_is_left_alone() -> None:
    row = {**GOOD["gpt-x"], "max_tokens": -1, "source": "https://example.org", "supports_vision": True, "metadata": {}}
    assert _load({"gpt-x": row}).row("gpt-x") == ("gpt-x", row)


def test_entries_of_the_format_that_are_no_models_are_left_out() -> None:
    sample = {"litellm_provider": "one of ...", "input_cost_per_token": 0.0, "file_search_cost_per_1k_calls": "text"}
    table = _load({**GOOD, "sample_spec": sample, "fallback_generalizations": {"rules": []}})
    assert len(table) == 1
    assert table.row("sample_spec") is None


def test_a_name_is_found_in_any_case_and_its_exact_form_first() -> None:
    row = {"input_cost_per_token": 1e-06}
    table = _load({"Model-A": {**row, "was": 1}, "model-b": {**row, "was": 2}, "MODEL-B": {**row, "was": 3}})
    found = [table.row(name) for name in ("model-a", "MODEL-A", "model-b", "MODEL-B", "Model-b")]
    assert [row[1]["was"] for row in found if row] == [1, 1, 2, 3, 2]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from(
    [
        "input_cost_per_token",
        "output_cost_per_token",
        "cache_read_input_token_cost",
        "input_cost_per_token_above_1k_tokens",
        "output_cost_per_token_above_200_tokens",
        "output_cost_per_reasoning_token",
        "input_cost_per_request",
        "tiered_pricing",
        "off_peak_pricing",
        "provider_specific_entry",
        "regional_endpoint_uplift_multiplier",
        "search_context_cost_per_query",
        "file_search_cost_per_1k_calls",
        "input_cost_per_query",
        "output_cost_per_image",
        "litellm_provider",
        "mode",
        "range",
    ]
)
tiers = st.lists(
    st.fixed_dictionaries({"range": json_values | st.just([0, 5])}, optional={"input_cost_per_token": json_values})
)
rows = st.dictionaries(keys, json_values | st.floats(0, 1e-3) | tiers | st.sampled_from(["chat", "embedding", "xai"]))


@given(rows)
def test_a_table_is_refused_or_prices_without_an_error(row: dict[str, Any]) -> None:
    try:
        table = _load({**GOOD, "model": row})
    except PriceTableError:
        return
    pricer = Pricer(PricingSettings(), PriceBook.of(table))
    usage = Usage(10, 5, 3, 2, 1, 15, 5, Units(reasoning=3, web_searches=2, queries=1, images_output=1))
    for terms in (None, Terms("priority", speed="fast", geo="us", location="us-east5"), Terms(batch=True)):
        cost = pricer.price(replace(billing("model", usage=usage), terms=terms))
        assert isinstance(cost, UnknownCost) or cost.total >= 0


def test_as_of_is_the_day_it_was_loaded_with() -> None:
    assert PriceTable.load(json.dumps(GOOD).encode(), date(2025, 2, 3)).as_of == date(2025, 2, 3)


def test_a_delta_says_what_it_is_a_delta_of() -> None:
    table = _load({**GOOD, "delta_against": "2026-12-24"})
    assert table.against == date(2026, 12, 24)
    assert len(table) == 1
    assert _load(GOOD).against is None


def test_a_delta_may_hold_no_price() -> None:
    assert len(_load({"delta_against": "2026-12-24"})) == 0


@pytest.mark.parametrize("against", ["2026-11-24", "2026-11-23", "soon", 7, None])
def test_a_delta_against_no_later_day_is_refused(against: object) -> None:
    with pytest.raises(PriceTableError, match="price table"):
        _load({**GOOD, "delta_against": against})


def test_the_rows_of_a_delta_are_checked_too() -> None:
    with pytest.raises(PriceTableError, match="bad-model"):
        _load({"delta_against": "2026-12-24", "bad-model": {"input_cost_per_token": -1}})
