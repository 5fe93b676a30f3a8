"""Which cost counts: the record's own, the price book's, or nobody's.

The rule: unknown is a value and never 0; a cost that leaves here is finite and not negative, whatever came in.
Knows neither the record's shape nor the book's format. Pure: no clock, the memo is its only state.
"""

from __future__ import annotations

from datetime import UTC, datetime
from math import inf, isclose
from typing import Annotated, Literal

from msgspec import Meta, Struct

from shipper.pricing.book import PriceBook
from shipper.pricing.breakdown import split_of
from shipper.pricing.look_up import Priced, look_up
from shipper.pricing.tariff import usual_cost
from shipper.records import Billing, Cost, UnknownCost, Usage

MEMO_ENTRIES = 2048
_MEMO_NAME_CHARS = 1024  # provider and models of one entry together; no row's name is a tenth of it
_SAME_COST = 1e-9  # relative: a recorded cost this near to the table's is the table's, rounded or summed otherwise

_FREE = Cost(0.0)
_NO_USAGE = UnknownCost("no_usage")
_UNPRICED_MODEL = UnknownCost("unpriced_model")
_UNPRICED_UNIT = UnknownCost("unpriced_unit")


class PricingSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `pricing`."""

    prefer: Annotated[
        Literal["record", "table"],
        Meta(
            description="Which cost counts where both are known: the record's own, with discounts and negotiated "
            "prices in it, or the price table's."
        ),
    ] = "record"
    overrides: Annotated[
        str | None,
        Meta(description="TOML file with prices of your own, laid over the price table; read again when it changes."),
    ] = None
    snapshots: Annotated[
        str | None,
        Meta(
            description="Directory with further price tables, litellm-YYYY-MM-DD.json, as `shipper price update` "
            "writes them; read again when they change."
        ),
    ] = None


class Pricer:
    """Prices calls by a book, remembering the prices of every provider and model that it has seen."""

    def __init__(self, settings: PricingSettings, book: PriceBook) -> None:
        self._record_first = settings.prefer == "record"
        self._memo: dict[tuple[object, ...], Priced | UnknownCost] = {}
        self.use(book)

    def use(self, book: PriceBook) -> None:
        """Price by `book` from now on."""
        self._book = book
        # Since then the last edition holds; nobody has prices of his own, then the usual call's key is short.
        self._usual_since = datetime.max.replace(tzinfo=UTC) if book.is_personal else book.last_limit
        self._memo.clear()

    def price(self, billing: Billing) -> Cost | UnknownCost:
        """What one call cost, in US dollars. Never raises.

        A cache hit costs 0. With `prefer = "record"` the recorded cost is the total, split by the table where its sum
        is the same, else by the record's own breakdown; otherwise the table decides, and the record where the table
        does not know.
        """
        if billing.cache_hit:
            return _FREE
        recorded = billing.recorded_cost
        if recorded is not None and not 0.0 <= recorded < inf:
            recorded = None
        if billing.failed and not recorded and not _used_anything(billing.usage):
            return _NO_USAGE
        computed = self._compute(billing)
        if recorded is None:
            return computed
        if not isinstance(computed, Cost):
            return Cost(recorded, _recorded_split(billing, recorded))
        table = computed.total
        if not self._record_first:
            return Cost(table, computed.split, table)
        if isclose(recorded, table, rel_tol=_SAME_COST):
            return Cost(recorded, computed.split, table)
        return Cost(recorded, _recorded_split(billing, recorded), table)

    def look_up(self, billing: Billing) -> Priced | UnknownCost:
        """The prices that hold for a call, wherever they were found, or why there are none."""
        asked: tuple[object, ...] = (billing.provider, billing.models, billing.terms)
        if billing.start < self._usual_since:
            asked += (self._book.edition(billing.start), *self._book.payer(billing.team, billing.key))
        found = self._memo.get(asked)
        if found is None:
            if len(billing.provider) + sum(map(len, billing.models)) + len(billing.models) > _MEMO_NAME_CHARS:
                return _UNPRICED_MODEL
            found = look_up(self._book, billing)
            if len(self._memo) >= MEMO_ENTRIES:
                self._memo.clear()  # names made up by a caller must not grow it; the real ones are back at once
            self._memo[asked] = found
        return found

    def _compute(self, billing: Billing) -> Cost | UnknownCost:
        usage = billing.usage
        if usage is None:
            return _NO_USAGE
        # What `look_up` does first, without its call: this is the way of nearly every record.
        found = self._memo.get((billing.provider, billing.models, billing.terms))
        if found is None or billing.start < self._usual_since:
            found = self.look_up(billing)
        if not isinstance(found, Priced):
            return found
        flat = found.flat
        if flat is not None and usage.other is None:
            cost = usual_cost(usage, flat)
        else:
            cost = found.tariff.cost(usage, billing.start, billing.end)
        if cost is None and found.otherwise is not None:
            cost = found.otherwise.tariff.cost(usage, billing.start, billing.end)
        if cost is None:
            return _UNPRICED_UNIT if _used_anything(usage) else _NO_USAGE
        if not cost.split:  # tokens that nobody counted are no free call
            return _NO_USAGE
        return cost if found.adjustment is None else found.adjustment.of(cost) or _UNPRICED_UNIT


def _recorded_split(billing: Billing, recorded: float) -> dict[str, float]:
    return {} if billing.breakdown is None else split_of(billing.breakdown, recorded)


def _used_anything(usage: Usage | None) -> bool:
    return usage is not None and (usage.total > 0 or usage.other is not None)
