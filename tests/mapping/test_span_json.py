"""Spans as OTLP/JSON: the same as in protobuf."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.json import decode

from shipper.mapping.span import Span
from shipper.mapping.span_json import REQUEST_TAIL, encode_span, request_head
from tests.mapping.otlp_reading import read_json
from tests.mapping.spans import ATTRIBUTES, SPANS, TEXTS, official


@given(st.lists(SPANS, max_size=4), TEXTS, ATTRIBUTES)
def test_the_official_messages_read_back_what_was_written(spans: list[Span], name: str, about: dict[str, str]) -> None:
    head = request_head(name, "1.0", {**about}, {})
    body = head + b",".join(encode_span(span) for span in spans) + REQUEST_TAIL
    (resource_spans,) = read_json(body).resource_spans
    (scope_spans,) = resource_spans.scope_spans
    assert list(scope_spans.spans) == [official(span) for span in spans]
    assert (scope_spans.scope.name, scope_spans.scope.version) == (name, "1.0")


def test_ids_are_hexadecimal_and_long_numbers_are_texts() -> None:
    span = decode(encode_span(Span(b"\xab" * 16, b"\xcd" * 8, b"", "n", 3, 2**60, 2**60, {"count": 2**53 + 1})))
    assert (span["traceId"], span["spanId"], span["kind"]) == ("ab" * 16, "cd" * 8, 3)
    assert span["startTimeUnixNano"] == str(2**60)
    assert span["attributes"] == [{"key": "count", "value": {"intValue": str(2**53 + 1)}}]
    assert "parentSpanId" not in span


@pytest.mark.parametrize(("number", "written"), [(math.inf, "Infinity"), (-math.inf, "-Infinity"), (math.nan, "NaN")])
def test_what_is_no_number_in_json_is_a_text(number: float, written: str) -> None:
    span = decode(encode_span(Span(b"t" * 16, b"s" * 8, b"", "n", 1, 0, 0, {"x": number})))
    assert span["attributes"] == [{"key": "x", "value": {"doubleValue": written}}]
