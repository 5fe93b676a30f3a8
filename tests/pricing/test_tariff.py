"""The arithmetic: thresholds, pieces beside tokens, and sums that hold for every usage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import inf, isclose
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shipper.pricing.lines import KEYS, Price, total
from shipper.pricing.off_peak import OffPeak, Window
from shipper.pricing.tariff import Rates, Step, Tariff
from shipper.records import Cost, Units, Usage

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
LOW = Rates(input=3e-06, output=1.5e-05, cache_read=3e-07, cache_write=3.75e-06, cache_write_1h=6e-06)
HIGH = Rates(input=6e-06, output=2.25e-05, cache_read=6e-07, cache_write=7.5e-06, cache_write_1h=1.2e-05)
OTHER = {
    "cache_write_12h": 7e-06,
    "audio_input": 1e-05,
    "image_input": 2e-06,
    "video_input": 2.5e-06,
    "cache_read_audio": 4e-07,
    "cache_read_image": 5e-07,
    "audio_output": 8e-05,
    "reasoning": 1.6e-05,
    "image_output": 4e-05,
    "video_output": 5e-05,
    "citations": 2e-06,
}


def _step(above: int, rates: Rates, **other: float) -> Step:
    named = {name: getattr(rates, name) for name in Rates.__struct_fields__} | other
    return Step.of(above, {bucket: Price(usd, bucket) for bucket, usd in named.items()})


def _tariff(*steps: Step) -> Tariff:
    return Tariff(steps, by_tokens=True)


BASE = _tariff(_step(0, LOW))
TARIFF = _tariff(_step(0, LOW), _step(200_000, HIGH))
MODAL = _tariff(_step(0, LOW, **OTHER))

prices = st.floats(min_value=0.0, max_value=1e6)
rates = st.builds(Rates, prices, prices, prices, prices, prices)
tokens = st.integers(min_value=0, max_value=10**7)


def _usage(fresh: int, output: int, read: int, write_5m: int, write_1h: int, other: Units | None = None) -> Usage:
    write = write_5m + write_1h
    return Usage(fresh, output, read, write, write_1h, fresh + read + write, output, other)


usages = st.builds(_usage, tokens, tokens, tokens, tokens, tokens)
token_units = st.builds(Units, *[tokens] * 7)


def _cost(tariff: Tariff, usage: Usage, end: datetime | None = None) -> Cost:
    cost = tariff.cost(usage, START, end)
    assert cost is not None
    return cost


@given(usages, rates)
def test_the_split_adds_up_to_the_total(usage: Usage, base: Rates) -> None:
    cost = _cost(_tariff(_step(0, base)), usage)
    summed = 0.0
    for part in cost.split.values():
        assert 0.0 <= part < inf
        summed += part
    assert summed == cost.total


@given(usages)
def test_each_bucket_costs_its_tokens_times_its_rate(usage: Usage) -> None:
    expected = {
        "input": usage.input * 3e-06,
        "cache_read_input_tokens": usage.cache_read * 3e-07,
        "cache_creation_input_tokens": (usage.cache_write - usage.cache_write_1h) * 3.75e-06
        + usage.cache_write_1h * 6e-06,
        "output": usage.output * 1.5e-05,
    }
    assert _cost(BASE, usage).split == {key: value for key, value in expected.items() if value}


@given(usages, st.none() | token_units)
def test_the_short_way_and_the_calculation_line_by_line_agree_bit_for_bit(usage: Usage, other: Units | None) -> None:
    used = replace(usage, other=other)
    lines = MODAL.lines(used, START)
    assert lines is not None
    assert total(lines) == _cost(MODAL, used)


@given(usages, token_units)
def test_tokens_that_are_no_text_cost_their_own_price(usage: Usage, other: Units) -> None:
    used = replace(usage, other=other)
    cost, text = _cost(MODAL, used), _cost(MODAL, usage)
    extra = {
        KEYS[name]: getattr(other, name) * OTHER[name] for name in Units.__struct_fields__[:7] if getattr(other, name)
    }
    assert cost.split == {**text.split, **extra}
    assert isclose(cost.total, sum(cost.split.values()), rel_tol=1e-12)


def test_parts_of_the_cache_have_prices_of_their_own() -> None:
    other = Units(cache_read_audio=30, cache_read_image=20, cache_write_12h=5)
    cost = _cost(MODAL, Usage(0, 0, 100, 50, 10, 150, 0, other))
    assert cost.split == {
        "cache_read_input_tokens": 50 * 3e-07 + 30 * 4e-07 + 20 * 5e-07,
        "cache_creation_input_tokens": 35 * 3.75e-06 + 10 * 6e-06 + 5 * 7e-06,
    }


def test_citation_tokens_are_free_where_they_have_no_price() -> None:
    used = Usage(10, prompt=10, other=Units(citations=100))
    assert _cost(BASE, used).split == {"input": 3e-05}
    assert _cost(MODAL, used).split == {"input": 3e-05, "input_citation_tokens": 100 * 2e-06}


def test_a_prompt_at_the_threshold_pays_the_base_rates() -> None:
    usage = _usage(fresh=100_000, output=10, read=50_000, write_5m=25_000, write_1h=25_000)
    assert _cost(TARIFF, usage) == _cost(BASE, usage)


def test_one_token_more_changes_the_price_of_every_token() -> None:
    usage = _usage(fresh=100_001, output=10, read=50_000, write_5m=25_000, write_1h=25_000)
    assert _cost(TARIFF, usage) == _cost(_tariff(_step(0, HIGH)), usage)


def test_the_output_does_not_count_towards_the_threshold() -> None:
    usage = _usage(fresh=1, output=300_000, read=0, write_5m=0, write_1h=0)
    assert _cost(TARIFF, usage) == _cost(BASE, usage)


@given(usages, st.lists(st.tuples(tokens, rates), max_size=4, unique_by=lambda step: step[0]))
def test_one_set_of_rates_prices_the_whole_call(usage: Usage, steps: list[tuple[int, Rates]]) -> None:
    above = sorted(steps, key=lambda step: step[0])
    crossed = [rates for threshold, rates in above if usage.prompt > threshold]
    whole = _tariff(_step(0, LOW), *[_step(*step) for step in above])
    assert _cost(whole, usage) == _cost(_tariff(_step(0, [LOW, *crossed][-1])), usage)


def test_off_peak_prices_hold_by_the_calls_start() -> None:
    hours = OffPeak((Window(0, 6 * 60, frozenset(range(1, 8))),))
    tariff = Tariff((_step(0, HIGH),), off_peak=(hours, (_step(0, LOW),)), by_tokens=True)
    usage = Usage(10, 5, prompt=10)
    assert tariff.cost(usage, START.replace(hour=5)) == _cost(BASE, usage)
    assert tariff.cost(usage, START) == _cost(_tariff(_step(0, HIGH)), usage)


# pieces


def _pieces(*steps: Step, tokens_first: bool = False, **usd: Any) -> Tariff:
    named = {unit: Price(price, unit) for unit, price in usd.items()}
    return Tariff(steps, named, tokens_first=tokens_first, by_tokens=bool(steps))


def test_a_call_that_used_nothing_costs_nothing() -> None:
    assert MODAL.lines(Usage(), START) == []


def test_a_row_without_token_prices_is_paid_by_pieces_alone() -> None:
    used = Usage(100, 10, prompt=100, other=Units(queries=3))
    assert _cost(_pieces(queries=0.002), used) == Cost(0.006, {"input_queries": 0.006})


@pytest.mark.parametrize("usage", [Usage(100, prompt=100), Usage(other=Units(pages=2))])
def test_what_the_row_does_not_price_makes_the_cost_unknown(usage: Usage) -> None:
    assert _pieces(queries=0.002).cost(usage, START) is None


@pytest.mark.parametrize("bucket", ["input", "output", "cache_read", "cache_write"])
def test_tokens_without_a_price_make_the_cost_unknown(bucket: str) -> None:
    priced = {name: Price(1.0, name) for name in Rates.__struct_fields__ if not name.startswith(bucket)}
    tariff = Tariff((Step.of(0, priced),), by_tokens=True)
    counts: dict[str, Any] = {"input": 1, "output": 1, "cache_read": 1, "cache_write": 1}
    assert tariff.cost(Usage(**counts), START) is None
    assert tariff.cost(Usage(**{**counts, bucket: 0}), START) is not None


@pytest.mark.parametrize(
    ("piece", "token"),
    [
        ("characters_input", "input"),
        ("images_input", "input_image_tokens"),
        ("video_input_s", "input_video_tokens"),
        ("audio_input_s", "input_audio_tokens"),
    ],
)
def test_an_input_paid_by_the_piece_is_not_paid_by_its_tokens(piece: str, token: str) -> None:
    units = Units(**dict[str, Any]({piece: 3}), image_input=5, video_input=5, audio_input=5)
    used = Usage(7, prompt=22, other=units)
    split = _cost(_pieces(_step(0, LOW, **OTHER), **dict[str, Any]({piece: 0.5})), used).split
    assert split[KEYS[piece]] == 1.5
    assert token not in split
    assert len(split) == 4


def test_where_only_pieces_of_the_input_have_a_price_its_tokens_are_not_paid_for() -> None:
    step = Step.of(0, {"output": Price(1e-06, "output_cost_per_token")})
    used = Usage(50, 10, prompt=50, other=Units(video_input_s=3.0))
    assert _cost(_pieces(step, video_input_s=0.5), used).split == {"input_video_seconds": 1.5, "output": 10 * 1e-06}
    assert _pieces(step, video_input_s=0.5).cost(Usage(50, 10, prompt=50), START) is None


def test_images_are_paid_by_their_tokens_where_these_have_a_price() -> None:
    used = Usage(10, prompt=10, other=Units(image_output=1000, images_output=2))
    assert _cost(_pieces(_step(0, LOW, **OTHER), images_output=0.04), used).split == {
        "input": 10 * 3e-06,
        "output_image_tokens": 1000 * 4e-05,
    }
    assert _cost(_pieces(images_output=0.04), used).split == {"output_images": 0.08}


def test_sound_is_paid_by_its_tokens_where_a_transcription_counts_both() -> None:
    step, used = _step(0, LOW, **OTHER), Usage(output=9, prompt=50, other=Units(audio_input=50, audio_input_s=18.0))
    by_tokens = _cost(_pieces(step, tokens_first=True, audio_input_s=0.0001), used)
    assert by_tokens.split == {"input_audio_tokens": 50 * 1e-05, "output": 9 * 1.5e-05}
    only_seconds = Usage(other=Units(audio_input_s=18.0))
    assert _cost(_pieces(step, tokens_first=True, audio_input_s=0.0001), only_seconds).total == 18.0 * 0.0001


def test_a_fee_a_request_is_added_to_every_call() -> None:
    tariff = Tariff((_step(0, LOW),), {"requests": Price(0.005, "input_cost_per_request")})
    assert _cost(tariff, Usage(100, prompt=100)).split == {"input": 100 * 3e-06, "input_requests": 0.005}


def test_time_is_paid_from_start_to_end() -> None:
    tariff = _pieces(request_s=0.02)
    assert _cost(tariff, Usage(5, 5, prompt=5), START + timedelta(seconds=1.5)).total == 1.5 * 0.02
    assert tariff.cost(Usage(5, 5, prompt=5), START) is None


def test_the_fees_of_tools_come_beside_the_tokens() -> None:
    fees = {"web_searches": Price(0.01, ""), "map_queries": Price(0.025, ""), "file_searches": Price(0.0025, "")}
    tariff = Tariff((_step(0, LOW),), fees, per_prompt=frozenset({"map_queries"}), by_tokens=True)
    used = Usage(10, prompt=10, other=Units(web_searches=3, map_queries=4, code_sessions=1))
    assert _cost(tariff, used).split == {"input": 10 * 3e-06, "google_maps": 0.025, "web_search": 3 * 0.01}


# whatever the input


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
        Usage(input=1, other=Units(reasoning=-1)),
        Usage(input=1, other=Units(reasoning=2**54)),
        Usage(cache_read=5, other=Units(cache_read_audio=6)),
        Usage(cache_write=5, cache_write_1h=3, other=Units(cache_write_12h=3)),
        Usage(input=1, other=Units(video_input_s=float("nan"))),
    ],
)
def test_counts_that_cannot_be_have_no_cost(usage: Usage) -> None:
    tariff = Tariff((_step(0, LOW, **OTHER),), {"video_input_s": Price(1.0, "")}, by_tokens=True)
    assert tariff.cost(usage, START) is None


def test_a_sum_that_no_float_holds_is_no_cost() -> None:
    dear = _tariff(_step(0, Rates(1e308, 1e308, 0.0, 0.0, 0.0), reasoning=1e308))
    assert dear.cost(Usage(input=2**53, output=1), START) is None
    assert dear.cost(Usage(other=Units(reasoning=2**53)), START) is None


anything = st.builds(
    Units,
    *[st.integers() if kind == "int" else st.floats() for kind in Units.__annotations__.values()],
)


@given(st.builds(Usage, *[st.integers()] * 7, st.none() | anything), rates)
def test_no_usage_whatever_makes_a_negative_or_infinite_cost(usage: Usage, base: Rates) -> None:
    pieces = {name: Price(1.0, name) for name in Units.__struct_fields__[11:]}
    for tariff in (_tariff(_step(0, base, **OTHER), _step(200_000, HIGH)), Tariff((_step(0, base),), pieces)):
        cost = tariff.cost(usage, START)
        if cost is not None:
            assert 0.0 <= cost.total < inf
            assert all(0.0 <= part < inf for part in cost.split.values())
