"""The packaged snapshot is what condensing makes of LiteLLM's file, and small."""

from __future__ import annotations

import json
from datetime import date
from importlib.resources import files

from shipper.prices.condense import condense
from shipper.pricing import bundled_snapshot


def test_the_snapshot_carries_its_day_in_its_name() -> None:
    data, day = bundled_snapshot()
    assert data == files("shipper.prices").joinpath(f"litellm-{day.isoformat()}.json").read_bytes()
    assert day >= date(2026, 11, 24)


def test_condensing_the_snapshot_again_changes_nothing() -> None:
    data, _ = bundled_snapshot()
    assert condense(data) == data
    assert len(data) < 1_500_000


def test_condensing_keeps_prices_provider_and_mode_and_nothing_else() -> None:
    row = {
        "litellm_provider": "anthropic",
        "mode": "chat",
        "input_cost_per_token": 3e-06,
        "output_cost_per_image": 0.04,
        "search_context_cost_per_query": {"search_context_size_low": 0.01},
        "tiered_pricing": [{"range": [0, 1], "input_cost_per_token": 1e-06}],
        "provider_specific_entry": {"us": 1.1, "style": "x"},
        "regional_endpoint_uplift_multiplier": 1.1,
    }
    noise = {"max_tokens": 8192, "supports_vision": True, "source": "x", "input_dbu_cost_per_token": 1e-05}
    whole = {"sample_spec": row, "fallback_generalizations": {"rules": []}, "model": {**noise, **row}}
    kept = {**row, "provider_specific_entry": {"us": 1.1}}
    assert json.loads(condense(json.dumps(whole).encode())) == {"model": kept}


def test_the_notice_names_the_snapshot_and_carries_the_licence() -> None:
    notice = files("shipper.prices").joinpath("NOTICE").read_text()
    _, day = bundled_snapshot()
    assert f"litellm-{day.isoformat()}.json" in notice
    assert "litellm 1.109.1" in notice
    assert "MIT License" in notice
    assert "Copyright (c) 2023 Berri AI" in notice
