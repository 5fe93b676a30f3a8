"""Sums what records are worth while they pass, so that metrics are touched once a second and not per record."""

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
        elif call.billing.usage is not None or cost.why != "no_usage":
            # A call that used nothing (a failure, a plain span) has no price that could be missing.
            self.unpriced[model] += 1
        for repair in call.repairs:
            self.repairs[repair] += 1
