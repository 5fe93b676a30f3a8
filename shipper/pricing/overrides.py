"""Prices of the operator's own, laid over the price table: by model, by team, by key, each for a time.

The rule: of what a call's payer has, the most special counts, price by price: its key's, its team's, everybody's,
the table's. Knows no file format (`override_file`) and no table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from shipper.pricing.adjustment import Adjustments
from shipper.pricing.names import may_price

ModelPrices = Mapping[str, tuple["OwnPrices", ...]]  # by the model's name in lower case


class OwnPrices(Struct, frozen=True):
    """Some or all keys of a row of the price map for one model: `where` they stand, and from when until when they hold.

    They hold for calls that start at or after `valid_from` and before `valid_until` (both UTC).
    """

    where: str
    row: Mapping[str, Any]
    valid_from: datetime | None = None
    valid_until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether they hold for a call that started at `at`."""
        return (self.valid_from is None or self.valid_from <= at) and (
            self.valid_until is None or at < self.valid_until
        )


class Overrides(Struct, frozen=True):
    """Everything that an operator sets himself. Empty by default."""

    models: ModelPrices = {}
    teams: Mapping[str, ModelPrices] = {}
    keys: Mapping[str, ModelPrices] = {}
    adjustments: Adjustments = Adjustments()

    @property
    def count(self) -> int:
        """How many own prices there are."""
        return sum(1 for _ in self.all())

    def all(self) -> Iterator[tuple[str, OwnPrices]]:
        """Every own price, with the name of its model in lower case."""
        for models in (self.models, *self.teams.values(), *self.keys.values()):
            for name, several in models.items():
                for own in several:
                    yield name, own

    def layers(self, name: str, at: datetime, team: str | None, key: str | None) -> list[OwnPrices]:
        """What holds for the model `name` (lower case) at that time, the most general first."""
        scopes = (self.models, self.teams.get(team or "", {}), self.keys.get(key or "", {}))
        return [own for models in scopes for own in models.get(name, ()) if own.holds(at)]


def lay_over(
    row: Mapping[str, Any] | None, stranger: bool, layers: list[OwnPrices], provider: str
) -> tuple[dict[str, Any], str] | None:
    """The row for calls to `provider` with the layers that are meant for it on top, and where the last of them stands.

    `row` is the table's for this provider, if any; `stranger` says that the table has this name for other providers
    only, so that prices without a provider of their own are about those. None where no layer is meant.
    """
    laid = dict(row or {})
    where = None
    owner: str | None = None
    for own in layers:
        owner = own.row.get("litellm_provider", owner)
        if (owner is None and stranger) or not may_price(owner, provider):
            continue
        laid.update(own.row)
        where = own.where
    return None if where is None else (laid, where)
