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

from shipper.pricing import PriceBook, Pricer, PriceTable, bundled_snapshot
from shipper.records import Billing
from tests.pricing.oracle import Oracle
from tests.pricing.random_tokens import Row
from tests.pricing.sweep import Case, compare, pricer, rows, told
from tests.pricing.usages import START, billing, billings, called_by

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


@settings(max_examples=800, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(call=billings(ROWS.items()))
def test_any_call_costs_what_litellm_says(oracle: Oracle, ours: Pricer, call: tuple[str, Billing]) -> None:
    name, billing = call
    assert _wrong(list(compare(ours, oracle, [(name, ROWS[name], billing)]))) == []


ALL_ROWS: dict[str, Row] = json.loads(bundled_snapshot()[0])
# Where LiteLLM takes another row than ours, or none, by intent: how a call was named, and whose row it is.
OTHER_ROWS = {
    ("with its provider", "perplexity"),  # perplexity/perplexity/sonar is a row, and also perplexity/sonar said twice
    ("in capitals", "lemonade"),  # LiteLLM takes any model there for a free one
    ("in capitals", "scaledown"),  # LiteLLM asks the provider's own list, which knows no capitals
    ("without a provider", "ai21"),  # LiteLLM knows the provider only by a name of the model that it no longer has
    ("without a provider", "azure_text"),
    ("without a provider", "azure"),
}


def _named(name: str, row: Row) -> dict[str, tuple[str, str]]:
    """Provider and model as records name them."""
    called = called_by(name, row)
    model = name.removeprefix(f"{called.provider}/")
    names = {
        "plainly": (called.provider, model),
        "with its provider": (called.provider, f"{called.provider}/{model}"),
        "in capitals": (called.provider, model.upper()),
        "without a provider": ("", name),
    }
    if called.provider == "bedrock":
        names["with a region"] = ("bedrock", f"us.{model}")
        names["with a region's endpoint"] = ("bedrock", f"eu-west-1/{model}")
    return names


def test_a_name_finds_the_row_that_litellm_takes(oracle: Oracle) -> None:
    asked = [(name, how, *said) for name, row in ALL_ROWS.items() for how, said in _named(name, row).items()]
    answers = oracle.ask({"ask": "row", "provider": provider or None, "model": model} for *_, provider, model in asked)
    book = PriceBook.of(PriceTable.load(*bundled_snapshot()))
    for (name, how, provider, model), answer in zip(asked, answers, strict=True):
        # A row that is not in the map has no price: LiteLLM makes it up of what it knows of models with such a name.
        theirs = ALL_ROWS.get(answer.get("row", ""))
        found = book.find(provider, model, START, None, None)
        if (how, ALL_ROWS[name]["litellm_provider"]) not in OTHER_ROWS:
            assert (found and found.row) == theirs, f"{name} called {how} ({provider} {model}): {found}, {answer}"


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
