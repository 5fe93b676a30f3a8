"""Prices a call: usage, model and recorded cost in, a known cost or the reason why nobody knows it out."""

from shipper.prices import bundled_snapshot
from shipper.pricing.book import Found, PriceBook
from shipper.pricing.overrides import Overrides
from shipper.pricing.pricer import Pricer, PricingSettings
from shipper.pricing.table import PriceTable, PriceTableError

__all__ = [
    "Found",
    "Overrides",
    "PriceBook",
    "PriceTable",
    "PriceTableError",
    "Pricer",
    "PricingSettings",
    "bundled_snapshot",
]
