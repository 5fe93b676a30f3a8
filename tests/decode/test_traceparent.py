"""W3C trace context."""

from __future__ import annotations

import pytest

from shipper.decode.traceparent import parse_traceparent

ID = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("text", "trace_id"),
    [
        (f"00-{ID}-00f067aa0ba902b7-01", ID),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (f"00-{ID}-{'0' * 16}-01", None),
        (f"00-{ID.upper()}-00f067aa0ba902b7-01", None),
        ("", None),
        (None, None),
    ],
)
def test_traceparent_is_w3cs(text: str | None, trace_id: str | None) -> None:
    assert parse_traceparent(text) == trace_id
