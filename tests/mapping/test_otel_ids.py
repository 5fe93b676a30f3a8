from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shipper.mapping.otel_ids import SPAN_ID_BYTES, TRACE_ID_BYTES, parent_of, span_id, trace_id
from shipper.records import Trace

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
WELL_FORMED = st.characters(exclude_categories=["Cs"])


@pytest.mark.parametrize("text", [TRACE, TRACE.upper(), "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"])
def test_a_trace_id_of_32_hexadecimal_digits_is_taken_as_it_is(text: str) -> None:
    assert trace_id(text).hex() == TRACE


@pytest.mark.parametrize("text", [SPAN, SPAN.upper()])
def test_a_span_id_of_16_hexadecimal_digits_is_taken_as_it_is(text: str) -> None:
    assert span_id(text).hex() == SPAN


@pytest.mark.parametrize("text", ["my-trace", "", TRACE[:-1], TRACE + "0", "g" * 32, f"{TRACE}\n", SPAN])
def test_any_other_trace_id_is_the_first_half_of_its_sha_256(text: str) -> None:
    assert trace_id(text) == sha256(text.encode()).digest()[:16]


@pytest.mark.parametrize("text", ["generation-1", "", SPAN[:-1], TRACE])
def test_any_other_span_id_is_the_first_quarter_of_its_sha_256(text: str) -> None:
    assert span_id(text) == sha256(text.encode()).digest()[:8]


def test_an_id_of_zeros_is_none() -> None:
    zeros = "0" * 32
    assert trace_id(zeros) == sha256(zeros.encode()).digest()[:16]
    assert span_id("0" * 16) == sha256(b"0" * 16).digest()[:8]


@given(st.text(WELL_FORMED))
def test_every_text_is_an_id_of_the_right_length_that_is_not_zero(text: str) -> None:
    assert len(trace_id(text)) == TRACE_ID_BYTES
    assert any(trace_id(text))
    assert len(span_id(text)) == SPAN_ID_BYTES
    assert any(span_id(text))


OWN = span_id("own")


@pytest.mark.parametrize(
    ("trace", "parent_id", "parent"),
    [
        (Trace("t"), None, (b"", False)),
        (Trace("t"), "p", (span_id("p"), True)),
        (Trace("t", parent_span=SPAN), None, (bytes.fromhex(SPAN), True)),
        (Trace("t", parent_span=SPAN), "p", (span_id("p"), True)),
        (Trace("t", owned=False), None, (span_id("root of t"), True)),
        (Trace("t", owned=False, parent_span=SPAN), None, (bytes.fromhex(SPAN), True)),
    ],
)
def test_a_call_is_below_its_parent_else_the_span_it_was_made_in(
    trace: Trace, parent_id: str | None, parent: tuple[bytes, bool]
) -> None:
    assert parent_of(trace, parent_id, OWN) == parent


def test_a_span_is_never_above_itself() -> None:
    assert parent_of(Trace("t"), "own", OWN) == (b"", False)
    assert parent_of(Trace("t", parent_span=SPAN), None, bytes.fromhex(SPAN)) == (b"", False)
