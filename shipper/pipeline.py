"""The record's whole way, and the only TaskGroup."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class ProcessSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `process`."""

    grace_s: Annotated[
        float, Meta(gt=0, le=3600, description="SIGTERM: flush, commit and leave within this time, then exit.")
    ] = 25.0
    memory_bytes: Annotated[
        int,
        Meta(
            ge=1_000_000,
            description="Most bytes of records and their events held at a time; above it the partitions are paused.",
        ),
    ] = 33_554_432
