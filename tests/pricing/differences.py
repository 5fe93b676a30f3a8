"""Where we mean to differ from LiteLLM: a closed list, each with what it is about and why.

A case that is none of these and not equal is a mistake, of ours or of the list. Most say how LiteLLM sees the call:
then the case is one of them only if our own engine, made to see it so, comes to LiteLLM's cost.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from itertools import chain, combinations
from math import isclose
from typing import NamedTuple

from msgspec.structs import replace

from shipper.pricing import PriceBook, Pricer, PriceTable, PricingSettings, bundled_snapshot
from shipper.records import Billing, Cost, Terms, Units, UnknownCost
from tests.pricing.oracle import Verdict
from tests.pricing.random_tokens import Row
from tests.pricing.usages import mode_of

EQUAL = 1e-12  # relative

_NO_PIECES = Units.__struct_fields__[: Units.__struct_fields__.index("queries")]  # tokens and tools

_SNAPSHOT, _DAY = bundled_snapshot()
# What a code interpreter costs stands in rows of its own.
_CONTAINERS = {name: row for name, row in json.loads(_SNAPSHOT).items() if name.endswith("/container")}
_NO_TERMS = Terms()
_NO_UNITS = Units()
_PERPLEXITY = re.compile(
    r"(input|output|citation)_cost_per_(token|reasoning_token)|litellm_provider|mode|search.*|web.*"
)


class Difference(NamedTuple):
    """`holds` says which calls it is about; `as_theirs` shows row and call as LiteLLM takes them."""

    name: str
    reason: str
    holds: Callable[[Row, Billing, Cost | UnknownCost, Verdict], bool]
    as_theirs: Callable[[Row, Billing], tuple[Row, Billing]] | None = None


def difference(name: str, row: Row, call: Billing, ours: Cost | UnknownCost, theirs: Verdict) -> str:
    """The name of the difference that a case is (joined by " + " where it is several at once), or ""."""
    if UNKNOWN.holds(row, call, ours, theirs):
        return UNKNOWN.name
    known = [one for one in DIFFERENCES if one.holds(row, call, ours, theirs)]
    seen = [one for one in known if one.as_theirs is not None] if theirs.cost is not None else []
    for some in chain.from_iterable(combinations(seen, count) for count in range(1, len(seen) + 1)):
        if isclose(_seen(some, name, row, call), theirs.cost or 0.0, rel_tol=EQUAL):
            return " + ".join(one.name for one in some)
    return next((one.name for one in known if one.as_theirs is None), "")


def _seen(differences: Iterable[Difference], name: str, row: Row, call: Billing) -> float:
    """Our cost of the call as LiteLLM sees it. What LiteLLM does not know, it calls 0."""
    for one in differences:
        assert one.as_theirs is not None
        row, call = one.as_theirs(row, call)
    cost = alone(name, row).price(call)
    return cost.total if isinstance(cost, Cost) else 0.0


def alone(name: str, row: Row) -> Pricer:
    """A pricer that knows one row, and what containers cost."""
    rows = {name: row, **_CONTAINERS, "a table has a price by the token": {"input_cost_per_token": 1.0}}
    return Pricer(PricingSettings(), PriceBook.of(PriceTable.load(json.dumps(rows).encode(), _DAY)))


def _terms(call: Billing) -> Terms:
    return call.terms or _NO_TERMS


def _units(call: Billing) -> Units:
    return _NO_UNITS if call.usage is None or call.usage.other is None else call.usage.other


def _without(*patterns: str) -> Callable[[Row, Billing], tuple[Row, Billing]]:
    """LiteLLM does not look at the keys that match."""
    hidden = re.compile("|".join(patterns))
    return lambda row, call: ({key: value for key, value in row.items() if not hidden.fullmatch(key)}, call)


def _standard_tier(row: Row, call: Billing) -> tuple[Row, Billing]:
    return row, replace(call, terms=replace(_terms(call), tier=None))


def _perplexity(row: Row, call: Billing) -> tuple[Row, Billing]:
    return {key: value for key, value in row.items() if _PERPLEXITY.fullmatch(key)}, call


def _free_reads(row: Row, call: Billing) -> tuple[Row, Billing]:
    own = {key: value for key, value in row.items() if not key.endswith("_batches")}
    return {**own, "cache_read_input_token_cost": 0.0}, call


def _reads_free_in_a_batch(row: Row, call: Billing) -> bool:
    priced = "cache_read_input_token_cost" in row or "cache_read_input_token_cost_batches" in row
    return _terms(call).batch and not priced and call.usage is not None and call.usage.cache_read > 0


def _no_input_images(row: Row, call: Billing) -> tuple[Row, Billing]:
    return row, _using(call, images_input=0)


def _free_parts(row: Row, call: Billing) -> tuple[Row, Billing]:
    return {"input_cost_per_token": 0.0, "output_cost_per_token": 0.0, **row}, call


def _tokens_alone(row: Row, call: Billing) -> tuple[Row, Billing]:
    if call.usage is None or call.usage.other is None:
        return _without(".*per_second", ".*_per_request")(row, call)
    kept = {name: getattr(_units(call), name) for name in _NO_PIECES}
    return _without(".*per_second", ".*_per_request")(
        row, replace(call, usage=replace(call.usage, other=Units(**kept)))
    )


def _one_tool(row: Row, call: Billing) -> tuple[Row, Billing]:
    """The first of web search, file search (once) and Azure's code interpreter."""
    used = _units(call)
    file = min(used.file_searches, 1) if not used.web_searches else 0
    code = used.code_sessions if call.provider == "azure" and not (used.web_searches or file) else 0
    return row, _using(call, file_searches=file, code_sessions=code)


def _using(call: Billing, **units: int) -> Billing:
    """The call with other numbers of some units."""
    assert call.usage is not None
    return replace(call, usage=replace(call.usage, other=replace(_units(call), **units)))


UNKNOWN = Difference(
    "unknown is not free",
    "LiteLLM says 0 where the row has no price for what was used; nobody knows what such a call costs",
    lambda row, call, ours, theirs: isinstance(ours, UnknownCost) and theirs.cost == 0.0,
)
DIFFERENCES = (
    UNKNOWN,
    Difference(
        "fee of a request",
        "LiteLLM does not read input_cost_per_request; the provider bills it",
        lambda row, call, ours, theirs: "input_cost_per_request" in row,
        _without("input_cost_per_request"),
    ),
    Difference(
        "images in the cache",
        "LiteLLM does not read cache_read_input_image_token_cost; the row has the price",
        lambda row, call, ours, theirs: _units(call).cache_read_image > 0,
        _without("cache_read_input_image_token_cost.*"),
    ),
    Difference(
        "tiers of Fireworks",
        "LiteLLM forgets the service tier on the way to its calculator for Fireworks; the row has prices for it",
        lambda row, call, ours, theirs: call.provider == "fireworks_ai" and _terms(call).tier is not None,
        _standard_tier,
    ),
    Difference(
        "Perplexity's other prices",
        "LiteLLM's calculator for Perplexity looks at the base prices alone; the row has more",
        lambda row, call, ours, theirs: call.provider == "perplexity" and not _terms(call).batch,
        _perplexity,
    ),
    Difference(
        "cache reads in a batch",
        "LiteLLM halves the price of cache reads where a row has no batch price, and without any takes them for free",
        lambda row, call, ours, theirs: _reads_free_in_a_batch(row, call),
        _free_reads,
    ),
    Difference(
        "rerank by tokens",
        "LiteLLM counts tokens of rerankers at Jina and Voyage alone; the row has the price",
        lambda row, call, ours, theirs: mode_of(row) == "rerank" and theirs.cost == 0.0 and not _units(call).queries,
    ),
    Difference(
        "images whose tokens nobody counted",
        "LiteLLM pays gpt-image by tokens alone, and says 0 without any; the row of its size has a price per image",
        lambda row, call, ours, theirs: (
            _units(call).images_output > 0 and theirs.cost == 0.0 and call.usage is not None and not call.usage.total
        ),
    ),
    Difference(
        "images that an image model read",
        "LiteLLM counts them at DashScope alone; the row has the price",
        lambda row, call, ours, theirs: mode_of(row).startswith("image") and _units(call).images_input > 0,
        _no_input_images,
    ),
    Difference(
        "a part without a price",
        "LiteLLM takes it for free and counts the others; nobody knows what the whole costs",
        lambda row, call, ours, theirs: ours == UnknownCost("unpriced_unit") and bool(theirs.cost),
        _free_parts,
    ),
    Difference(
        "pieces in a batch",
        "LiteLLM's calculator for batches knows tokens alone (and pages); the row prices more",
        lambda row, call, ours, theirs: _terms(call).batch,
        _tokens_alone,
    ),
    Difference(
        "place and speed of a batch",
        "LiteLLM's calculator for batches does not look at them; Anthropic's factors are for all prices",
        lambda row, call, ours, theirs: _terms(call).batch,
        lambda row, call: (row, replace(call, terms=replace(_terms(call), geo=None, speed=None))),
    ),
    Difference(
        "one tool in a call",
        "LiteLLM bills the first of web search, file search and code interpreter; file searches once, however many "
        "there were; and code interpreters at Azure alone",
        lambda row, call, ours, theirs: _units(call).file_searches + _units(call).code_sessions > 0,
        _one_tool,
    ),
    Difference(
        "a model that is not found in a batch",
        "LiteLLM looks it up by other rules than elsewhere (no size classes, another provider's), and says 0",
        lambda row, call, ours, theirs: _terms(call).batch and isinstance(ours, Cost) and theirs.cost == 0.0,
    ),
    Difference(
        "a price of 0 beside others",
        "LiteLLM counts tokens at 0 where the row's price is by the piece; we count the pieces",
        lambda row, call, ours, theirs: theirs.cost == 0.0 and row.get("input_cost_per_token") == 0,
    ),
    Difference(
        "LiteLLM raises",
        "it finds no way to its own row: images at Bedrock by steps, Stability's edits, tokens of images that are made "
        "elsewhere than at OpenAI or Google",
        lambda row, call, ours, theirs: (
            isinstance(ours, Cost) and theirs.is_unmapped and mode_of(row).startswith("image")
        ),
    ),
)
