"""Outcome + attempt + random number → what to do next. Pure: sleeping is someone else's job."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class RetrySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `retry`. There is no limit on attempts: Kafka is the buffer."""

    base_s: Annotated[
        float, Meta(gt=0, le=60, description="Upper end of the first random wait; doubles each time.")
    ] = 0.5
    max_s: Annotated[float, Meta(gt=0, le=3600, description="Longest wait, also for a Retry-After.")] = 60.0
