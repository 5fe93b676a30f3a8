"""All prices there are: dated tables and the operator's own prices. Provider, model and time in, a row out.

The rule: the table of the call's day prices it, the latest one that is no younger. What that table does not know is
looked up in the younger ones, because the model came later, and then in the older ones, because it has retired since.
Immutable and pure: who reloads makes a new book.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from msgspec import Struct

from shipper.pricing.adjustment import Adjustment
from shipper.pricing.names import candidates, may_price
from shipper.pricing.overrides import Overrides, OwnPrices, lay_over
from shipper.pricing.table import PriceTable, PriceTableError


class Found(Struct, frozen=True, gc=False):
    """A row that prices a call: keys to US dollars a unit, the row's name, and where it stands.

    `source` is the name of the table that has the row (`litellm-2026-11-24`), or of the own prices and what they are
    laid over (`models."gpt-x" over litellm-2026-11-24`).
    """

    row: Mapping[str, Any]
    name: str
    source: str


class PriceBook:
    """Several dated tables and the operator's own prices.

    `is_personal`: a price can depend on who pays (team, key). Since `last_limit` nothing changes by time any more.
    """

    def __init__(self, tables: Iterable[PriceTable], overrides: Overrides | None = None) -> None:
        """Raises `PriceTableError` for two tables of one day, a delta without its base, and none at all."""
        self._tables = tuple(sorted(tables, key=lambda table: table.as_of))
        self._overrides = overrides or Overrides()
        self._adjusted = self._overrides.adjustments
        by_day = {table.as_of: table for table in self._tables}
        if not by_day or len(by_day) < len(self._tables):
            raise PriceTableError("no price table" if not by_day else "two price tables of the same day")
        # What is tried for a call in the time of each table, first to last.
        self.is_personal = bool(self._overrides.teams or self._overrides.keys)
        self._orders = [_order(self._tables, index, by_day) for index in range(len(self._tables))]
        self._names = {name for table in self._tables for name in table.folded_names()}
        self._names.update(name for name, _ in self._overrides.all())
        self._days = [datetime.combine(table.as_of, time(), UTC) for table in self._tables[1:]]
        own = [own for _, own in self._overrides.all()]
        limits = {*self._days, *(limit for prices in own for limit in (prices.valid_from, prices.valid_until) if limit)}
        self._limits = sorted(limits)
        self.last_limit = self._limits[-1] if self._limits else datetime.min.replace(tzinfo=UTC)

    @classmethod
    def of(cls, table: PriceTable, overrides: Overrides | None = None) -> PriceBook:
        """A book of one table."""
        return cls([table], overrides)

    @property
    def days(self) -> tuple[date, ...]:
        """The days of the tables, oldest first."""
        return tuple(table.as_of for table in self._tables)

    @property
    def newest(self) -> PriceTable:
        """The table of the latest day."""
        return self._tables[-1]

    @property
    def overrides(self) -> Overrides:
        """The operator's own prices."""
        return self._overrides

    def payer(self, team: str | None, key: str | None) -> tuple[str | None, str | None]:
        """Team and key as far as they matter: None instead of one without prices of its own."""
        return (
            team if team in self._overrides.teams else None,
            key if key in self._overrides.keys else None,
        )

    def strangers(self) -> list[str]:
        """Where own prices stand whose model is in no table, without saying which provider's it is."""
        own = [(name, prices) for name, prices in self._overrides.all() if not self._in_a_table(name)]
        declared = {name for name, prices in own if "litellm_provider" in prices.row}
        return [prices.where for name, prices in own if name not in declared]

    def _in_a_table(self, name: str) -> bool:
        return any(table.row(name) is not None for table in self._tables)

    def edition(self, at: datetime) -> int:
        """A number for the span of time around `at` (aware) in which no price changes: calls of one edition and one
        payer have the same row. Valid for this book only.
        """
        if at >= self.last_limit:
            return len(self._limits)
        return bisect_right(self._limits, at)

    def find(
        self, provider: str, model: str, at: datetime, team: str | None = None, key: str | None = None
    ) -> Found | None:
        """The row that prices `model` at `provider` (LiteLLM's name of it, or "" for any), or None.

        `at` is the call's start, aware; `team` and `key` are the names of who pays. The names to try come from
        `candidates`; each is looked up everywhere before the next one.
        """
        order = self._orders[bisect_right(self._days, at)]
        for name, owner in candidates(provider, model):
            folded = name.lower()
            if folded in self._names:
                layers = self._overrides.layers(folded, at, team, key)
                found = _find(order, name, owner) if not layers else _find_own(order, name, owner, layers)
                if found is not None:
                    return found
        return None

    def adjustment(self, provider: str, model: str) -> Adjustment | None:
        """Discount and margin on what the table says that a call costs, or None. The record's own cost has them."""
        return self._adjusted.of(provider, model)


def _order(tables: tuple[PriceTable, ...], index: int, by_day: Mapping[date, PriceTable]) -> tuple[PriceTable, ...]:
    """The table itself, for a delta what it is a delta of, then the younger ones and last the older ones."""
    chain = [tables[index]]
    while (against := chain[-1].against) is not None:
        base = by_day.get(against)
        if base is None:
            raise PriceTableError(f"{chain[-1].name} is a delta against {against}, of which there is no table")
        chain.append(base)
    return tuple(dict.fromkeys((*chain, *tables[index:], *reversed(tables[:index]))))


def _find(order: Iterable[PriceTable], name: str, owner: str) -> Found | None:
    for table in order:
        found = table.row(name)
        if found is not None and may_price(found[1].get("litellm_provider"), owner):
            return Found(found[1], found[0], table.name)
    return None


def _find_own(order: tuple[PriceTable, ...], name: str, owner: str, layers: list[OwnPrices]) -> Found | None:
    below = _find(order, name, owner)
    stranger = below is None and any(table.row(name) is not None for table in order)
    laid = lay_over(below.row if below else None, stranger, layers, owner)
    if laid is None:
        return below
    row, where = laid
    if below is None:
        return Found(row, name, where)
    return Found(row, below.name, f"{where} over {below.source}")
