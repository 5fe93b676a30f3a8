"""Billings for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime

from shipper.records import Billing, Usage

DAY = date(2026, 11, 24)
START = datetime(2026, 11, 24, 12, tzinfo=UTC)
TOKENS = Usage(input=100, output=10, prompt=100, completion=10)


def billing(
    *models: str,
    provider: str = "",
    usage: Usage | None = TOKENS,
    recorded: float | None = None,
    cache_hit: bool = False,
    failed: bool = False,
) -> Billing:
    """A call to `models`, by default a success with a hundred tokens in and ten out."""
    return Billing(models, provider, START, usage, recorded, cache_hit, failed)
