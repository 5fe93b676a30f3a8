"""Says why a call costs what it costs: the calculation line by line, and which cost counts.

The rule: it explains what `Pricer.price` decided and decides nothing itself; every line is one that was added up.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, isclose

from msgspec import Struct

from shipper.pricing.lines import Line
from shipper.pricing.look_up import Priced
from shipper.pricing.pricer import Pricer
from shipper.records import Billing, Cost, UnknownCost

_UNKNOWN = {
    "no_usage": "nobody counted what the call used",
    "no_model": "the call names no model",
    "unpriced_model": "no price table knows the model at this provider",
    "unpriced_unit": "the call used something that the model's row has no price for",
}


class Explanation(Struct, frozen=True):
    """One call's cost and its reasons; `priced` and `lines` are what the price book says, where it knows the call."""

    billing: Billing
    cost: Cost | UnknownCost
    priced: Priced | None
    lines: tuple[Line, ...]


def explain(pricer: Pricer, billing: Billing) -> Explanation:
    """What `pricer` says of a call, with the calculation. Never raises."""
    found = pricer.look_up(billing)
    priced = found if isinstance(found, Priced) else None
    lines = None
    if priced is not None and billing.usage is not None:
        lines = priced.tariff.lines(billing.usage, billing.start, billing.end)
        if lines is None and priced.otherwise is not None:
            priced = priced.otherwise
            lines = priced.tariff.lines(billing.usage, billing.start, billing.end)
    return Explanation(billing, pricer.price(billing), priced, tuple(lines or ()))


def told(explanation: Explanation) -> Iterator[str]:
    """The explanation as lines of text: names, units, prices, and rules; no prompt and no answer."""
    billing, cost, priced = explanation.billing, explanation.cost, explanation.priced
    yield f"model     {', '.join(billing.models) or '-'}{f' at {billing.provider}' if billing.provider else ''}"
    yield f"time      {billing.start.isoformat()}"
    if priced is not None:
        yield f"prices    {priced.name}, from {priced.source}"
        yield from _table(explanation.lines)
        yield from _adjusted(explanation)
    if billing.recorded_cost is not None:
        usable = "" if _is_cost(billing.recorded_cost) else ", which is no cost"
        yield f"record    ${billing.recorded_cost:.12g}{usable}"
    if isinstance(cost, Cost):
        yield f"cost      ${cost.total:.12g}: {_why(billing, cost)}"
        for key, usd in cost.split.items():
            yield f"          {key:<30} ${usd:.12g}"
    else:
        yield f"cost      unknown: {_UNKNOWN[cost.why]}"


def _table(lines: tuple[Line, ...]) -> Iterator[str]:
    for line in lines:
        yield (
            f"          {line.bucket:<18} {line.units:>12g} x ${line.price.usd:<12.9g} = ${line.usd:<14.12g}"
            f" {line.price.rule}"
        )


def _adjusted(explanation: Explanation) -> Iterator[str]:
    adjustment = explanation.priced and explanation.priced.adjustment
    if adjustment and explanation.lines:
        if adjustment.discount:
            yield f"discount  {adjustment.discount:.6g} of the sum"
        if adjustment.margin or adjustment.margin_fixed_usd:
            yield f"margin    {adjustment.margin:.6g} of what is left, and ${adjustment.margin_fixed_usd:.12g} a call"


def _why(billing: Billing, cost: Cost) -> str:
    if billing.cache_hit:
        return "a cache hit, no provider was called"
    recorded = billing.recorded_cost
    if recorded is None or not _is_cost(recorded):
        return "the price table's"
    if cost.table is None:
        return "the record's own, the price table does not know it"
    if cost.total != recorded:
        return "the price table's (pricing.prefer = table)"
    if isclose(recorded, cost.table, rel_tol=1e-9):
        return "the record's own, and the price table gives the same"
    return f"the record's own; the price table gives ${cost.table:.12g}"


def _is_cost(recorded: float) -> bool:
    return 0.0 <= recorded < inf
