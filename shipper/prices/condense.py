"""Condenses LiteLLM's model_prices_and_context_window.json to what takes part in a cost.

    python -m shipper.prices.condense < model_prices_and_context_window.json > litellm-<date>.json

Keeps every row and, of a row, every price in any unit, the provider and the mode; prices stay the same float64.
"""

from __future__ import annotations

import sys
from typing import Any

import msgspec

# Rows that are no models: the format's own documentation, and rules that fill in capabilities.
_NOT_MODELS = frozenset({"sample_spec", "fallback_generalizations"})
_KEPT = frozenset({"litellm_provider", "mode", "tiered_pricing", "off_peak_pricing", "web_search_billing_unit"})


def condense(data: bytes) -> bytes:
    """LiteLLM's whole price map (JSON) in, the same map with only the keys that take part in a cost out.

    Condensing twice changes nothing. Raises `msgspec.DecodeError` where `data` is not an object of objects.
    """
    rows = msgspec.json.decode(data, type=dict[str, dict[str, Any]])
    kept = {name: _condensed(row) for name, row in rows.items() if name not in _NOT_MODELS}
    return msgspec.json.encode(kept)


def _condensed(row: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in row.items() if key in _KEPT or _is_price(key)}
    multipliers = _multipliers(row.get("provider_specific_entry"))
    if multipliers:
        kept["provider_specific_entry"] = multipliers
    return kept


def _is_price(key: str) -> bool:
    # Databricks' DBU rates are informative: the row's USD rates say the same.
    return ("cost" in key and "dbu" not in key) or "uplift_multiplier" in key


def _multipliers(entry: object) -> dict[str, float]:
    """Anthropic's factors by region and speed; other providers keep settings without a price in the same place."""
    if not isinstance(entry, dict):
        return {}
    return {key: value for key, value in entry.items() if key in ("us", "fast")}


if __name__ == "__main__":
    sys.stdout.buffer.write(condense(sys.stdin.buffer.read()))
