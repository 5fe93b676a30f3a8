"""Where we mean to differ from LiteLLM: a closed list, each with what it is about and why.

A case that is none of these and not equal is a mistake, of ours or of the list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from shipper.records import Billing, Cost, UnknownCost
from tests.pricing.oracle import Verdict
from tests.pricing.random_tokens import Row

Predicate = Callable[[Row, Billing, Cost | UnknownCost, Verdict], bool]


class Difference(NamedTuple):
    """`holds` says whether a case is one of its kind."""

    name: str
    reason: str
    holds: Predicate


def _free_for_want_of_a_price(row: Row, call: Billing, ours: Cost | UnknownCost, theirs: Verdict) -> bool:
    return isinstance(ours, UnknownCost) and theirs.cost == 0.0


DIFFERENCES = (
    Difference(
        "unknown is not free",
        "LiteLLM says 0 where the row has no price for what was used; nobody knows what such a call costs",
        _free_for_want_of_a_price,
    ),
)


def difference(row: Row, call: Billing, ours: Cost | UnknownCost, theirs: Verdict) -> str:
    """The name of the difference that a case is, or ""."""
    return next((known.name for known in DIFFERENCES if known.holds(row, call, ours, theirs)), "")
