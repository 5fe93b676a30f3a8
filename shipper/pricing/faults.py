"""What makes a row of prices impossible: JSON objects in, texts out. The same for price maps and for own prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

NOT_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_MOST_USD = 1e6  # a price a unit above it is a mistake of units, and could overflow a sum
_MOST_TIMES = 1e3  # of a factor
_DOUBTFUL_USD_A_TOKEN = 0.01  # ten thousand dollars a million, more than ten times the dearest there is


class _Tier(Struct):
    range: tuple[float, float] | None = None
    max_results_range: tuple[float, float] | None = None


class _Row(Struct):
    """The shape of the fields that are no prices."""

    litellm_provider: str | None = None
    mode: str | None = None
    tiered_pricing: list[_Tier] | None = None
    off_peak_pricing: dict[str, Any] | None = None
    provider_specific_entry: dict[str, Any] | None = None


def faults(row: Mapping[str, Any]) -> Iterator[str]:
    """Everything that cannot be in a row of a price map, one text each, beginning with the key.

    A price is null or a number from 0 to one million US dollars a unit, or an object of such numbers by size or kind;
    every key with "cost" in it holds prices. A factor on prices is above 0 and at most a thousand.
    """
    try:
        msgspec.convert(row, _Row)
    except NOT_JSON as error:
        yield str(error)
        return
    for key, value in row.items():
        if "cost" in key:
            if fault := _fault(key, value):
                yield fault
        elif "multiplier" in key and not _is_factor(value):
            yield f"{key} is no factor"
    for rates in (row.get("off_peak_pricing") or {}, *(row.get("tiered_pricing") or ())):
        yield from (fault for key, price in rates.items() if "cost" in key and (fault := _fault(key, price)))
    # Anthropic's factors by region and speed; other providers keep settings without a price in the same place.
    entry = row.get("provider_specific_entry") or {}
    for key in entry.keys() & {"us", "fast"}:
        if not _is_factor(entry[key]):
            yield f"provider_specific_entry.{key} is no factor"


def doubts(row: Mapping[str, Any]) -> Iterator[str]:
    """Prices that a row without faults can have, but nobody asks: mistakes of units, such as a price by the million.

    LiteLLM's map had them for a year, for the models of wandb.
    """
    for key, price in row.items():
        if "cost" in key and "token" in key and isinstance(price, float | int) and price > _DOUBTFUL_USD_A_TOKEN:
            yield f"{key} = {price!r} would be ${price * 1e6:,.0f} a million tokens"


def _is_factor(value: object) -> bool:
    return type(value) in (int, float) and 0 < value <= _MOST_TIMES  # type: ignore[operator]


def _fault(key: str, price: object) -> str | None:
    if type(price) is float or type(price) is int:
        return None if 0 <= price <= _MOST_USD else f"{key} = {_shown(price)} is no price in US dollars a unit"
    if isinstance(price, dict) and "token" not in key:  # one price a size or kind
        return next((fault for kind, value in price.items() if (fault := _fault(f"{key}.{kind}", value))), None)
    return None if price is None else f"{key} is no number"


def _shown(price: float) -> str:
    return repr(price) if type(price) is float or abs(price) < 10**30 else "a number far too large"
