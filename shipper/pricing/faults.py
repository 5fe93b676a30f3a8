"""What makes a row of prices impossible: JSON objects in, texts out. The same for price maps and for own prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

NOT_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_MOST_USD = 1e6  # a price a unit above it is a mistake of units, and could overflow a sum
_MOST_FACTOR = 100.0


class _Tier(Struct):
    range: tuple[float, float] | None = None


class _Row(Struct):
    """The shape of the fields that are no prices."""

    litellm_provider: str | None = None
    mode: str | None = None
    tiered_pricing: list[_Tier] | None = None
    off_peak_pricing: dict[str, Any] | None = None


def faults(row: Mapping[str, Any]) -> Iterator[str]:
    """Everything that cannot be in a row of a price map, one text each, beginning with the key.

    A price is null or a number from 0 to one million US dollars a unit, or an object of such numbers by size or kind;
    every key with "cost" in it holds prices. A factor on prices is a number from 0 to one hundred.
    """
    try:
        msgspec.convert(row, _Row)
    except NOT_JSON as error:
        yield str(error)
        return
    for rates in (row, *(row.get("tiered_pricing") or ()), row.get("off_peak_pricing") or {}):
        for key, price in rates.items():
            if "cost" in key:
                fault = _price_fault(key, price)
            elif "multiplier" in key or key == "provider_specific_entry":
                fault = _factor_fault(key, price)
            else:
                continue
            if fault is not None:
                yield fault


def _factor_fault(key: str, factor: object) -> str | None:
    if isinstance(factor, dict):  # Anthropic's; other providers keep settings without a price in the same place
        inner = (_factor_fault(f"{key}.{name}", factor.get(name)) for name in ("us", "fast"))
        return next((fault for fault in inner if fault), None)
    if factor is None or (type(factor) in (float, int) and 0 <= factor <= _MOST_FACTOR):  # type: ignore[operator]
        return None
    return f"{key} is no factor from 0 to {_MOST_FACTOR:g}"


def _price_fault(key: str, price: object) -> str | None:
    if type(price) is float or type(price) is int:
        return None if 0 <= price <= _MOST_USD else f"{key} = {_shown(price)} is no price in US dollars a unit"
    if isinstance(price, dict) and "token" not in key:  # one price a size or kind
        return next((fault for kind, value in price.items() if (fault := _price_fault(f"{key}.{kind}", value))), None)
    return None if price is None else f"{key} is no number"


def _shown(price: float) -> str:
    return repr(price) if type(price) is float or abs(price) < 10**30 else "a number far too large"
