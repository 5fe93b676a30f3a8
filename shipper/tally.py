"""Sums what records are worth while they pass, so that metrics are touched once a second and not per record.

Pure. Rule: a cost that nobody knows is counted by model, unless there was nothing to bill.
"""

from __future__ import annotations

from collections import defaultdict

from shipper.records import CallRecord, Cost, UnknownCost


class Tally:
    """Counts since the last `take`. Models are the names in the records: whoever exposes them bounds them."""

    __slots__ = ("cost_usd", "received", "repairs", "unpriced")

    def __init__(self) -> None:
        self.received = 0
        self.cost_usd: dict[str, float] = defaultdict(float)
        self.unpriced: dict[str, int] = defaultdict(int)
        self.repairs: dict[str, int] = defaultdict(int)

    def add(self, call: CallRecord, cost: Cost | UnknownCost) -> None:
        """One call was mapped."""
        model = call.observation.model or "none"
        if isinstance(cost, Cost):
            self.cost_usd[model] += cost.total
        elif not (cost.why == "no_usage" and (call.billing.failed or call.observation.model is None)):
            # A failure that used nothing and a step without a model have no price that could be missing.
            self.unpriced[model] += 1
        for repair in call.repairs:
            self.repairs[repair] += 1
