"""Condenses LiteLLM's model_prices_and_context_window.json to what takes part in a cost.

    python -m shipper.prices.condense < model_prices_and_context_window.json > litellm-<date>.json
    python -m shipper.prices.condense litellm-<later date>.json < whole-older-map.json > litellm-<date>.json

Keeps every row and, of a row, every price in any unit, the provider and the mode; prices stay the same float64. With a
later map, itself whole, it keeps only the rows that say otherwise there: a delta. So a new snapshot takes two steps:
the new map is condensed, and the newest one until then becomes a delta against it.
"""

from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from shipper.prices import day_of
from shipper.pricing.faults import doubts

# Rows that are no models: the format's own documentation, and rules that fill in capabilities.
_NOT_MODELS = frozenset({"sample_spec", "fallback_generalizations"})
# Keys that change what the other prices of a row are good for.
_RULE = re.compile(r"_above_\d+k?_tokens|_peak_|tiered|multiplier|provider_specific")
_KEPT = frozenset({"litellm_provider", "mode", "tiered_pricing", "off_peak_pricing", "web_search_billing_unit"})


def condense(data: bytes) -> bytes:
    """LiteLLM's whole price map (JSON) in, the same map with only the keys that take part in a cost out.

    Condensing twice changes nothing. Raises `msgspec.DecodeError` where `data` is not an object of objects.
    """
    rows = msgspec.json.decode(data, type=dict[str, dict[str, Any]])
    kept = {name: _condensed(row) for name, row in rows.items() if name not in _NOT_MODELS}
    return msgspec.json.encode(kept)


def delta(older: bytes, newer: bytes, day: date) -> bytes:
    """Of the map `older` the rows that the map `newer`, taken on `day`, has otherwise or not at all; both whole.

    A row that has only gained prices in further units is no other one: they were not written down before. A row with a
    mistake of units is left out. The result says in its key `delta_against` that it is to be read together with that of
    `day`. Raises as `condense`.
    """
    before, after = (msgspec.json.decode(condense(data), type=dict[str, Any]) for data in (older, newer))
    kept = {name: row for name, row in before.items() if _otherwise(row, after.get(name)) and not any(doubts(row))}
    return msgspec.json.encode({"delta_against": day} | kept)


def _otherwise(row: dict[str, Any], later: dict[str, Any] | None) -> bool:
    if later is None:
        return True
    changed = any(key not in later or later[key] != value for key, value in row.items())
    return changed or any(_RULE.search(key) for key in later.keys() - row.keys())


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


def _main(later: list[str]) -> bytes:
    data = sys.stdin.buffer.read()
    if not later:
        return condense(data)
    day = day_of(Path(later[0]).name)
    if day is None or b'"delta_against"' in (newer := Path(later[0]).read_bytes()):
        raise SystemExit(f"{later[0]} is no whole map called litellm-<date>.json")
    return delta(data, newer, day)


if __name__ == "__main__":
    sys.stdout.buffer.write(_main(sys.argv[1:]))
