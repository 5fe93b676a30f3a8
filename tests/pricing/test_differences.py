"""Where a cost is meant to be another than LiteLLM's: LiteLLM's value beside ours, for one call of each kind."""

from __future__ import annotations

from datetime import timedelta
from math import isclose
from pathlib import Path
from typing import NamedTuple

import pytest
from msgspec.structs import replace

from shipper.records import Billing, Cost, Terms, Units, Usage
from tests.pricing.differences import DIFFERENCES, EQUAL
from tests.pricing.oracle import Oracle
from tests.pricing.questions import question
from tests.pricing.sweep import compare, pricer, rows
from tests.pricing.usages import START, called_by

ROWS = rows()
SHORT = Usage(1000, 100, prompt=1000, completion=100)
CACHED = Usage(1000, 100, 1000, prompt=2000, completion=100)


class Example(NamedTuple):
    """A call of a row, what it costs here (None: nobody knows) and what LiteLLM says (None: it raises), in USD."""

    difference: str
    row: str
    usage: Usage
    terms: Terms | None
    ours: float | None
    theirs: float | None


def _pieces(**units: int) -> Usage:
    return Usage(other=Units(**units))


EXAMPLES = (
    Example("unknown is not free", "meta/sam-3.1", SHORT, None, None, 0.0),
    # 1,000 tokens in are free, 100 out cost 0.28 USD a million; each request 0.005 USD.
    Example("fee of a request", "perplexity/sonar-small-online", SHORT, None, 0.005028, 0.000028),
    # 1,000 tokens of an image at 0.5, not at 0.4 USD a million as text.
    Example(
        "images in the cache",
        "gpt-realtime",
        Usage(100, 10, 1000, prompt=1100, completion=10, other=Units(cache_read_image=1000)),
        None,
        0.00106,
        0.00096,
    ),
    Example("tiers of Fireworks", "fireworks_ai/kimi-k2p6", SHORT, Terms(tier="priority"), 0.0021, 0.00135),
    # 1,000 tokens from the cache at 0.3, not at 3 USD a million.
    Example("Perplexity's other prices", "perplexity/anthropic/claude-sonnet-4-5", CACHED, None, 0.0048, 0.0075),
    Example("cache reads in a batch", "together_ai/Qwen/Qwen3.7-Plus", CACHED, Terms(batch=True), 0.000384, 0.000224),
    Example("rerank by tokens", "together_ai/Salesforce/Llama-Rank-V1", Usage(1000, prompt=1000), None, 0.0001, 0.0),
    Example(
        "images whose tokens nobody counted",
        "azure/low/1024-x-1024/gpt-image-1-mini",
        _pieces(images_output=2),
        Terms(size="1024x1024", quality="low"),
        0.004352,
        0.0,
    ),
    Example(
        "images that an image model read",
        "runwayml/gen4_image_turbo",
        _pieces(images_output=1, images_input=2),
        None,
        0.06,
        0.02,
    ),
    # The row has no price for the 1,000 tokens that it read.
    Example("a part without a price", "twelvelabs.pegasus-1-2-v1:0", SHORT, None, None, 0.00075),
    Example(
        "pieces in a batch",
        "amazon.nova-2-multimodal-embeddings-v1:0",
        Usage(1000, prompt=1000, other=Units(images_input=10)),
        Terms(batch=True),
        0.0006675,
        0.0000675,
    ),
    Example(
        "place and speed of a batch",
        "claude-haiku-5-5",
        SHORT,
        Terms(batch=True, geo="us"),
        0.0000825,
        0.000075,
    ),
    # Beside 0.048 USD for tokens and 0.02 for two web searches: three of a file and one session, 0.0375 USD.
    Example(
        "one tool in a call",
        "gpt-5.4-pro",
        Usage(1000, 100, prompt=1000, completion=100, other=Units(web_searches=2, file_searches=3, code_sessions=1)),
        None,
        0.1055,
        0.068,
    ),
    Example("a model that is not found in a batch", "jamba-1.5", SHORT, Terms(batch=True), 0.00012, 0.0),
    Example(
        "a price of 0 beside others",
        "gemini-2.0-flash-exp-image-generation",
        Usage(100, prompt=100, completion=1290, other=Units(image_output=1290, images_output=1)),
        None,
        0.039,
        0.0,
    ),
    Example(
        "LiteLLM raises",
        "fireworks_ai/accounts/fireworks/models/flux-kontext-pro",
        Usage(100, prompt=100, completion=1000, other=Units(image_output=1000, images_output=1)),
        None,
        0.000044,
        None,
    ),
)


def _call(example: Example) -> Billing:
    called = called_by(example.row, ROWS[example.row])
    return Billing((called.model,), called.provider, START, example.usage, None, terms=example.terms, end=START)


def _same(cost: float | None, expected: float | None) -> bool:
    return cost == expected or (cost is not None and expected is not None and isclose(cost, expected, rel_tol=EQUAL))


@pytest.mark.parametrize("example", EXAMPLES, ids=[example.difference for example in EXAMPLES])
def test_our_cost_is_another_than_litellms(example: Example, oracle: Oracle) -> None:
    [case] = compare(pricer(), oracle, [(example.row, ROWS[example.row], _call(example))])
    assert case.outcome == example.difference
    assert _same(case.ours.total if isinstance(case.ours, Cost) else None, example.ours)
    assert _same(case.theirs.cost, example.theirs)


def test_every_difference_has_an_example() -> None:
    assert [example.difference for example in EXAMPLES] == [known.name for known in DIFFERENCES]


def test_a_replay_costs_what_the_call_did_where_litellm_looks_at_its_clock(oracle: Oracle) -> None:
    name = next(name for name, row in ROWS.items() if row.get("off_peak_pricing") and row["mode"] == "chat")
    row = ROWS[name]
    call = Billing((called_by(name, row).model,), called_by(name, row).provider, START, SHORT, None)
    hours = [START + timedelta(hours=hour) for hour in range(24)]
    later = oracle.price({**question(row, call), "at": at.isoformat()} for at in hours)
    assert len({verdict.cost for verdict in later}) == 2, "the hour of the calculation decides at LiteLLM"
    ours = [pricer().price(replace(call, start=at)) for at in hours]
    assert [cost.total for cost in ours if isinstance(cost, Cost)] == [verdict.cost for verdict in later]


def test_the_operators_page_lists_every_difference_with_its_reason() -> None:
    page = (Path(__file__).parents[2] / "deploy" / "docs" / "pricing.md").read_text()
    for one in DIFFERENCES:
        assert f"| {one.name} | {one.reason} |" in page
