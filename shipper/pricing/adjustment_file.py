"""Discounts and margins as an operator writes them: parts of a TOML document in, rules out.

Bounds are those that LiteLLM's proxy sets (cost_tracking_settings.py): a discount is at most the whole price, a margin
at most its tenfold. What is wrong goes to `complain`, a line each, with the key where it stands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from shipper.pricing.adjustment import ANY_PROVIDER, Margin

_MOST_MARGIN = 10.0
_MOST_FIXED_USD = 1e6
_PARTS = ("percentage", "fixed_amount")

Complain = Callable[[str], object]


def read_discounts(table: object, complain: Complain) -> Mapping[str, float]:
    """`[discounts]`: a provider, or a provider, / and a model in which * stands for anything, and a fraction."""
    if not isinstance(table, dict):
        complain("discounts: must be a table")
        return {}
    found = {}
    for key, value in table.items():
        where = f"discounts.{toml_key(key)}"
        provider, slash, model = key.partition("/")
        if not provider or set(provider) & set("*?["):
            complain(f"{where}: must begin with a provider's name, as in openai or openai/gpt-*")
        if slash and not model:
            complain(f"{where}: must have a model after the /")
        fraction = _number(value, 1.0)
        if fraction is None:
            complain(f"{where}: must be a fraction from 0 to 1 (0.05 is five per cent)")
        found[key] = fraction or 0.0
    return found


def read_margins(table: object, complain: Complain) -> Mapping[str, Margin]:
    """`[margins]`: a provider or `*`, and a fraction or `{percentage, fixed_amount}`."""
    if not isinstance(table, dict):
        complain("margins: must be a table")
        return {}
    found = {}
    for key, value in table.items():
        where = f"margins.{toml_key(key)}"
        if not key or (key != ANY_PROVIDER and set(key) & set("*?[/")) or key == "global":
            complain(f'{where}: must be a provider\'s name, or "{ANY_PROVIDER}" for all others')
        found[key] = _margin(where, value, complain)
    return found


def _margin(where: str, value: object, complain: Complain) -> Margin:
    parts = value if isinstance(value, dict) else {"percentage": value}
    if not parts or parts.keys() - set(_PARTS):
        complain(f"{where}: must be a fraction, or a table of {' and '.join(_PARTS)}")
        return Margin()
    fraction = _number(parts.get("percentage", 0.0), _MOST_MARGIN)
    fixed_usd = _number(parts.get("fixed_amount", 0.0), _MOST_FIXED_USD)
    if fraction is None:
        complain(f"{where}: must be a fraction from 0 to {_MOST_MARGIN:g} (0.1 is ten per cent)")
    if fixed_usd is None:
        complain(f"{where}.fixed_amount: must be US dollars a call, from 0 to {_MOST_FIXED_USD:.0f}")
    return Margin(fraction or 0.0, fixed_usd or 0.0)


def _number(value: object, most: float) -> float | None:
    if type(value) not in (float, int) or not 0 <= value <= most:  # type: ignore[operator]
        return None
    return float(value)  # type: ignore[arg-type]


def toml_key(name: str) -> str:
    """A name as one would write it as a key."""
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else json.dumps(name, ensure_ascii=not name.isprintable())
