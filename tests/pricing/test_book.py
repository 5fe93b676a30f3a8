"""Which table prices a call, and the operator's own prices on top."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.pricing import Found, Overrides, PriceBook, PriceTable, PriceTableError
from shipper.pricing.adjustment import Adjustment, Adjustments, Margin
from shipper.pricing.overrides import OwnPrices


def at(text: str) -> datetime:
    """A time, UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def row(price: float, provider: str | None = None) -> dict[str, Any]:
    """A row of one price."""
    return {"input_cost_per_token": price} | ({"litellm_provider": provider} if provider else {})


def table(day: str, rows: dict[str, Any], against: str | None = None) -> PriceTable:
    """A table of that day, a delta if `against` is given."""
    whole = rows | ({"delta_against": against} if against else {})
    return PriceTable.load(json.dumps(whole).encode(), date.fromisoformat(day))


def price(book: PriceBook, model: str, when: str, provider: str = "", **who: str) -> float | None:
    """The input price found, or None."""
    found = book.find(provider, model, at(when), **who)
    return None if found is None else found.row["input_cost_per_token"]


def own(price: float, since: str | None = None, until: str | None = None, **others: Any) -> OwnPrices:
    """Own prices of one input price."""
    limits = [at(limit) if limit else None for limit in (since, until)]
    return OwnPrices(f"own {price:g}", {"input_cost_per_token": price, **others}, *limits)


MARCH = table("2026-03-01", {"stays": row(1.0), "falls": row(8.0), "retires": row(3.0)})
MAY = table("2026-05-01", {"stays": row(1.0), "falls": row(4.0), "comes": row(5.0)})
JULY = table("2026-07-01", {"stays": row(1.0), "falls": row(2.0), "comes": row(6.0)})
BOOK = PriceBook([JULY, MARCH, MAY])


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2024-01-01T00:00", 8.0),
        ("2026-03-01T00:00", 8.0),
        ("2026-04-30T23:59:59.999999", 8.0),
        ("2026-05-01T00:00", 4.0),
        ("2026-06-30T23:59:59.999999", 4.0),
        ("2026-07-01T00:00", 2.0),
        ("2031-01-01T00:00", 2.0),
    ],
)
def test_the_latest_table_that_is_no_younger_than_the_call_prices_it(when: str, expected: float) -> None:
    """A call before the first table takes the first."""
    assert price(BOOK, "falls", when) == expected


def test_the_day_of_a_call_is_that_of_utc() -> None:
    early = datetime.fromisoformat("2026-05-01T01:00+02:00")
    found = BOOK.find("", "falls", early)
    assert found == Found(row(8.0), "falls", "litellm-2026-03-01")


def test_a_model_that_came_later_takes_its_first_price() -> None:
    assert price(BOOK, "comes", "2026-03-05") == 5.0


def test_a_model_that_has_retired_takes_its_last_price() -> None:
    assert price(BOOK, "retires", "2026-08-01") == 3.0


def test_what_is_in_no_table_is_not_found() -> None:
    assert BOOK.find("", "unheard-of", at("2026-05-01")) is None


def test_a_better_name_in_another_table_comes_before_a_worse_one_in_this() -> None:
    """A row of the model's own that has retired is nearer the truth than one of its family that has not."""
    old = table("2026-03-01", {"gpt-x-2025-01-01": row(9.0, "openai"), "gpt-x": row(8.0, "openai")})
    new = table("2026-05-01", {"gpt-x": row(2.0, "openai")})
    assert price(PriceBook([old, new]), "gpt-x-2025-01-01", "2026-06-01", "openai") == 9.0


def test_a_row_of_another_provider_does_not_hide_the_right_one() -> None:
    old = table("2026-03-01", {"m": row(9.0, "openai")})
    new = table("2026-05-01", {"m": row(2.0, "groq")})
    book = PriceBook([old, new])
    assert price(book, "m", "2026-06-01", "openai") == 9.0
    assert price(book, "m", "2026-03-05", "groq") == 2.0
    assert price(book, "m", "2026-03-05", "azure") is None


def test_what_a_delta_lacks_is_as_in_the_table_it_is_a_delta_of() -> None:
    march = table("2026-03-01", {"falls": row(8.0), "retires": row(3.0)}, against="2026-05-01")
    may = table("2026-05-01", {"falls": row(4.0), "comes": row(5.0)}, against="2026-07-01")
    book = PriceBook([march, may, JULY])
    for day in ("2026-02-01", "2026-03-01", "2026-04-30", "2026-05-01", "2026-06-30", "2026-07-01", "2026-08-01"):
        for model in ("stays", "falls", "comes", "retires", "unheard-of"):
            assert price(book, model, day) == price(BOOK, model, day), (model, day)


def test_a_table_that_comes_between_does_not_change_what_a_delta_says() -> None:
    """An operator's own snapshot: the bundled delta before it says nothing about it."""
    march = table("2026-03-01", {"retires": row(3.0)}, against="2026-07-01")
    between = table("2026-05-01", {"stays": row(7.0)})
    book = PriceBook([march, between, JULY])
    assert price(book, "stays", "2026-04-01") == 1.0
    assert price(book, "stays", "2026-05-01") == 7.0
    assert price(book, "stays", "2026-07-01") == 1.0


def test_an_empty_delta_says_that_nothing_was_different() -> None:
    book = PriceBook([table("2026-03-01", {}, against="2026-07-01"), JULY])
    assert price(book, "falls", "2026-03-02") == 2.0


@pytest.mark.parametrize(
    ("tables", "text"),
    [
        ([], "no price table"),
        ([MAY, JULY, MAY], "same day"),
        ([table("2026-03-01", {}, against="2026-05-01"), JULY], "2026-03-01 is a delta against 2026-05-01"),
    ],
)
def test_tables_that_make_no_book_are_refused(tables: list[PriceTable], text: str) -> None:
    with pytest.raises(PriceTableError, match=text):
        PriceBook(tables)


def test_the_book_names_its_days() -> None:
    assert BOOK.days == (date(2026, 3, 1), date(2026, 5, 1), date(2026, 7, 1))
    assert BOOK.newest is JULY


# own prices


def test_own_prices_are_laid_over_the_row_of_the_day() -> None:
    book = PriceBook([MARCH, JULY], Overrides(models={"falls": (own(0.5, output_cost_per_token=7.0),)}))
    found = book.find("", "falls", at("2026-08-01"))
    assert found == Found(
        {"input_cost_per_token": 0.5, "output_cost_per_token": 7.0}, "falls", "own 0.5 over litellm-2026-07-01"
    )
    early = book.find("", "Falls", at("2026-03-01"))
    assert early is not None
    assert early.source == "own 0.5 over litellm-2026-03-01"
    assert price(book, "stays", "2026-08-01") == 1.0


def test_own_keys_win_and_the_others_stay() -> None:
    whole = table("2026-07-01", {"m": {"input_cost_per_token": 1.0, "output_cost_per_token": 2.0, "mode": "chat"}})
    found = PriceBook.of(whole, Overrides(models={"m": (own(0.5),)})).find("", "m", at("2026-08-01"))
    assert found is not None
    assert found.row == {"input_cost_per_token": 0.5, "output_cost_per_token": 2.0, "mode": "chat"}


def test_a_model_of_ones_own_needs_no_row_in_a_table() -> None:
    book = PriceBook.of(JULY, Overrides(models={"my-llama": (own(0.1),)}))
    assert book.find("hosted_vllm", "my-llama", at("2026-01-01")) == Found(row(0.1), "my-llama", "own 0.1")


def test_own_prices_hold_from_until() -> None:
    book = PriceBook.of(
        JULY, Overrides(models={"stays": (own(0.5, "2026-07-10", "2026-07-20"), own(0.25, "2026-07-20T12:00"))})
    )
    expected = {
        "2026-07-09T23:59:59": 1.0,
        "2026-07-10T00:00": 0.5,
        "2026-07-19T23:59:59": 0.5,
        "2026-07-20T00:00": 1.0,
        "2026-07-20T11:59:59": 1.0,
        "2026-07-20T12:00": 0.25,
        "2031-01-01T00:00": 0.25,
    }
    assert {when: price(book, "stays", when) for when in expected} == expected


def test_the_keys_price_beats_the_teams_and_that_everybodys_price_by_price() -> None:
    everybody = own(0.5, output_cost_per_token=0.5, input_cost_per_query=0.5)
    book = PriceBook.of(
        JULY,
        Overrides(
            models={"stays": (everybody,)},
            teams={"sales": {"stays": (own(0.25, output_cost_per_token=0.25),)}},
            keys={"ci": {"stays": (own(0.125),)}},
        ),
    )
    when = at("2026-08-01")
    found = book.find("", "stays", when, team="sales", key="ci")
    assert found is not None
    assert found.row == {"input_cost_per_token": 0.125, "output_cost_per_token": 0.25, "input_cost_per_query": 0.5}
    assert found.source == "own 0.125 over litellm-2026-07-01"
    assert price(book, "stays", "2026-08-01", team="sales") == 0.25
    assert price(book, "stays", "2026-08-01", key="ci") == 0.125
    assert price(book, "stays", "2026-08-01", team="others", key="others") == 0.5
    assert price(book, "falls", "2026-08-01", team="sales", key="ci") == 2.0


def test_own_prices_are_those_of_the_provider_that_the_row_belongs_to() -> None:
    """Negotiated with one provider is not negotiated with who resells the model under the same name."""
    book = PriceBook.of(table("2026-07-01", {"m": row(1.0, "openai")}), Overrides(models={"m": (own(0.5),)}))
    assert price(book, "m", "2026-08-01", "openai") == 0.5
    assert price(book, "m", "2026-08-01") == 0.5
    assert price(book, "m", "2026-08-01", "groq") is None


def test_own_prices_that_name_a_provider_are_for_that_one() -> None:
    overrides = Overrides(models={"m": (own(0.5, litellm_provider="groq", mode="chat"),)})
    book = PriceBook.of(table("2026-07-01", {"m": row(1.0, "openai")}), overrides)
    assert price(book, "m", "2026-08-01", "openai") == 1.0
    found = book.find("groq", "m", at("2026-08-01"))
    assert found == Found(row(0.5, "groq") | {"mode": "chat"}, "m", "own 0.5")


def test_only_payers_with_prices_of_their_own_tell_calls_apart() -> None:
    assert not BOOK.is_personal
    assert not PriceBook.of(JULY, Overrides(models={"m": (own(1.0),)})).is_personal
    book = PriceBook.of(JULY, Overrides(teams={"sales": {"m": (own(1.0),)}}, keys={"ci": {"m": (own(1.0),)}}))
    assert book.is_personal
    assert book.payer("sales", "ci") == ("sales", "ci")
    assert book.payer("others", None) == (None, None)


def test_own_prices_of_models_that_nobody_knows_are_named() -> None:
    """A misspelt name prices nothing; who names the provider has a model of his own."""
    mine = own(1.0, litellm_provider="hosted_vllm")
    overrides = Overrides(
        models={"stays": (own(1.0),), "stayz": (own(2.0),), "my-llama": (mine,)},
        teams={"sales": {"my-llama": (own(3.0),), "retires": (own(4.0),), "retyres": (own(5.0),)}},
    )
    assert PriceBook([MARCH, JULY], overrides).strangers() == ["own 2", "own 5"]
    assert BOOK.strangers() == []


moments = st.integers(0, 365 * 86_400).map(lambda seconds: at("2026-01-01") + timedelta(seconds=seconds))
limits = st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(str)
validities = st.builds(own, st.sampled_from([0.5, 0.25]), limits, limits)


@given(st.lists(validities, max_size=4), moments, moments)
def test_calls_of_one_edition_have_the_same_price(own_prices: list[OwnPrices], one: datetime, other: datetime) -> None:
    book = PriceBook([MARCH, MAY, JULY], Overrides(models={"falls": tuple(own_prices)}))
    if book.edition(one) == book.edition(other):
        assert book.find("", "falls", one) == book.find("", "falls", other)
    else:
        between = [limit for limit in book_limits(book, own_prices) if min(one, other) < limit <= max(one, other)]
        assert between


def book_limits(book: PriceBook, own_prices: list[OwnPrices]) -> list[datetime]:
    """Every time at which a price may change."""
    days = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in book.days]
    return [*days, *(limit for each in own_prices for limit in (each.valid_from, each.valid_until) if limit)]


def test_editions_are_counted_from_the_first_change_to_the_last() -> None:
    assert BOOK.edition(at("2020-01-01")) == BOOK.edition(at("2026-04-30")) == 0
    assert BOOK.edition(at("2026-05-01")) == BOOK.edition(at("2026-07-01") - timedelta(microseconds=1)) == 1
    assert BOOK.edition(at("2026-07-01")) == BOOK.edition(at("2031-01-01")) == 2
    assert PriceBook.of(JULY).edition(at("2020-01-01")) == 0


def test_the_adjustment_is_that_of_provider_and_model() -> None:
    adjustments = Adjustments({"openai": 0.05}, {"*": Margin(0.1)})
    book = PriceBook.of(JULY, Overrides(adjustments=adjustments))
    assert book.adjustment("openai", "gpt-x") == Adjustment(0.05, 0.1, 0.0)
    assert BOOK.adjustment("openai", "gpt-x") is None
