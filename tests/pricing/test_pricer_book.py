"""The pricer's memory does not mix up what the book tells apart: days, payers, and the book itself."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shipper.pricing import Overrides, PriceBook, Pricer, PriceTable, PricingSettings
from shipper.pricing.overrides import OwnPrices
from shipper.records import Billing, Cost
from tests.pricing.billings import billing


def table(day: str, usd: float) -> PriceTable:
    """A table of one model."""
    row = {"mode": "chat", "input_cost_per_token": usd, "output_cost_per_token": 0.0}
    return PriceTable.load(json.dumps({"m": row}).encode(), date.fromisoformat(day))


def own(usd: float, since: str | None = None, until: str | None = None) -> OwnPrices:
    """An own input price."""
    limits = [datetime.fromisoformat(day).replace(tzinfo=UTC) if day else None for day in (since, until)]
    return OwnPrices("own", {"input_cost_per_token": usd}, *limits)


def call(day: str, team: str | None = None, key: str | None = None) -> Billing:
    """A call of a hundred tokens in and ten out."""
    start = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return msgspec.structs.replace(billing("m"), start=start, team=team, key=key)


TABLES = [table("2026-03-01", 4e-06), table("2026-05-01", 2e-06)]
OVERRIDES = Overrides(
    models={"m": (own(1e-06, "2026-06-01", "2026-07-01"),)},
    teams={"sales": {"m": (own(3e-06),)}},
    keys={"ci": {"m": (own(5e-06, "2026-04-01"),)}},
)


def usd_a_token(pricer: Pricer, call: Billing) -> float:
    """What the hundred input tokens cost each."""
    cost = pricer.price(call)
    assert isinstance(cost, Cost)
    return round(cost.total / 100 * 1e6, 9) / 1e6


def test_each_day_has_its_price_however_calls_are_mixed() -> None:
    pricer = Pricer(PricingSettings(), PriceBook(TABLES))
    days = ["2026-04-30", "2026-05-01", "2020-01-01", "2026-04-30", "2031-01-01", "2026-05-01"]
    assert [usd_a_token(pricer, call(day)) for day in days] == [4e-06, 2e-06, 4e-06, 4e-06, 2e-06, 2e-06]


def test_each_payer_has_his_price_however_calls_are_mixed() -> None:
    pricer = Pricer(PricingSettings(), PriceBook(TABLES, OVERRIDES))
    payers = [(None, None), ("sales", None), ("others", "x"), ("sales", "ci"), ("sales", "x"), (None, "ci")]
    expected = [2e-06, 3e-06, 2e-06, 5e-06, 3e-06, 5e-06]
    for _ in range(2):
        assert [usd_a_token(pricer, call("2026-08-01", *payer)) for payer in payers] == expected


def test_a_new_book_prices_the_next_call() -> None:
    pricer = Pricer(PricingSettings(), PriceBook(TABLES))
    assert usd_a_token(pricer, call("2026-08-01")) == 2e-06
    pricer.use(PriceBook(TABLES, OVERRIDES))
    assert usd_a_token(pricer, call("2026-08-01", "sales")) == 3e-06
    assert usd_a_token(pricer, call("2026-06-15")) == 1e-06
    pricer.use(PriceBook.of(table("2026-03-01", 7e-06)))
    assert usd_a_token(pricer, call("2026-08-01", "sales")) == 7e-06


calls = st.builds(
    call,
    st.sampled_from(["2026-02-01", "2026-04-15", "2026-05-01", "2026-06-01", "2026-06-30", "2026-07-01", "2027-01-01"]),
    st.sampled_from([None, "sales", "others"]),
    st.sampled_from([None, "ci", "others"]),
)
books = st.sampled_from([PriceBook(TABLES), PriceBook(TABLES, OVERRIDES), PriceBook.of(TABLES[0], OVERRIDES)])


@given(st.lists(calls, max_size=20), books)
def test_what_was_asked_before_changes_no_answer(asked: list[Billing], book: PriceBook) -> None:
    remembering = Pricer(PricingSettings(), book)
    for one in asked:
        assert remembering.price(one) == Pricer(PricingSettings(), book).price(one)
