"""Groups events into batches bounded by count, encoded bytes and the age of the first event."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

SERVER_MAX_BYTES = 4_718_592  # Langfuse: body limit "4.5mb" of /api/public/ingestion


class BatchSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `batch`."""

    max_bytes: Annotated[
        int,
        Meta(ge=10_000, le=SERVER_MAX_BYTES, description="Most bytes of one request body, exactly as sent."),
    ] = 2_500_000
    max_events: Annotated[int, Meta(ge=1, le=100_000, description="Most events of one request.")] = 5_000
    linger_s: Annotated[
        float, Meta(ge=0, le=300, description="A batch is sent this long after its first event came in.")
    ] = 1.0
    in_flight: Annotated[int, Meta(ge=1, le=64, description="Requests under way at the same time.")] = 4
