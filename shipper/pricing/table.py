"""A price table of one day: bytes in the form of LiteLLM's price map in, rows by name out.

The rule: a table is checked as a whole before the first look-up, or refused; rows stay encoded until somebody asks
for them, because of thousands of models a deployment calls a handful. No I/O and no cache.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import msgspec
from msgspec import Raw

from shipper.pricing.faults import NOT_JSON, faults

_NOT_MODELS = frozenset({"sample_spec", "fallback_generalizations"})
_AGAINST = "delta_against"

_decode_table = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_row = msgspec.json.Decoder(dict[str, Any]).decode
_decode_day = msgspec.json.Decoder(date).decode


class PriceTableError(ValueError):
    """The bytes are no price table, or hold a price that cannot be one; the text says where."""


class PriceTable:
    """Prices as of one day. Immutable; made by `load`.

    `against` is None for a whole table. A delta holds only the rows that are not the same in the table of the day
    `against`, a newer one: what it lacks is there.
    """

    __slots__ = ("_folded", "_rows", "against", "as_of")

    def __init__(self, rows: Mapping[str, Raw], as_of: date, against: date | None = None) -> None:
        self.as_of = as_of
        self.against = against
        self._rows = rows
        # Only names that are not lower case already: an exact look-up finds the others.
        self._folded = {folded: name for name in rows if (folded := name.lower()) != name}

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def name(self) -> str:
        """What the table is called where a price is explained."""
        return f"litellm-{self.as_of}"

    @classmethod
    def load(cls, data: bytes, as_of: date) -> PriceTable:
        """Checks every price in `data` (JSON object: model to object of keys and US dollars a unit) and keeps it.

        `as_of` is the day the prices were taken; the key `delta_against` (a day) makes the table a delta. Raises
        `PriceTableError` for anything but an object of objects, for a price that is negative, no number or above one
        million dollars a unit, for a whole table in which no model has a price by the token, and for a delta against
        a day that is not later than its own.
        """
        try:
            rows = _decode_table(data)
            against = _decode_day(rows.pop(_AGAINST)) if _AGAINST in rows else None
        except NOT_JSON as error:
            raise PriceTableError(f"not a price table: {error}") from None
        for name in _NOT_MODELS & rows.keys():
            del rows[name]
        priced = 0
        for name, encoded in rows.items():
            priced += _check(name, encoded)
        if against is not None and against <= as_of:
            raise PriceTableError(f"a price table of {as_of} cannot be a delta against {against}: no later day")
        if against is None and not priced:
            raise PriceTableError(f"none of {len(rows)} models has a price by the token")
        return cls(rows, as_of, against)

    def row(self, name: str) -> tuple[str, Mapping[str, Any]] | None:
        """The row called `name`, exactly or else but for case, with the name that it has here; or None."""
        folded = name.lower()
        for known in (name, folded, self._folded.get(folded, folded)):
            encoded = self._rows.get(known)
            if encoded is not None:
                return known, _decode_row(encoded)
        return None

    def rows(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """All rows by their names."""
        return ((name, _decode_row(encoded)) for name, encoded in self._rows.items())

    def folded_names(self) -> Iterator[str]:
        """The names of all rows, in lower case."""
        return map(str.lower, self._rows)


def _check(name: str, encoded: Raw) -> bool:
    """Whether the row has a price by the token; raises `PriceTableError` where it cannot be a row."""
    try:
        row = _decode_row(encoded)
    except NOT_JSON as error:
        raise PriceTableError(f"model {name!r}: {error}") from None
    for fault in faults(row):
        raise PriceTableError(f"model {name!r}: {fault}")
    return row.get("input_cost_per_token") is not None
