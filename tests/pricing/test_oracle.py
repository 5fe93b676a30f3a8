"""What calls cost, by us and by LiteLLM itself: the same to 1e-12, but where we mean to differ.

This is a sample of `python -m tests.pricing.sweep`, which prices many calls of every row.
"""

from __future__ import annotations

import json
import re
from math import isclose
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from shipper.pricing import PriceBook, Pricer, PriceTable, bundled_snapshot
from shipper.records import Billing, Cost
from tests.pricing.oracle import Oracle
from tests.pricing.random_tokens import Row
from tests.pricing.sweep import Case, compare, pricer, rows, told
from tests.pricing.usages import START, billing, billings, called_by, mode_of

GOLDEN = Path(__file__).parents[1] / "golden"
ROWS = rows()
ODD_PARTS = ("perplexity", "fireworks_ai")
# LiteLLM's parts of a cost, and our keys of `costDetails` that are in each.
PARTS = {
    "input_cost": "input.*|cache_.*",
    "output_cost": "output.*",
    "cache_read_cost": "cache_read_input_tokens",
    "cache_creation_cost": "cache_creation_input_tokens",
    "reasoning_cost": "output_reasoning_tokens",
    "cost_for_built_in_tools_cost_usd_dollar": "web_search|file_search|code_interpreter|google_maps",
}
AGREED = ("equal", "nobody knows")
ODD_PARTS = ("perplexity", "fireworks_ai")
# LiteLLM's parts of a cost, and our keys of `costDetails` that are in each.
PARTS = {
    "input_cost": "input.*|cache_.*",
    "output_cost": "output.*",
    "cache_read_cost": "cache_read_input_tokens",
    "cache_creation_cost": "cache_creation_input_tokens",
    "reasoning_cost": "output_reasoning_tokens",
    "cost_for_built_in_tools_cost_usd_dollar": "web_search|file_search|code_interpreter|google_maps",
}
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
    return [told(case) for case in cases if case.outcome in ("disagreement", "not priced yet")]


def test_nearly_all_rows_of_the_map_are_compared() -> None:
    assert len(ROWS) > 4300


@pytest.fixture(scope="module")
def one_of_each(oracle: Oracle, ours: Pricer) -> list[Case]:
    """A call of every row."""
    return list(compare(ours, oracle, ((name, row, billing(name, row, Random(name))) for name, row in ROWS.items())))


def test_a_call_of_every_row_costs_what_litellm_says(one_of_each: list[Case]) -> None:
    assert _wrong(one_of_each) == []
    agreed = sum(case.outcome in AGREED for case in one_of_each)
    assert agreed > 0.9 * len(one_of_each), "what we mean to do otherwise must stay the exception"


def test_the_split_is_litellms_own_taken_apart(one_of_each: list[Case]) -> None:
    compared = [case for case in one_of_each if _has_parts(case)]
    assert len(compared) > 2500
    for case in compared:
        assert isinstance(case.ours, Cost)
        for (part, keys), said in zip(PARTS.items(), map(case.theirs.parts.get, PARTS), strict=True):
            shown = sum(usd for key, usd in case.ours.split.items() if re.fullmatch(keys, key))
            assert isclose(shown, said or 0.0, rel_tol=1e-12, abs_tol=1e-18), f"{part} {said!r}: {told(case)}"


def _has_parts(case: Case) -> bool:
    """Whether LiteLLM's breakdown is right in itself.

    It is not for batches (parts at standard prices), Perplexity (searches in the output) and Fireworks (cache reads at
    half the price in the breakdown alone, and nothing for size classes).
    """
    batch = case.billing.terms is not None and case.billing.terms.batch
    by_token = mode_of(case.row) in ("chat", "completion", "responses", "embedding")
    return case.outcome == "equal" and by_token and not batch and case.billing.provider not in ODD_PARTS


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
