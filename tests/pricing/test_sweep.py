"""The sweep is not blind: there is no price in the map that its calls leave out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from shipper.pricing import Pricer
from shipper.records import Billing, Cost
from tests.pricing.differences import alone
from tests.pricing.sweep import rows
from tests.pricing.usages import billing

CALLS = 80
ROWS = rows()
NO_PRICES = {"litellm_provider", "mode", "web_search_billing_unit"}
# Prices that no generated call is billed by, and why.
LEFT_OUT = {
    "cache_creation_input_audio_token_cost": "nobody counts the sound that was written to a cache",
    "input_cost_per_token_cache_hit": "an older name of cache_read_input_token_cost, beside it",
    "input_cost_per_text_message": "no record counts messages",
    "input_cost_per_video_per_second_above_15s_interval": "no record says the length of each film",
    "input_cost_per_video_per_second_above_8s_interval": "no record says the length of each film",
    "output_cost_per_character": "retired models of Vertex AI",
    "output_cost_per_pixel": "Fal's, where the answer says the size of each image",
}


def _keys() -> dict[str, list[str]]:
    """The names of the rows that have a price, by its key."""
    found: dict[str, list[str]] = {}
    for name, row in ROWS.items():
        for key, price in row.items():
            if key not in NO_PRICES and price and not key.endswith(("_decisions", "_decisions_tokens")):
                found.setdefault(key, []).append(name)
    return found


def _usd(ours: Pricer, call: Billing) -> float | None:
    cost = ours.price(call)
    return cost.total if isinstance(cost, Cost) else None


def _calls(name: str) -> Iterator[Billing]:
    return (billing(name, ROWS[name], Random(f"{name} {number}")) for number in range(CALLS))


def _matters(key: str, name: str) -> bool:
    """Whether some call of the row costs something else where that price is another."""
    row = ROWS[name]
    as_it_is, raised = alone(name, row), alone(name, {**row, key: _raised(row[key])})
    return any(_usd(as_it_is, call) != _usd(raised, call) for call in _calls(name))


def _raised(price: Any) -> Any:
    if isinstance(price, Mapping):
        return {kind: _raised(of_it) for kind, of_it in price.items()}
    if isinstance(price, list):
        return [_raised(tier) for tier in price] if price and isinstance(price[0], Mapping) else price
    return price * 3 if isinstance(price, int | float) else price


def test_every_price_of_the_map_matters_to_some_call() -> None:
    left_out = []
    for key, names in _keys().items():
        some = Random(key).sample(names, min(len(names), 8))
        if not any(_matters(key, name) for name in some):
            left_out.append(key)
    assert sorted(left_out) == sorted(LEFT_OUT)
