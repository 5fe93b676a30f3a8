"""W3C trace context (https://www.w3.org/TR/trace-context): where a call hangs in somebody's distributed trace."""

from __future__ import annotations

import re

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def parse_traceparent(text: str | None) -> str | None:
    """The trace id of a `traceparent`, 32 hex digits; None if the text is none."""
    match = _TRACEPARENT.fullmatch(text) if text else None
    return match.group(1) if match is not None else None
