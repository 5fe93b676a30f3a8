"""The reasons for a cost: what is told is what was decided."""

from __future__ import annotations

import json
from math import isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shipper.pricing import PriceBook, Pricer, PriceTable, PricingSettings
from shipper.pricing.explain import explain, told
from shipper.records import Billing, Cost, Units, UnknownCost, Usage
from tests.pricing.billings import DAY, billing

CHAT = {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}
BOOK = PriceBook.of(PriceTable.load(json.dumps({"paid": CHAT}).encode(), DAY))
RECORD = Pricer(PricingSettings(), BOOK)
FROM_TABLE = Pricer(PricingSettings(prefer="table"), BOOK)

counts = st.integers(0, 10**6)
calls = st.builds(
    lambda model, usage, recorded, hit, failed: replace(
        billing(model), usage=usage, recorded_cost=recorded, cache_hit=hit, failed=failed
    ),
    st.sampled_from(["paid", "unheard-of", ""]),
    st.none() | st.builds(Usage, *[counts] * 2, other=st.none() | st.builds(Units, reasoning=counts)),
    st.none() | st.floats(0, 1) | st.floats(),
    st.booleans(),
    st.booleans(),
)


@given(calls, st.sampled_from([RECORD, FROM_TABLE]))
def test_it_explains_the_cost_that_the_pricer_gives(call: Billing, pricer: Pricer) -> None:
    explanation = explain(pricer, call)
    cost = pricer.price(call)
    assert explanation.cost == cost
    lines = list(told(explanation))
    last = next(line for line in lines if line.startswith("cost"))
    assert ("unknown" in last) is isinstance(cost, UnknownCost)
    if isinstance(cost, Cost) and "the price table's" in last:
        assert isclose(sum(line.usd for line in explanation.lines), cost.total, rel_tol=1e-12)
    if isinstance(cost, Cost) and "the record's own" in last:
        assert cost.total == call.recorded_cost


@pytest.mark.parametrize(
    ("pricer", "call", "reason"),
    [
        (RECORD, billing("paid"), "the price table's"),
        (RECORD, billing("paid", recorded=0.5), "the record's own; the price table gives $0.00012"),
        (RECORD, billing("paid", recorded=0.00012), "the record's own, and the price table gives the same"),
        (RECORD, billing("unheard-of", recorded=0.5), "the record's own, the price table does not know it"),
        (FROM_TABLE, billing("paid", recorded=0.5), "the price table's (pricing.prefer = table)"),
        (RECORD, billing("paid", cache_hit=True), "a cache hit, no provider was called"),
        (RECORD, billing("paid", usage=None), "unknown: nobody counted what the call used"),
        (RECORD, billing(), "unknown: the call names no model"),
        (RECORD, billing("unheard-of"), "unknown: no price table knows the model at this provider"),
    ],
)
def test_each_decision_has_its_reason(pricer: Pricer, call: Billing, reason: str) -> None:
    assert next(line for line in told(explain(pricer, call)) if line.startswith("cost")).endswith(reason)
