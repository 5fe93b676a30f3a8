"""What is summed of the records that pass."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shipper.records import Billing, CallRecord, Cost, Observation, Trace, UnknownCost, Usage
from shipper.tally import Tally

AT = datetime(2026, 5, 1, tzinfo=UTC)


def call(
    model: str | None = "gpt-x", usage: Usage | None = None, failed: bool = False, repairs: tuple[str, ...] = ()
) -> CallRecord:
    """A call as the stages hand it over."""
    return CallRecord(
        "plain",
        Trace("t"),
        Observation("o", "generation", AT, model=model),
        Billing((), "", AT, usage, None, failed=failed),
        repairs=repairs,
    )


def test_costs_are_summed_by_model() -> None:
    tally = Tally()
    for model, usd in [("a", 0.25), ("b", 1.0), ("a", 0.5), ("free", 0.0)]:
        tally.add(call(model), Cost(usd))

    assert tally.cost_usd == {"a": 0.75, "b": 1.0, "free": 0.0}
    assert tally.unpriced == {}


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


def test_a_call_without_a_model_has_a_name_too() -> None:
    tally = Tally()
    tally.add(call(None), Cost(1.0))
    tally.add(call(None, Usage(input=1)), UnknownCost("no_model"))

    assert tally.cost_usd == {"none": 1.0}
    assert tally.unpriced == {"none": 1}


def test_repairs_are_counted_by_kind_whatever_the_call_cost() -> None:
    tally = Tally()
    tally.add(call(repairs=("end_time", "cost")), Cost(1.0))
    tally.add(call(repairs=("cost",)), UnknownCost("no_usage"))

    assert tally.repairs == {"end_time": 1, "cost": 2}
