"""Discounts and margins: what is taken off and put on a cost that the table computed, by provider and model.

The rules are LiteLLM's for `cost_discount_config` (litellm_core_utils/cost_discount.py) and `cost_margin_config`
(cost_calculator.py: `_apply_cost_margin`). Knows no file and no price.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from math import inf

from msgspec import Struct

from shipper.pricing.breakdown import DISCOUNT, MARGIN
from shipper.records import Cost

ANY_PROVIDER = "*"

_GLOB = re.compile(r"[*?\[]")


class Adjustment(Struct, frozen=True, gc=False):
    """First the discount, then the margin: `cost - cost * discount`, and of what is left `margin` and a fixed sum.

    `discount` and `margin` are fractions (0.05 is five per cent), `margin_fixed_usd` is US dollars a call.
    """

    discount: float = 0.0
    margin: float = 0.0
    margin_fixed_usd: float = 0.0

    def of(self, cost: Cost) -> Cost | None:
        """The cost after both, which stand in its split as `discount` (negative) and `margin`. None if not finite."""
        split = dict(cost.split)
        discount = cost.total * self.discount
        total = cost.total - discount
        margin = total * self.margin + self.margin_fixed_usd
        total += margin
        if discount:
            split[DISCOUNT] = -discount
        if margin:
            split[MARGIN] = margin
        return Cost(total, split) if total < inf else None


class Margin(Struct, frozen=True, gc=False):
    """What is put on a cost: a fraction of it and US dollars a call."""

    fraction: float = 0.0
    fixed_usd: float = 0.0


class Adjustments(Struct, frozen=True):
    """All discounts by `provider` or `provider/model`, where the model may hold * ? [ ], and all margins by provider
    or `*`."""

    discounts: Mapping[str, float] = {}
    margins: Mapping[str, Margin] = {}

    def of(self, provider: str, model: str) -> Adjustment | None:
        """What holds for a call, or None. `provider` is LiteLLM's name of it; "" has only the margin of `*`."""
        discount = self._discount(provider, model) if self.discounts and provider else None
        margin = self.margins.get(provider) or self.margins.get(ANY_PROVIDER)
        if discount is None and margin is None:
            return None
        margin = margin or Margin()
        return Adjustment(discount or 0.0, margin.fraction, margin.fixed_usd)

    def _discount(self, provider: str, model: str) -> float | None:
        """That of the model's own name, else of the pattern that says most of it, else of the provider."""
        prefix = f"{provider}/"
        while model.startswith(prefix):
            model = model[len(prefix) :]
        exact = self.discounts.get(prefix + model)
        if exact is not None:
            return exact
        matching = [
            pattern
            for key in self.discounts
            if key.startswith(prefix) and _GLOB.search(pattern := key[len(prefix) :]) and fnmatchcase(model, pattern)
        ]
        if matching:
            return self.discounts[prefix + max(matching, key=_literal_chars)]
        return self.discounts.get(provider)


def _literal_chars(pattern: str) -> int:
    return len(re.sub(r"\[[^\]]+\]|[*?]", "", pattern))
