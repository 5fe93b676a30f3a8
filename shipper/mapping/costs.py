"""A call's cost as Langfuse's `costDetails`."""

from __future__ import annotations

from shipper.records import Cost


def to_cost_details(cost: Cost) -> dict[str, float]:
    """The parts and the total, in USD; only the total where a discount would be a negative part, which the server
    refuses (packages/shared/src/server/ingestion/types.ts)."""
    split = cost.split
    if "discount" in split and split["discount"] < 0:
        return {"total": cost.total}
    return {**split, "total": cost.total}
