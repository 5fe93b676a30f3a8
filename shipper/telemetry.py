"""Every internal event once: its log line and its counters."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct


class LogSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `log`."""

    level: Annotated[Literal["debug", "info", "warning", "error"], Meta(description="Least level that is written.")] = (
        "info"
    )
    format: Annotated[
        Literal["auto", "json", "console"],
        Meta(description="auto: console on a terminal, else JSON, one event a line."),
    ] = "auto"
