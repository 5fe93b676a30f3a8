"""The terms of a call: its tier, and the sizes that choose between the prices of one row.

Rule: LiteLLM, cost_calculator.py (`_resolve_billable_service_tier`, `_map_traffic_type_to_service_tier`): the tier
that was served wins over the one that was asked for, where it is a priced one or says that it is the standard one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from msgspec import Raw

from shipper.decode.values import to_text, to_value

SearchSize = Literal["low", "medium", "high"]

# As OpenAI, Anthropic, Amazon and Google name them.
_TIERS = {
    "priority": "priority",
    "fast": "priority",
    "on_demand_priority": "priority",
    "flex": "flex",
    "on_demand_flex": "flex",
    "balanced": "balanced",
    "ultrafast": "ultrafast",
}
_STANDARD = frozenset({"default", "standard", "on_demand"})
_SEARCHES: dict[str | None, SearchSize] = {"low": "low", "medium": "medium", "high": "high"}
_SIZE = re.compile(r"(\d{1,6})(?:x|-x-|\*)(\d{1,6})")


def to_tier(served: str | None, asked: Mapping[str, Raw] | None) -> str | None:
    """The tier that is paid, by LiteLLM's name; None is the standard one. `asked` are settings of the request."""
    if served is not None:
        name = served.lower()
        if name in _TIERS or name in _STANDARD:
            return _TIERS.get(name)
    if not asked:
        return None
    for key in ("service_tier", "serviceTier"):
        wish = to_value(asked[key]) if key in asked else None
        wish = wish.get("type") if isinstance(wish, dict) else wish
        if isinstance(wish, str):
            return _TIERS.get(wish.lower())
    return None


def to_size(*candidates: str | None) -> str | None:
    """The first that is a size, as WIDTHxHEIGHT."""
    for candidate in candidates:
        found = _SIZE.fullmatch(candidate) if candidate else None
        if found is not None:
            return f"{found[1]}x{found[2]}"
    return None


def to_geo(written: str | None) -> str | None:
    """Where Anthropic served the call, if it was bound to a place."""
    return None if written is None or written in ("global", "not_available") else written


def to_search_size(asked: Mapping[str, Raw] | None, tools: Raw | None, *candidates: str | None) -> SearchSize | None:
    """The size of a search's context: the first candidate that is one, else what the request asked for.

    `asked` are settings of the request, `tools` its tools.
    """
    for candidate in candidates:
        if candidate in _SEARCHES:
            return _SEARCHES[candidate]
    options = to_value(asked["web_search_options"]) if asked and "web_search_options" in asked else None
    listed = to_value(tools) if tools else None
    wishes = [options, *listed] if isinstance(listed, list) else [options]
    sizes = [one.get("search_context_size") for one in wishes if isinstance(one, dict)]
    return next((_SEARCHES[size] for size in sizes if isinstance(size, str) and size in _SEARCHES), None)


def setting(asked: Mapping[str, Raw] | None, name: str) -> str | None:
    """A setting of the request as a text."""
    return to_text(asked[name]) if asked and name in asked else None


def to_results(asked: Mapping[str, Raw] | None) -> int | None:
    """The most results that a search was asked for."""
    value = to_value(asked["max_results"]) if asked and "max_results" in asked else None
    return value if type(value) is int and value >= 0 else None
