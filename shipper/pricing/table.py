"""A price table of one day: bytes in the form of LiteLLM's price map in, rows by provider and model out.

The rule: a table is checked as a whole before the first look-up, or refused; rows stay encoded until somebody asks
for them, because of thousands of models a deployment calls a handful. No I/O and no cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from msgspec import Raw, Struct

from shipper.pricing.names import candidates, may_price

_NOT_MODELS = frozenset({"sample_spec", "fallback_generalizations"})
_MOST_USD = 1e6  # a price a unit above it is a mistake of units, and could overflow a sum

_NOT_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Tier(Struct):
    range: tuple[float, float] | None = None


class _Row(Struct):
    """The shape of the fields that are no prices."""

    litellm_provider: str | None = None
    mode: str | None = None
    tiered_pricing: list[_Tier] | None = None


_decode_table = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_row = msgspec.json.Decoder(dict[str, Any]).decode


class PriceTableError(ValueError):
    """The bytes are no price table, or hold a price that cannot be one; the text says where."""


class PriceTable:
    """Prices as of one day. Immutable; made by `load`."""

    __slots__ = ("_folded", "_rows", "as_of")

    def __init__(self, rows: Mapping[str, Raw], as_of: date) -> None:
        self.as_of = as_of
        self._rows = rows
        # Only names that are not lower case already: an exact look-up finds the others.
        self._folded = {folded: name for name in rows if (folded := name.lower()) != name}

    def __len__(self) -> int:
        return len(self._rows)

    @classmethod
    def load(cls, data: bytes, as_of: date) -> PriceTable:
        """Checks every price in `data` (JSON object: model to object of keys and US dollars a unit) and keeps it.

        `as_of` is the day the prices were taken. Raises `PriceTableError` for anything but an object of objects,
        for a price that is negative, no number or above one million dollars a unit, and for a table in which no
        model has a price by the token.
        """
        try:
            rows = _decode_table(data)
        except _NOT_JSON as error:
            raise PriceTableError(f"not a price table: {error}") from None
        for name in _NOT_MODELS & rows.keys():
            del rows[name]
        priced = 0
        for name, encoded in rows.items():
            priced += _check(name, encoded)
        if not priced:
            raise PriceTableError(f"none of {len(rows)} models has a price by the token")
        return cls(rows, as_of)

    def find(self, provider: str, model: str) -> Mapping[str, Any] | None:
        """The row that prices `model` at `provider` (LiteLLM's name of it, or "" for any), or None."""
        for name, owner in candidates(provider, model):
            row = self._row(name)
            if row is not None and may_price(row.get("litellm_provider"), owner):
                return row
        return None

    def _row(self, name: str) -> Mapping[str, Any] | None:
        folded = name.lower()
        for known in (name, folded, self._folded.get(folded, folded)):
            encoded = self._rows.get(known)
            if encoded is not None:
                return _decode_row(encoded)
        return None


def _check(name: str, encoded: Raw) -> bool:
    """Whether the row has a price by the token; raises `PriceTableError` where it cannot be a row."""
    try:
        row = _decode_row(encoded)
        msgspec.convert(row, _Row)
        tiers = row.get("tiered_pricing") or ()
        for rates in (row, *tiers):
            for key, price in rates.items():
                if "cost" in key:
                    _check_price(key, price)
    except _NOT_JSON as error:
        raise PriceTableError(f"model {name!r}: {error}") from None
    return row.get("input_cost_per_token") is not None


def _check_price(key: str, price: object) -> None:
    if type(price) is float or type(price) is int:
        if not 0 <= price <= _MOST_USD:
            raise msgspec.ValidationError(f"{key} = {price!r} is no price in US dollars a unit")
    elif isinstance(price, dict) and "token" not in key:  # one price a size or kind
        for kind, value in price.items():
            _check_price(f"{key}.{kind}", value)
    elif price is not None:
        raise msgspec.ValidationError(f"{key} is no number")
