"""Compiles one row of a price map (LiteLLM's model_prices_and_context_window.json) into a tariff.

The rule: a row is a tariff as far as it has prices; what a call used and the row does not price makes its cost
unknown, never 0. Knows the row's keys, not where it was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shipper.pricing.lines import Price
from shipper.pricing.off_peak import OffPeak
from shipper.pricing.pieces import piece_prices, tool_fees
from shipper.pricing.tariff import Step, Tariff
from shipper.pricing.tokens import token_steps
from shipper.records import Terms

_NO_TERMS = Terms()
_MODES_WITHOUT_OUTPUT = frozenset({"embedding", "moderation", "rerank"})
# Modes in which tokens and pieces are two measures of one thing, and tokens the one that is billed.
_TOKENS_FIRST = frozenset({"image_generation", "image_edit", "audio_transcription"})
_INPUT = "input_cost_per_token"
_OUTPUT = "output_cost_per_token"
_READ = "cache_read_input_token_cost"
_SESSION = "code_interpreter_cost_per_session"

# LiteLLM: Fireworks' rows without a cache-read price bill reads at half the input price.
_FIREWORKS_READ_SHARE = 0.5


def compile_row(row: Mapping[str, Any], terms: Terms = _NO_TERMS, provider: str = "") -> Tariff | None:
    """The tariff of a row on the terms of a call to `provider`, or None where the row prices nothing.

    `row` maps keys to prices in US dollars a unit, as `PriceTable` has checked them.
    """
    row = _with_defaults(row)
    provider = provider or row.get("litellm_provider") or ""
    by_tokens = _prices_tokens(row)
    pieces = piece_prices(row, terms, by_tokens)
    fees, per_prompt = tool_fees(row, terms, provider)
    # Tokens at 0 beside a price in other units are a placeholder.
    steps = token_steps(row, terms) if by_tokens or not any(price.usd for price in pieces.values()) else ()
    if not pieces and not (steps and steps[0].prices) and _SESSION not in row:
        return None
    factor, rule = _factor(row, terms)
    off_peak = row.get("off_peak_pricing")
    return Tariff(
        _uplifted(steps, factor, rule),
        {**{unit: _times(price, factor, rule) for unit, price in pieces.items()}, **fees},
        (OffPeak.read(off_peak), _uplifted(token_steps(row, terms, off_peak), factor, rule)) if off_peak else None,
        row.get("mode") in _TOKENS_FIRST,
        per_prompt,
        bool(steps) and not {"requests", "request_s"} & pieces.keys(),
        len(steps) == 1 and not off_peak,
    )


def _with_defaults(row: Mapping[str, Any]) -> Mapping[str, Any]:
    if row.get("mode") in _MODES_WITHOUT_OUTPUT and row.get(_OUTPUT) is None:
        row = {**row, _OUTPUT: 0.0}
    if row.get("litellm_provider") == "fireworks_ai" and row.get(_READ) is None and row.get(_INPUT) is not None:
        row = {**row, _READ: row[_INPUT] * _FIREWORKS_READ_SHARE}
    return row


def _prices_tokens(row: Mapping[str, Any]) -> bool:
    """Whether tokens are what is paid for: a price of 0 beside prices in other units is a placeholder."""
    return bool(row.get("tiered_pricing")) or any(
        isinstance(price, int | float) and price > 0 and "token" in key for key, price in row.items()
    )


def _factor(row: Mapping[str, Any], terms: Terms) -> tuple[float, str]:
    """What all prices are multiplied with for where and how a call was served, and why."""
    factor, rules = 1.0, []
    entry = row.get("provider_specific_entry") or {}
    for value, key, multiplier in (
        (terms.speed, "fast", entry.get("fast") if terms.speed == "fast" else None),
        (terms.geo, "geo", entry.get((terms.geo or "").lower()) if terms.geo != "fast" else None),
        (terms.residency, "residency", row.get(f"regional_processing_uplift_multiplier_{terms.residency}")),
        (terms.location, "location", row.get("regional_endpoint_uplift_multiplier")),
    ):
        if (
            value
            and isinstance(multiplier, int | float)
            and multiplier > 0
            and multiplier != 1
            and value.lower() != "global"
        ):
            factor *= multiplier
            rules.append(f" x {multiplier:g} ({key} {value})")
    return factor, "".join(rules)


def _uplifted(steps: tuple[Step, ...], factor: float, rule: str) -> tuple[Step, ...]:
    if factor == 1.0:
        return steps
    return tuple(
        Step.of(step.above, {bucket: _times(price, factor, rule) for bucket, price in step.prices.items()})
        for step in steps
    )


def _times(price: Price, factor: float, rule: str) -> Price:
    return price if factor == 1.0 else Price(price.usd * factor, price.rule + rule)
