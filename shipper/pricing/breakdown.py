"""Takes LiteLLM's own calculation apart: a recorded breakdown in, disjoint parts of the recorded cost out.

Rule: a breakdown is used only where its parts add up to the recorded cost; LiteLLM's input cost holds the cost of the
cache and its output cost that of reasoning, which are parts of their own here.
"""

from __future__ import annotations

from math import isclose

from shipper.records import Breakdown

DISCOUNT = "discount"  # the one key whose value is negative
MARGIN = "margin"

_SAME_COST = 1e-9  # relative: what sums in another order may differ by
_DUST = 1e-12  # relative: a difference of two costs this small is none


def split_of(breakdown: Breakdown, total: float) -> dict[str, float]:
    """The parts of `total` (US dollars) by key of `costDetails`; empty where the breakdown does not explain it.

    `discount` is negative, all others are not.
    """
    parts: dict[str, float] = {}
    rest_in, rest_out = breakdown.input_cost or 0.0, breakdown.output_cost or 0.0
    if read := breakdown.cache_read_cost:
        parts["cache_read_input_tokens"], rest_in = read, rest_in - read
    if write := breakdown.cache_creation_cost:
        parts["cache_creation_input_tokens"], rest_in = write, rest_in - write
    if reasoning := breakdown.reasoning_cost:
        parts["output_reasoning_tokens"], rest_out = reasoning, rest_out - reasoning
    parts["input"], parts["output"] = rest_in, rest_out
    if tools := breakdown.tool_usage_cost:
        parts["tools"] = tools
    if additional := breakdown.additional_costs:
        # A name that is taken leaves a part out, so that the sum is another.
        parts = {**additional, **parts}
    if margin := breakdown.margin_total_amount:
        parts[MARGIN] = margin
    dust = _DUST * total
    for key in [key for key, cost in parts.items() if -dust <= cost <= dust]:
        del parts[key]
    # What is negative here, or no number, explains nothing.
    if not all(cost > 0 for cost in parts.values()):
        return {}
    if discount := breakdown.discount_amount:
        parts[DISCOUNT] = -discount
    return parts if isclose(sum(parts.values()), total, rel_tol=_SAME_COST) else {}
