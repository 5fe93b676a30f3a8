"""What makes a row of prices impossible: JSON objects in, texts out. The same for price maps and for own prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

NOT_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_MOST_USD = 1e6  # a price a unit above it is a mistake of units, and could overflow a sum


_MOST_TIMES = 1e3  # of a factor


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
    every key with "cost" in it holds prices.
    """
    try:
        msgspec.convert(row, _Row)
    except NOT_JSON as error:
        yield str(error)
        return
    for rates in (row, row.get("off_peak_pricing") or {}, *(row.get("tiered_pricing") or ())):
        for key, price in rates.items():
            if "cost" in key and (fault := _fault(key, price)):
                yield fault
    for key, factor in row.items():
        if "multiplier" in key and not (type(factor) in (int, float) and 0 < factor <= _MOST_TIMES):
            yield f"{key} is no factor"


def _fault(key: str, price: object) -> str | None:
    if type(price) is float or type(price) is int:
        return None if 0 <= price <= _MOST_USD else f"{key} = {_shown(price)} is no price in US dollars a unit"
    if isinstance(price, dict) and "token" not in key:  # one price a size or kind
        return next((fault for kind, value in price.items() if (fault := _fault(f"{key}.{kind}", value))), None)
    return None if price is None else f"{key} is no number"


def _shown(price: float) -> str:
    return repr(price) if abs(price) < 1e30 else "a number far too large"
