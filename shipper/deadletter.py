"""Where refused records go: produced with acks=all and confirmed before their offset is settled."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class DeadLetterSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `dead_letters`."""

    topic: Annotated[
        str | None, Meta(description="Topic for refused records; `<topic>.dead-letters` of each topic if absent.")
    ] = None
    max_consecutive: Annotated[
        int,
        Meta(
            ge=1,
            description="After this many records refused by the backend without one accepted event, hold and alarm "
            "instead of dead-lettering the next.",
        ),
    ] = 16
