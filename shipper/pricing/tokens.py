"""The prices of a row's tokens on the terms of a call: every bucket's price, below and above each threshold.

Rules: LiteLLM's (`_get_token_base_cost`, `_resolve_billed_reasoning_rate`, `_modality_token_cost` and
`get_batch_cost_rates` in llm_cost_calc/utils.py, `batch_cost_calculator` in cost_calculator.py): thresholds are
cumulative and all-or-nothing, a tier without a price of its own has the standard one, a missing cache price is the
input price, a missing lifetime's the cache-write price, an explicit 0 a price.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shipper.pricing.lines import Price
from shipper.pricing.tariff import Step
from shipper.records import Terms

Prices = dict[str, Price]

_KEYS = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
}
_LIFETIMES = {
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
    "cache_write_12h": "cache_creation_input_token_cost_above_12hr",
}
_REASONING = "output_cost_per_reasoning_token"
_IMAGE_OUTPUT = "output_cost_per_image_token"
# Buckets with a price of their own in some rows, and the bucket whose price they have in all others.
_MODAL_INPUT = {
    "audio_input": ("input_cost_per_audio_token", "input"),
    "image_input": ("input_cost_per_image_token", "input"),
    "video_input": ("input_cost_per_video_token", "input"),
    "cache_read_audio": ("cache_read_input_audio_token_cost", "cache_read"),
    "cache_read_image": ("cache_read_input_image_token_cost", "cache_read"),
}
_MODAL_OUTPUT = {
    "audio_output": ("output_cost_per_audio_token", "output"),
    "image_output": (_IMAGE_OUTPUT, "output"),
    "video_output": ("output_cost_per_video_token", "output"),
}
_TIERS = {
    "flex": "_flex",
    "balanced": "_balanced",
    "priority": "_priority",
    "fast": "_priority",
    "ultrafast": "_ultrafast",
}
_ABOVE = re.compile(rf"(?:{'|'.join((*_LIFETIMES.values(), *_KEYS.values()))})(_above_(\d+)(k?)_tokens)(_[a-z]+|)")
# LiteLLM: at xAI the prompt that reaches the threshold is above it.
_INCLUSIVE_PROVIDER = "xai"
_BATCH = "_batches"


def token_steps(row: Mapping[str, Any], terms: Terms, off_peak: Mapping[str, Any] | None = None) -> tuple[Step, ...]:
    """The prices in US dollars a token, ascending by the prompt's tokens; the first step has no threshold.

    `off_peak` is the row's block `off_peak_pricing` where the call falls into its hours: its prices replace those of
    every step. A bucket that nobody prices is missing from the step.
    """
    steps: Iterable[tuple[int, Prices]]
    if terms.batch:
        steps = _batch_steps(row)
    elif row.get("tiered_pricing") and any("input_cost_per_token" in tier for tier in row["tiered_pricing"]):
        steps = _tiers(row, off_peak or {})
    else:
        suffix = _TIERS.get((terms.tier or "").lower(), "")
        steps = _thresholds(row, suffix, terms.explicit_cache, off_peak or {})
    inclusive = row.get("litellm_provider") == _INCLUSIVE_PROVIDER
    return tuple(Step.of(threshold - inclusive, prices) for threshold, prices in steps)


def _thresholds(
    row: Mapping[str, Any], suffix: str, explicit_cache: bool, off_peak: Mapping[str, Any]
) -> Iterator[tuple[int, Prices]]:
    keys = {**_KEYS, **_LIFETIMES}
    found = _found(row, keys, "", suffix)
    if explicit_cache:
        found |= _found(row, {"cache_read": "explicit_cache_read_input_token_cost"}, "", suffix)
    yield 0, _complete(row, found, suffix, off_peak)
    marks = {
        int(match[2]) * (1000 if match[3] else 1): match[1]
        for key, price in row.items()
        if price is not None and (match := _ABOVE.fullmatch(key)) and match[4] in ("", suffix)
    }
    for threshold, mark in sorted(marks.items()):
        found |= _found(row, _KEYS, mark, suffix)
        # LiteLLM looks for a lifetime's price above a threshold in the call's own tier only.
        found |= {
            bucket: Price(float(row[name]), name)
            for bucket, key in _LIFETIMES.items()
            if row.get(name := key + mark + suffix) is not None
        }
        yield threshold, _complete(row, dict(found), suffix, off_peak)


def _found(row: Mapping[str, Any], keys: Mapping[str, str], mark: str, suffix: str) -> Prices:
    """The prices that the row names, those of the tier before the standard ones."""
    found = {}
    for bucket, key in keys.items():
        for name in (key + mark + suffix, key + mark):
            if (usd := row.get(name)) is not None:
                found[bucket] = Price(float(usd), name)
                break
    return found


def _tiers(row: Mapping[str, Any], off_peak: Mapping[str, Any]) -> list[tuple[int, Prices]]:
    """`tiered_pricing`: the tier whose range (low, high] holds the prompt prices the whole call; the last has no end.

    A tier without an output price takes the row's. Nothing where the ranges leave a gap or a tier has no input price.
    """
    tiers = sorted((tier for tier in row["tiered_pricing"] if tier.get("range")), key=lambda tier: tier["range"][0])
    steps: list[tuple[int, Prices]] = []
    end = 0.0
    for number, tier in enumerate(tiers):
        low, high = tier["range"]
        if low != end or tier.get(_KEYS["input"]) is None:
            return []
        end = high
        found = {
            bucket: Price(float(usd), f"tiered_pricing[{number}].{key}")
            for bucket, key in {**_KEYS, **_LIFETIMES, "reasoning": _REASONING}.items()
            if (usd := tier.get(key)) is not None
        }
        if "output" not in found:
            found |= _found(row, {"output": _KEYS["output"]}, "", "")
        elif "reasoning" not in found:
            found["reasoning"] = found["output"]
        steps.append((int(low), _complete(row, found, "", off_peak)))
    return steps


def _complete(row: Mapping[str, Any], found: Prices, suffix: str, off_peak: Mapping[str, Any]) -> Prices:
    """All buckets' prices: what was found, off-peak's over it, and for the rest what stands in for them."""
    prices = dict(found)
    for bucket, key in {**_KEYS, "reasoning": _REASONING}.items():
        if (usd := off_peak.get(key)) is not None:
            prices[bucket] = Price(float(usd), f"off_peak_pricing.{key}")
    if not prices.get("output") or not prices["output"].usd:
        # Image models: all of their output is image tokens.
        prices |= _found(row, {"output": _IMAGE_OUTPUT}, "", "")
    _stand_in(prices, "cache_read", "input")
    _stand_in(prices, "cache_write", "input")
    for lifetime in _LIFETIMES:
        _stand_in(prices, lifetime, "cache_write")
    for bucket, (key, other) in _MODAL_INPUT.items():
        prices |= _found(row, {bucket: key}, "", suffix)
        _stand_in(prices, bucket, other)
    for bucket, (key, other) in _MODAL_OUTPUT.items():
        prices |= _found(row, {bucket: key}, "", "")
        _stand_in(prices, bucket, other)
    if "reasoning" not in prices:
        own = _found(row, {"reasoning": _REASONING}, "", suffix)
        tier_has_output = suffix and row.get(_KEYS["output"] + suffix) is not None
        if own and not (tier_has_output and own["reasoning"].rule == _REASONING):
            prices |= own
        _stand_in(prices, "reasoning", "output")
    prices |= _found(row, {"citations": "citation_cost_per_token"}, "", "")
    return prices


def _stand_in(prices: Prices, bucket: str, other: str) -> None:
    if bucket not in prices and other in prices:
        prices[bucket] = prices[other]


def _batch_steps(row: Mapping[str, Any]) -> Iterator[tuple[int, Prices]]:
    """A batch job's prices: the row's own for it, else half of the standard ones."""
    yield 0, _batch_prices(row, [])
    marks = {
        int(match[2]) * (1000 if match[3] else 1): match[1]
        for key, price in row.items()
        if price is not None and (match := _ABOVE.fullmatch(key)) and match[4] == _BATCH
    }
    for threshold in sorted(marks):
        yield (
            threshold,
            _batch_prices(row, [marks[above] for above in sorted(marks, reverse=True) if above <= threshold]),
        )


def _batch_prices(row: Mapping[str, Any], marks: list[str]) -> Prices:
    """Of the thresholds in `marks` (highest first) the first that prices a bucket, else the flat batch price."""
    prices: Prices = {}
    for mark in (*marks, ""):
        for bucket, key in {**_KEYS, **_LIFETIMES}.items():
            name = key + mark + _BATCH
            if bucket not in prices and (usd := row.get(name)) is not None:
                prices[bucket] = Price(float(usd), name)
    own_input = "input" in prices
    for bucket in _KEYS:
        if bucket not in prices and not (own_input and bucket.startswith("cache")):
            prices |= _halved(row, bucket, _KEYS[bucket])
    _stand_in(prices, "cache_read", "input")
    _stand_in(prices, "cache_write", "input")
    for lifetime in _LIFETIMES:
        _stand_in(prices, lifetime, "cache_write")
    for bucket, (key, other) in _MODAL_INPUT.items():
        prices |= _found(row, {bucket: key + _BATCH}, "", "") if own_input else {}
        _stand_in(prices, bucket, other)
    prices |= _found(row, {"image_output": _IMAGE_OUTPUT + _BATCH}, "", "") or _halved(
        row, "image_output", _IMAGE_OUTPUT
    )
    for bucket in ("reasoning", *_MODAL_OUTPUT):
        _stand_in(prices, bucket, "output")
    return prices


def _halved(row: Mapping[str, Any], bucket: str, key: str) -> Prices:
    usd = row.get(key)
    return {} if usd is None else {bucket: Price(usd / 2, f"half of {key}")}
