"""The bill that a provider writes into a call's usage.

Rules: OpenRouter, Perplexity and others write `usage.cost`, a number or an object with `total_cost`, in USD; xAI
`cost_in_usd_ticks` (docs.x.ai, cost tracking: 10^10 ticks are a dollar).
"""

from __future__ import annotations

from math import inf

from shipper.decode.usage_shapes import UsageObject
from shipper.decode.values import to_value

_TICKS_PER_USD = 10_000_000_000


def to_reported_cost(given: UsageObject | None) -> float | None:
    """The provider's bill in USD where there is one above 0; what is 0 may as well be unknown."""
    if given is None or not (given.cost or given.cost_in_usd_ticks):
        return None
    cost = to_value(given.cost) if given.cost else None
    if isinstance(cost, dict):
        cost = cost.get("total_cost")
    if cost is None and given.cost_in_usd_ticks:
        ticks = to_value(given.cost_in_usd_ticks)
        cost = ticks / _TICKS_PER_USD if type(ticks) is int else None
    if not isinstance(cost, int | float) or isinstance(cost, bool) or not 0 < cost < inf:
        return None
    return float(cost)
