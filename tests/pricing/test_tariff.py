"""The arithmetic: thresholds, one-hour writes, and sums that hold for every usage."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.pricing.tariff import Rates, Tariff
from shipper.records import Usage

LOW = Rates(input=3e-06, output=1.5e-05, cache_read=3e-07, cache_write=3.75e-06, cache_write_1h=6e-06)
HIGH = Rates(input=6e-06, output=2.25e-05, cache_read=6e-07, cache_write=7.5e-06, cache_write_1h=1.2e-05)
TARIFF = Tariff(LOW, ((200_000, HIGH),))

prices = st.floats(min_value=0.0, max_value=1e6)
rates = st.builds(Rates, prices, prices, prices, prices, prices)
counts = st.integers(min_value=0, max_value=2**53)


def _usage(fresh: int, output: int, read: int, write_5m: int, write_1h: int) -> Usage:
    write = write_5m + write_1h
    return Usage(
        input=fresh,
        output=output,
        cache_read=read,
        cache_write=write,
        cache_write_1h=write_1h,
        prompt=fresh + read + write,
        completion=output,
    )


tokens = st.integers(min_value=0, max_value=10**7)
usages = st.builds(_usage, tokens, tokens, tokens, tokens, tokens)


@given(usages, rates)
def test_the_split_adds_up_to_the_total(usage: Usage, base: Rates) -> None:
    cost = Tariff(base).cost(usage)
    assert cost is not None
    total = 0.0
    for part in cost.split.values():
        assert 0.0 <= part < inf
        total += part
    assert total == cost.total


@given(usages)
def test_each_bucket_costs_its_tokens_times_its_rate(usage: Usage) -> None:
    cost = Tariff(LOW).cost(usage)
    assert cost is not None
    expected = {
        "input": usage.input * 3e-06,
        "cache_read_input_tokens": usage.cache_read * 3e-07,
        "cache_creation_input_tokens": (usage.cache_write - usage.cache_write_1h) * 3.75e-06
        + usage.cache_write_1h * 6e-06,
        "output": usage.output * 1.5e-05,
    }
    assert cost.split == {key: value for key, value in expected.items() if value}


def test_one_hour_writes_cost_their_own_rate() -> None:
    cost = TARIFF.cost(_usage(0, 0, 0, write_5m=886, write_1h=1000))
    assert cost is not None
    assert cost.split == {"cache_creation_input_tokens": 886 * 3.75e-06 + 1000 * 6e-06}


def test_a_prompt_at_the_threshold_pays_the_base_rates() -> None:
    usage = _usage(fresh=100_000, output=10, read=50_000, write_5m=25_000, write_1h=25_000)
    assert TARIFF.cost(usage) == Tariff(LOW).cost(usage)


def test_one_token_more_changes_the_price_of_every_token() -> None:
    usage = _usage(fresh=100_001, output=10, read=50_000, write_5m=25_000, write_1h=25_000)
    assert TARIFF.cost(usage) == Tariff(HIGH).cost(usage)


def test_the_output_does_not_count_towards_the_threshold() -> None:
    usage = _usage(fresh=1, output=300_000, read=0, write_5m=0, write_1h=0)
    assert TARIFF.cost(usage) == Tariff(LOW).cost(usage)


@given(usages, st.lists(st.tuples(tokens, rates), max_size=4, unique_by=lambda step: step[0]))
def test_one_set_of_rates_prices_the_whole_call(usage: Usage, steps: list[tuple[int, Rates]]) -> None:
    above = tuple(sorted(steps, key=lambda step: step[0]))
    crossed = [rates for threshold, rates in above if usage.prompt > threshold]
    assert Tariff(LOW, above).cost(usage) == Tariff([LOW, *crossed][-1]).cost(usage)


@pytest.mark.parametrize(
    "usage",
    [
        Usage(input=-1, output=5),
        Usage(input=10, output=-1),
        Usage(cache_read=-1),
        Usage(cache_write=-1),
        Usage(cache_write=5, cache_write_1h=6),
        Usage(cache_write=5, cache_write_1h=-1),
        Usage(input=2**54),
        Usage(output=10**400),
    ],
)
def test_counts_that_cannot_be_have_no_cost(usage: Usage) -> None:
    assert TARIFF.cost(usage) is None


def test_a_sum_that_no_float_holds_is_no_cost() -> None:
    assert Tariff(Rates(1e308, 1e308, 0.0, 0.0, 0.0)).cost(Usage(input=2**53, output=1)) is None


@given(st.builds(Usage, *[st.integers() for _ in range(8)]), rates)
def test_no_usage_whatever_makes_a_negative_or_infinite_cost(usage: Usage, base: Rates) -> None:
    cost = Tariff(base, ((200_000, HIGH),)).cost(usage)
    if cost is not None:
        assert 0.0 <= cost.total < inf
        assert all(0.0 <= part < inf for part in cost.split.values())
