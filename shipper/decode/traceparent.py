"""W3C trace context (https://www.w3.org/TR/trace-context): where a call hangs in somebody's distributed trace."""

from __future__ import annotations

import re
from typing import NamedTuple

_TRACEPARENT = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}")


class Traceparent(NamedTuple):
    """The trace (32 hex digits) and the span in it (16) that the call was made in."""

    trace_id: str
    span_id: str

    def span_in(self, trace_id: str) -> str | None:
        """The span, if that trace (its id with or without dashes, in any case) is the one it is of."""
        return self.span_id if trace_id.replace("-", "").lower() == self.trace_id else None


def parse_traceparent(text: str | None) -> Traceparent | None:
    """What a `traceparent` says; None if the text is none."""
    match = _TRACEPARENT.fullmatch(text) if text else None
    return None if match is None else Traceparent(match.group(1), match.group(2))
