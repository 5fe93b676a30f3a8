"""What differs between two price tables, row by row and price by price. Pure: tables in, differences out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from shipper.pricing.table import PriceTable


class Changed(Struct, frozen=True):
    """One key of one row that is otherwise: `before` or `after` is None where the key is not there."""

    model: str
    key: str
    before: Any
    after: Any


class Changes(Struct, frozen=True):
    """What became of a table: models that came, models that went, and keys that changed, in the order of names."""

    new: tuple[str, ...]
    gone: tuple[str, ...]
    changed: tuple[Changed, ...]

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.changed)


def changes(before: PriceTable, after: PriceTable) -> Changes:
    """From the whole table `before` to the whole table `after`."""
    old, new = dict(before.rows()), dict(after.rows())
    changed = (
        Changed(name, key, was, now)
        for name in sorted(old.keys() & new.keys())
        for key, was, now in _keys(old[name], new[name])
    )
    return Changes(tuple(sorted(new.keys() - old.keys())), tuple(sorted(old.keys() - new.keys())), tuple(changed))


def _keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if was != now:
            yield key, was, now
