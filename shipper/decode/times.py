"""Instants of a record: epoch seconds, RFC 3339 texts, Kafka's timestamp. Never the clock."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import DecodeError, Raw
from msgspec.json import Decoder

_written = Decoder(float | str).decode
_instant = Decoder(datetime).decode


def from_epoch(seconds: float | None) -> datetime | None:
    """Epoch seconds as an instant in UTC (microseconds kept); None for a time that a calendar cannot hold."""
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def from_kafka(timestamp_ms: int) -> datetime | None:
    """Kafka's timestamp of the record (epoch milliseconds); None if it has none (-1) or an impossible one."""
    return from_epoch(timestamp_ms / 1000) if timestamp_ms >= 0 else None


def aware(moment: datetime | None) -> datetime | None:
    """The instant if it says its offset: a local time of an unknown place is none."""
    return moment if moment is not None and moment.tzinfo is not None else None


def from_json(raw: Raw) -> datetime | None:
    """A JSON value as an instant: RFC 3339 with offset, or epoch seconds as a number or a string of one."""
    try:
        value = _written(raw)
        if isinstance(value, float):
            return from_epoch(value)
        try:
            return aware(_instant(raw))
        except DecodeError:
            return from_epoch(float(value))
    except (DecodeError, ValueError):
        return None
