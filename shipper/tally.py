"""Sums what records are worth while they pass, so that metrics are touched once a second and not per record.

Pure. Rule: a cost that nobody knows is counted by model, unless there was nothing to bill.
"""

from __future__ import annotations

from collections import defaultdict
from math import inf

from shipper.records import CallRecord, Cost, UnknownCost


class Tally:
    """Counts since it was made. Names are those in the records, or None: whoever exposes them bounds them.

    `cost_usd` is by model, provider and team. Where both the record and the price table know what a call cost,
    `recorded_usd` and `table_usd` have the two by model: they drift apart when one of them is wrong.
    """

    __slots__ = ("cost_usd", "received", "recorded_usd", "repairs", "table_usd", "unpriced")

    def __init__(self) -> None:
        self.received = 0
        self.cost_usd: dict[tuple[str | None, str | None, str | None], float] = defaultdict(float)
        self.recorded_usd: dict[str | None, float] = defaultdict(float)
        self.table_usd: dict[str | None, float] = defaultdict(float)
        self.unpriced: dict[str | None, int] = defaultdict(int)
        self.repairs: dict[str, int] = defaultdict(int)

    def add(self, call: CallRecord, cost: Cost | UnknownCost) -> None:
        """One call was mapped."""
        model, billing = call.observation.model, call.billing
        if isinstance(cost, Cost):
            self.cost_usd[model, billing.provider, billing.team] += cost.total
            if cost.table is not None and (recorded := billing.recorded_cost) is not None and 0.0 <= recorded < inf:
                self.recorded_usd[model] += recorded
                self.table_usd[model] += cost.table
        elif not (cost.why == "no_usage" and (billing.failed or model is None)):
            # A failure that used nothing and a step without a model have no price that could be missing.
            self.unpriced[model] += 1
        for repair in call.repairs:
            self.repairs[repair] += 1
