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
    parent = parse_traceparent(text)
    assert (parent and parent.trace_id) == trace_id


def test_the_span_is_of_its_own_trace_only() -> None:
    parent = parse_traceparent(f"00-{ID}-00f067aa0ba902b7-01")
    assert parent is not None
    assert parent.span_in(ID) == "00f067aa0ba902b7"
    assert parent.span_in("4BF92F35-77B3-4DA6-A3CE-929D0E0E4736") == "00f067aa0ba902b7"
    assert parent.span_in("another-trace") is None
