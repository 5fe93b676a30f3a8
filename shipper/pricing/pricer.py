"""Which cost counts: the record's own, the price table's, or nobody's.

The rule: unknown is a value and never 0; a cost that leaves here is finite and not negative, whatever came in.
Knows neither the record's shape nor the table's format. Pure: no clock, the memo is its only state.
"""

from __future__ import annotations

from math import inf, isclose
from typing import Annotated, Literal

from msgspec import Meta, Struct

from shipper.pricing.book import PriceBook
from shipper.pricing.row import compile_row
from shipper.pricing.tariff import Tariff
from shipper.records import Billing, Cost, UnknownCost, Usage

MEMO_ENTRIES = 2048
_MEMO_NAME_CHARS = 1024  # provider and models of one entry together; no row's name is a tenth of it
_SAME_COST = 1e-9  # relative: a recorded cost this near to the table's is the table's, rounded or summed otherwise


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
    """Prices calls by a book, remembering the rates of every provider and model that it has seen."""

    def __init__(self, settings: PricingSettings, book: PriceBook) -> None:
        self._record_first = settings.prefer == "record"
        self._memo: dict[tuple[object, ...], Tariff | UnknownCost] = {}
        self.use(book)

    def use(self, book: PriceBook) -> None:
        """Price by `book` from now on."""
        self._book = book
        self._memo.clear()

    def price(self, billing: Billing) -> Cost | UnknownCost:
        """What one call cost, in US dollars. Never raises.

        A cache hit costs 0. With `prefer = "record"` the recorded cost is the total, split by bucket where the
        table's own sum is the same; else the table decides, and the record where the table does not know.
        """
        if billing.cache_hit:
            return Cost(0.0)
        recorded = billing.recorded_cost
        if recorded is not None and not 0.0 <= recorded < inf:
            recorded = None
        if billing.failed and not recorded and not _has_tokens(billing.usage):
            return UnknownCost("no_usage")
        computed = self._compute(billing)
        if recorded is None:
            return computed
        if not isinstance(computed, Cost):
            return Cost(recorded)
        if not self._record_first or recorded == computed.total:
            return computed
        same = isclose(recorded, computed.total, rel_tol=_SAME_COST)
        return Cost(recorded, computed.split) if same else Cost(recorded)

    def _compute(self, billing: Billing) -> Cost | UnknownCost:
        usage = billing.usage
        if usage is None:
            return UnknownCost("no_usage")
        book = self._book
        asked: tuple[object, ...] = (billing.provider, billing.models, book.edition(billing.start))
        if book.is_personal:
            asked += book.payer(billing.team, billing.key)
        tariff = self._memo.get(asked)
        if tariff is None:
            tariff = self._look_up(asked, billing)
        if not isinstance(tariff, Tariff):
            return tariff
        cost = tariff.cost(usage)
        # Tokens that nobody counted are no free call.
        return cost if cost is not None and cost.split else UnknownCost("no_usage")

    def _look_up(self, asked: tuple[object, ...], billing: Billing) -> Tariff | UnknownCost:
        provider, models = billing.provider, billing.models
        if len(provider) + sum(map(len, models)) + len(models) > _MEMO_NAME_CHARS:
            return UnknownCost("unpriced_model")
        found = self._find(billing)
        if len(self._memo) >= MEMO_ENTRIES:
            self._memo.clear()  # names made up by a caller must not grow it; the real ones are back at once
        self._memo[asked] = found
        return found

    def _find(self, billing: Billing) -> Tariff | UnknownCost:
        """The tariff of the first model that has one: the name a provider answers with may be unknown to the table."""
        why: Literal["no_model", "unpriced_model", "unpriced_unit"] = "no_model"
        for model in filter(None, billing.models):
            found = self._book.find(billing.provider, model, billing.start, billing.team, billing.key)
            if found is None:
                why = "unpriced_model" if why == "no_model" else why
                continue
            tariff = compile_row(found.row)
            if tariff is not None:
                return tariff
            why = "unpriced_unit"
        return UnknownCost(why)


def _has_tokens(usage: Usage | None) -> bool:
    return usage is not None and (usage.input | usage.output | usage.cache_read | usage.cache_write) > 0
