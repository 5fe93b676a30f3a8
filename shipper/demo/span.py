"""A span as it came, whichever encoding it came in.

Pure. Knows nothing of protobuf, JSON and HTTP, nor of what an attribute means.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field


class Scope(Struct, frozen=True):
    """The instrumentation scope of a span."""

    name: str = ""
    version: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)


class Span(Struct, frozen=True):
    """A span with its attributes as plain values. Ids as hex (in JSON: as sent), "" where there is none; a time of 0
    is none. `data` is the span as sent; a protobuf one is written again, fields in their order.
    """

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    start_ns: int
    end_ns: int
    is_error: bool
    status_message: str
    attributes: dict[str, Any]
    scope: Scope
    resource: dict[str, Any]
    data: bytes


class Unreadable(Exception):
    """A body that is not of its content type at all."""


class Malformed(Exception):
    """A body that can be read and is no trace request: lists that are none, ids that are no text."""
