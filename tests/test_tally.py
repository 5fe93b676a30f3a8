"""What is summed of the records that pass."""

from __future__ import annotations

from datetime import UTC, datetime
from math import inf, nan

import pytest

from shipper.records import Billing, CallRecord, Cost, Observation, Trace, UnknownCost, Usage
from shipper.tally import Tally

AT = datetime(2026, 5, 1, tzinfo=UTC)


def call(
    model: str | None = "gpt-x",
    usage: Usage | None = None,
    failed: bool = False,
    repairs: tuple[str, ...] = (),
    recorded: float | None = None,
    provider: str = "",
    team: str | None = None,
) -> CallRecord:
    """A call as the stages hand it over."""
    return CallRecord(
        "plain",
        Trace("t"),
        Observation("o", "generation", AT, model=model),
        Billing((), provider, AT, usage, recorded, failed=failed, team=team),
        repairs=repairs,
    )


def test_costs_are_summed_by_model_provider_and_team() -> None:
    tally = Tally()
    for model, team, usd in [("a", "x", 0.25), ("b", "x", 1.0), ("a", "x", 0.5), ("a", None, 2.0), ("free", "x", 0.0)]:
        tally.add(call(model, provider="openai", team=team), Cost(usd))

    assert tally.cost_usd == {
        ("a", "openai", "x"): 0.75,
        ("b", "openai", "x"): 1.0,
        ("a", "openai", None): 2.0,
        ("free", "openai", "x"): 0.0,
    }
    assert tally.unpriced == {}


def test_what_record_and_table_say_is_compared_where_both_know_it() -> None:
    tally = Tally()
    tally.add(call("a", recorded=1.0), Cost(1.0, table=1.25))
    tally.add(call("a", recorded=2.0), Cost(2.5, table=2.5))
    tally.add(call("a", recorded=4.0), Cost(4.0))
    tally.add(call("a"), Cost(8.0, table=8.0))
    tally.add(call("a", recorded=16.0), UnknownCost("no_usage"))

    assert tally.recorded_usd == {"a": 3.0}
    assert tally.table_usd == {"a": 3.75}


@pytest.mark.parametrize("recorded", [-1.0, nan, inf])
def test_a_recorded_cost_that_cannot_be_is_compared_with_nothing(recorded: float) -> None:
    tally = Tally()
    tally.add(call("a", recorded=recorded), Cost(1.0, table=1.0))

    assert tally.recorded_usd == tally.table_usd == {}


def test_a_call_without_a_known_price_is_counted_by_model() -> None:
    tally = Tally()
    tally.add(call("a", Usage(input=1)), UnknownCost("unpriced_model"))
    tally.add(call("a", Usage(input=1)), UnknownCost("unpriced_unit"))
    tally.add(call("b", Usage(input=1), failed=True), UnknownCost("unpriced_model"))

    assert tally.unpriced == {"a": 2, "b": 1}
    assert tally.cost_usd == {}


def test_a_call_whose_tokens_nobody_counted_is_unpriced() -> None:
    """A stream without usage cost something: nobody knows how much."""
    tally = Tally()
    tally.add(call("a"), UnknownCost("no_usage"))

    assert tally.unpriced == {"a": 1}


@pytest.mark.parametrize("nothing_to_bill", [call("a", failed=True), call("a", Usage(), failed=True), call(None)])
def test_what_used_nothing_lacks_no_price(nothing_to_bill: CallRecord) -> None:
    """A refused call and a step without a model are no reason for an alarm."""
    tally = Tally()
    tally.add(nothing_to_bill, UnknownCost("no_usage"))

    assert tally.unpriced == {}


def test_a_call_without_a_model_counts_too() -> None:
    tally = Tally()
    tally.add(call(None), Cost(1.0))
    tally.add(call(None, Usage(input=1)), UnknownCost("no_model"))

    assert tally.cost_usd == {(None, "", None): 1.0}
    assert tally.unpriced == {None: 1}


def test_repairs_are_counted_by_kind_whatever_the_call_cost() -> None:
    tally = Tally()
    tally.add(call(repairs=("end_time", "cost")), Cost(1.0))
    tally.add(call(repairs=("cost",)), UnknownCost("no_usage"))

    assert tally.repairs == {"end_time": 1, "cost": 2}
