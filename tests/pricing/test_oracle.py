"""What calls cost, by us and by LiteLLM itself: the same to 1e-12, but where we mean to differ.

This is a sample of `python -m tests.pricing.sweep`, which prices many calls of every row.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from shipper.pricing import Pricer
from shipper.records import Billing
from tests.pricing.oracle import Oracle
from tests.pricing.random_tokens import Row
from tests.pricing.sweep import Case, compare, pricer, rows, told
from tests.pricing.usages import billing, billings

GOLDEN = Path(__file__).parents[1] / "golden"
ROWS = rows()
AGREED = ("equal", "nobody knows")
# Rows of which the engine does not know every price yet.
NOT_YET = re.compile(
    r"vertex_ai/lyria-.*"  # a piece of music at output_cost_per_image
    r"|\d+-x-\d+/50-steps/stability\..*"  # images by the steps it took to draw them
    r"|exa_ai/search"  # more results than the highest of its tiers
)


@pytest.fixture(scope="module")
def ours() -> Pricer:
    return pricer()


def _wrong(cases: list[Case]) -> list[str]:
    return [
        told(case)
        for case in cases
        if case.outcome == "disagreement" or (case.outcome == "not priced yet" and not NOT_YET.fullmatch(case.name))
    ]


def test_nearly_all_rows_of_the_map_are_compared() -> None:
    assert len(ROWS) > 4300


def test_a_call_of_every_row_costs_what_litellm_says(oracle: Oracle, ours: Pricer) -> None:
    cases = list(compare(ours, oracle, ((name, row, billing(name, row, Random(name))) for name, row in ROWS.items())))
    assert _wrong(cases) == []
    agreed = sum(case.outcome in AGREED for case in cases)
    assert agreed > 0.9 * len(cases), "what we mean to do otherwise must stay the exception"


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(call=billings(ROWS.items()))
def test_any_call_costs_what_litellm_says(oracle: Oracle, ours: Pricer, call: tuple[str, Billing]) -> None:
    name, billing = call
    assert _wrong(list(compare(ours, oracle, [(name, ROWS[name], billing)]))) == []


def _recorded() -> list[Any]:
    """LiteLLM's recorded calls that it priced by tokens."""
    return [
        pytest.param(payload, id=f"{path.stem}-{index}")
        for path in sorted(GOLDEN.glob("*.json"))
        for index, record in enumerate(json.loads(path.read_bytes())["records"])
        if (payload := record["standard_logging_object"])["response_cost"]
        and payload["call_type"] in ("completion", "acompletion")
        and (payload["metadata"].get("usage_object") or {}).get("prompt_tokens")
        and "custom_pricing" not in path.stem
    ]


@pytest.mark.parametrize("payload", _recorded())
def test_the_oracle_says_what_litellm_recorded(oracle: Oracle, payload: Row) -> None:
    asked = {
        "provider": payload["custom_llm_provider"],
        "model": payload["model"],
        "shape": "chat",
        "call_type": "completion",
        "at": "2026-11-30T12:00:00+00:00",
        "usage": payload["metadata"]["usage_object"],
    }
    assert oracle.price([asked])[0].cost == payload["response_cost"]
