"""What may be known of a LiteLLM call's price: the names to look up, and the recorded cost where it is real.

Rules: LiteLLM writes `response_cost` 0.0 into its payload also where it knows no price (cost_calculator.py
raises, the logger catches), so a zero needs evidence; and it knows a price of zero only where somebody set one.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Raw

from shipper.decode.shapes import LiteLLMRecord, Payload, Response
from shipper.decode.steering import to_members
from shipper.decode.values import to_names, to_value
from shipper.records import Billing, Usage


def to_billing(
    record: LiteLLMRecord, payload: Payload, start: datetime, usage: Usage | None, cost: float | None
) -> Billing:
    """Everything that pricing may know of the call; `start` and `usage` as its observation has them.

    `cost` is LiteLLM's, in USD, as the record or the payload says it.
    """
    row, response = payload.model_map_information, payload.response
    failed = payload.status == "failure"
    cache_hit = record.cache_hit or payload.cache_hit or False
    return Billing(
        # What LiteLLM looked up, what was served, what was asked for.
        to_names(
            row.model_map_key if row is not None else None,
            response.model if isinstance(response, Response) else None,
            record.model,
            payload.model,
        ),
        payload.custom_llm_provider or "",
        start,
        usage,
        cost if cost is not None and cost > 0 else _other_cost(record, payload, usage, cost, failed, cache_hit),
        cache_hit,
        failed,
    )


def _other_cost(
    record: LiteLLMRecord, payload: Payload, usage: Usage | None, cost: float | None, failed: bool, cache_hit: bool
) -> float | None:
    """The recorded cost where it is none or zero at first sight."""
    breakdown = payload.cost_breakdown
    if cost is None and breakdown is not None:
        cost = breakdown.total_cost
    if cost is None or cost < 0:
        return None
    if cost > 0 or cache_hit:
        return cost
    if usage is not None and (usage.prompt or usage.completion):
        return 0.0 if _is_free(record) else None
    return 0.0 if not failed and (breakdown is not None or _was_calculated(payload.hidden_params)) else None


def _was_calculated(hidden_params: Raw) -> bool:
    hidden = to_value(hidden_params) if hidden_params else None
    return isinstance(hidden, dict) and hidden.get("response_cost") is not None


def _is_free(record: LiteLLMRecord) -> bool:
    """Whether the router's deployment, shown in the caller's metadata, says that input and output cost nothing."""
    members = to_members(record)
    info = to_value(members["model_info"]) if "model_info" in members else None
    return (
        isinstance(info, dict)
        and info.get("input_cost_per_token") == 0
        and info.get("output_cost_per_token") in (0, None)
    )
