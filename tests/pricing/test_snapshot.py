"""The packaged snapshots are what condensing makes of LiteLLM's files, small, and one history together."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.prices import bundled_snapshots, day_of
from shipper.prices.condense import condense, delta
from shipper.pricing import PriceBook, PriceTable, bundled_snapshot
from shipper.pricing.faults import doubts

SNAPSHOTS = bundled_snapshots()
BOOK = PriceBook(PriceTable.load(data, day) for data, day in SNAPSHOTS)
DAY = date(2026, 7, 1)
ROW = {
    "litellm_provider": "anthropic",
    "mode": "chat",
    "input_cost_per_token": 3e-06,
    "output_cost_per_image": 0.04,
    "search_context_cost_per_query": {"search_context_size_low": 0.01},
    "tiered_pricing": [{"range": [0, 1], "input_cost_per_token": 1e-06}],
    "provider_specific_entry": {"us": 1.1, "style": "x"},
    "regional_endpoint_uplift_multiplier": 1.1,
}


def test_a_snapshot_carries_its_day_in_its_name() -> None:
    for data, day in SNAPSHOTS:
        assert data == files("shipper.prices").joinpath(f"litellm-{day.isoformat()}.json").read_bytes()
    assert bundled_snapshot() == SNAPSHOTS[-1]
    assert SNAPSHOTS[-1][1] >= date(2026, 11, 24)


@pytest.mark.parametrize("name", ["NOTICE", "litellm-2026-11-24.json.bak", "x-litellm-2026-11-24.json", "litellm.json"])
def test_other_files_have_no_day(name: str) -> None:
    assert day_of(name) is None


def test_a_name_with_an_impossible_day_is_an_error() -> None:
    with pytest.raises(ValueError, match="month"):
        day_of("litellm-2026-13-01.json")


def test_each_older_snapshot_is_a_delta_against_the_next() -> None:
    tables = [PriceTable.load(data, day) for data, day in SNAPSHOTS]
    assert [older.against for older in tables] == [*BOOK.days[1:], None]
    assert all((newer - older).days < 100 for older, newer in pairwise(BOOK.days))
    assert BOOK.days[0] == date(2025, 1, 15)


def test_they_are_small() -> None:
    assert len(SNAPSHOTS[-1][0]) < 1_500_000
    assert sum(len(data) for data, _ in SNAPSHOTS[:-1]) < 600_000


def test_condensing_a_snapshot_again_changes_nothing() -> None:
    data, _ = bundled_snapshot()
    assert condense(data) == data


def test_condensing_keeps_prices_provider_and_mode_and_nothing_else() -> None:
    noise = {"max_tokens": 8192, "supports_vision": True, "source": "x", "input_dbu_cost_per_token": 1e-05}
    whole = {"sample_spec": ROW, "fallback_generalizations": {"rules": []}, "model": {**noise, **ROW}}
    kept = {**ROW, "provider_specific_entry": {"us": 1.1}}
    assert json.loads(condense(json.dumps(whole).encode())) == {"model": kept}


def _delta(older: dict[str, Any], newer: dict[str, Any]) -> Any:
    return json.loads(delta(json.dumps(older).encode(), json.dumps(newer).encode(), DAY))


@pytest.mark.parametrize(
    ("later", "kept"),
    [
        ({"input_cost_per_token": 1.0e-06}, False),
        ({"input_cost_per_token": 2.0e-06}, True),
        ({"output_cost_per_token": 1.0e-06}, True),
        ({"input_cost_per_token": 1.0e-06, "input_cost_per_token_batches": 5e-07}, False),
        ({"input_cost_per_token": 1.0e-06, "input_cost_per_token_above_200k_tokens": 2e-06}, True),
        ({"input_cost_per_token": 1.0e-06, "off_peak_pricing": {}}, True),
        ({"input_cost_per_token": 1.0e-06, "tiered_pricing": []}, True),
        ({"input_cost_per_token": 1.0e-06, "regional_endpoint_uplift_multiplier": 1.1}, True),
    ],
)
def test_a_delta_keeps_the_rows_that_say_otherwise(later: dict[str, Any], kept: bool) -> None:
    """A price that was only not written down before is no other price."""
    row = {"input_cost_per_token": 1.0e-06}
    assert _delta({"m": row}, {"m": later}) == {"delta_against": "2026-07-01"} | ({"m": row} if kept else {})


def test_a_delta_keeps_the_models_that_vanished() -> None:
    assert _delta({"m": ROW}, {}) == {
        "delta_against": "2026-07-01",
        "m": {**ROW, "provider_specific_entry": {"us": 1.1}},
    }
    assert _delta({}, {"m": ROW}) == {"delta_against": "2026-07-01"}


def test_a_delta_lacks_the_rows_with_a_mistake_of_units() -> None:
    assert _delta({"m": {"input_cost_per_token": 0.1}}, {}) == {"delta_against": "2026-07-01"}


def test_no_snapshot_has_a_mistake_of_units() -> None:
    for data, day in SNAPSHOTS:
        assert not [name for name, row in PriceTable.load(data, day).rows() if any(doubts(row))]


prices = st.dictionaries(
    st.sampled_from(["input_cost_per_token", "output_cost_per_token"]), st.sampled_from([1e-06, 2e-06])
)
maps = st.dictionaries(st.sampled_from(["a", "b", "c"]), prices.map(lambda row: {"input_cost_per_token": 9e-06} | row))


@given(maps, maps.filter(bool))
def test_a_book_with_the_delta_says_what_the_whole_map_said(older: dict[str, Any], newer: dict[str, Any]) -> None:
    tables = [
        PriceTable.load(delta(json.dumps(older).encode(), json.dumps(newer).encode(), DAY), date(2026, 1, 1)),
        PriceTable.load(json.dumps(newer).encode(), DAY),
    ]
    book = PriceBook(tables)
    for name, row in older.items():
        found = book.find("", name, datetime(2026, 2, 1, tzinfo=UTC))
        assert found is not None
        assert found.row.items() >= row.items()


@pytest.mark.parametrize(
    ("model", "when", "usd_per_million"),
    [
        ("o3", "2025-05-15", 10.0),  # OpenAI lowered it to 2 dollars on 2025-06-10
        ("o3", "2025-07-10", 2.0),
        ("o3", "2026-11-25", 2.0),
        ("gpt-4-32k", "2025-02-01", 60.0),  # gone from the map since
        ("gpt-4-32k", "2026-11-25", 60.0),
        ("claude-3-5-sonnet-20241022", "2026-11-25", 3.0),
        ("gemini-1.5-flash", "2025-02-01", 0.075),
    ],
)
def test_history_is_priced_as_it_was(model: str, when: str, usd_per_million: float) -> None:
    found = BOOK.find("", model, datetime.fromisoformat(when).replace(tzinfo=UTC))
    assert found is not None
    assert found.row["input_cost_per_token"] * 1e6 == pytest.approx(usd_per_million)


def test_every_row_of_every_snapshot_is_found_on_its_day() -> None:
    for data, day in SNAPSHOTS:
        at = datetime(day.year, day.month, day.day, tzinfo=UTC)
        rows = json.loads(data)
        rows.pop("delta_against", None)
        for name, row in rows.items():
            found = BOOK.find(row.get("litellm_provider", ""), name, at)
            assert found is not None, name


def test_the_notice_names_the_snapshots_and_carries_the_licence() -> None:
    notice = files("shipper.prices").joinpath("NOTICE").read_text()
    assert all(f"litellm-{day.isoformat()}.json" in notice for _, day in SNAPSHOTS)
    assert "litellm 1.109.1" in notice
    assert "MIT License" in notice
    assert "Copyright (c) 2023 Berri AI" in notice
