"""Compiles one row of a price map (LiteLLM's model_prices_and_context_window.json) into a tariff.

The rule: a row is a tariff only if the tokens that `Usage` tells apart decide alone what a call costs; of any other
row nothing is guessed. Knows the keys of the format; knows no model names and no record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from shipper.pricing.tariff import Rates, Tariff

# Other modes (image, speech, transcription, realtime, video) bill several kinds of tokens at several rates.
_TOKEN_MODES = frozenset(
    {"chat", "completion", "responses", "embedding", "moderation", "rerank", "evaluation", "extraction", "decisions"}
)
_MODES_WITHOUT_OUTPUT = frozenset({"embedding", "moderation", "rerank"})

_INPUT = "input_cost_per_token"
_OUTPUT = "output_cost_per_token"
_READ = "cache_read_input_token_cost"
_WRITE = "cache_creation_input_token_cost"
_WRITE_1H = "cache_creation_input_token_cost_above_1hr"
_RATE_KEYS = (_INPUT, _OUTPUT, _READ, _WRITE, _WRITE_1H)
_ABOVE = re.compile(rf"(?:{'|'.join(_RATE_KEYS)})(_above_(\d+)(k?)_tokens)")

# LiteLLM: Fireworks' rows without a cache-read price bill reads at half the input price.
_FIREWORKS_READ_SHARE = 0.5
# LiteLLM: at xAI the prompt that reaches the threshold is above it.
_INCLUSIVE_PROVIDER = "xai"


def compile_row(row: Mapping[str, Any]) -> Tariff | None:
    """The tariff of a row, or None where tokens alone do not price its calls.

    `row` maps keys to prices in US dollars a unit, as `PriceTable` has checked them. Rules: thresholds are cumulative
    and all-or-nothing, a missing cache rate is the input rate, a missing one-hour rate the cache-write rate, an
    explicit 0 a price (LiteLLM's `_get_token_base_cost`).
    """
    if not _billed_by_tokens_alone(row):
        return None
    prices = _prices(row)
    if row.get("mode") in _MODES_WITHOUT_OUTPUT:
        prices.setdefault(_OUTPUT, 0.0)
    if row.get("litellm_provider") == "fireworks_ai" and _INPUT in prices:
        prices.setdefault(_READ, prices[_INPUT] * _FIREWORKS_READ_SHARE)
    if tiers := row.get("tiered_pricing"):
        return _from_tiers(tiers, prices)
    if not _complete(prices):
        return None
    return Tariff(_rates(prices), _above(row, prices))


def _billed_by_tokens_alone(row: Mapping[str, Any]) -> bool:
    if (row.get("mode") or "chat") not in _TOKEN_MODES:
        return False
    if row.get("off_peak_pricing") or row.get("citation_cost_per_token") or row.get("input_cost_per_request"):
        return False
    if any(_bills_reasoning_apart(rates) for rates in (row, *(row.get("tiered_pricing") or ()))):
        return False
    # Tokens at 0 beside a price in another unit are a placeholder, not a free model.
    free = row.get(_INPUT) == 0 and not row.get(_OUTPUT)
    return not (free and any(value for key, value in row.items() if key.startswith(("input_cost", "output_cost"))))


def _bills_reasoning_apart(rates: Mapping[str, Any]) -> bool:
    reasoning = rates.get("output_cost_per_reasoning_token")
    return reasoning is not None and reasoning != rates.get(_OUTPUT)


def _above(row: Mapping[str, Any], prices: Mapping[str, float]) -> tuple[tuple[int, Rates], ...]:
    """The rates above each threshold of the row; a price that a threshold does not name stays as it was below it."""
    found = [match for key, price in row.items() if price is not None and (match := _ABOVE.fullmatch(key))]
    suffixes = {int(match[2]) * (1000 if match[3] else 1): match[1] for match in found}
    inclusive = row.get("litellm_provider") == _INCLUSIVE_PROVIDER
    above = []
    for threshold, suffix in sorted(suffixes.items()):
        prices = {**prices, **_prices(row, suffix)}
        above.append((threshold - inclusive, _rates(prices)))
    return tuple(above)


def _from_tiers(tiers: list[dict[str, Any]], prices: Mapping[str, float]) -> Tariff | None:
    """`tiered_pricing`: the tier whose range (low, high] holds the prompt prices the whole call; the last has no end.

    A tier without an output price takes the row's. None where the ranges leave a gap or a tier has no price.
    """
    steps = []
    end = 0.0
    for tier in sorted((tier for tier in tiers if tier.get("range")), key=lambda tier: tier["range"][0]):
        tier_prices = _prices(tier)
        if _OUTPUT in prices:
            tier_prices.setdefault(_OUTPUT, prices[_OUTPUT])
        low, high = tier["range"]
        if low != end or not _complete(tier_prices):
            return None
        steps.append((int(low), _rates(tier_prices)))
        end = high
    return Tariff(steps[0][1], tuple(steps[1:])) if steps else None


def _prices(rates: Mapping[str, Any], suffix: str = "") -> dict[str, float]:
    return {key: float(price) for key in _RATE_KEYS if (price := rates.get(key + suffix)) is not None}


def _complete(prices: Mapping[str, float]) -> bool:
    return _INPUT in prices and _OUTPUT in prices


def _rates(prices: Mapping[str, float]) -> Rates:
    fresh = prices[_INPUT]
    write = prices.get(_WRITE, fresh)
    return Rates(
        input=fresh,
        output=prices[_OUTPUT],
        cache_read=prices.get(_READ, fresh),
        cache_write=write,
        cache_write_1h=prices.get(_WRITE_1H, write),
    )
