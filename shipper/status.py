"""Health, readiness and metrics over HTTP, and the service manager's notifications."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class StatusSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `status`."""

    host: Annotated[str, Meta(description="Address of /metrics, /healthz and /readyz.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535, description="Port of the same; 0 takes a free one and logs it.")] = 9464
