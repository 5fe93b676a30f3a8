"""Spans in protobuf: whatever is written, the official messages read it back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from shipper.mapping.span import Span
from shipper.mapping.span_protobuf import VARINTS, encode_resource, encode_scope, encode_span, request_head
from tests.mapping.otlp_reading import read
from tests.mapping.spans import ATTRIBUTES, SPANS, TEXTS, official


@given(st.lists(SPANS, max_size=4), TEXTS, TEXTS, ATTRIBUTES, ATTRIBUTES)
def test_the_official_messages_read_back_what_was_written(
    spans: list[Span], name: str, version: str, about: dict[str, str], resource: dict[str, str]
) -> None:
    written = [encode_span(span) for span in spans]
    scope = encode_scope(name, version, {**about})
    head = request_head(sum(map(len, written)), scope, encode_resource({**resource}))
    (resource_spans,) = read(b"".join((head, *written))).resource_spans
    (scope_spans,) = resource_spans.scope_spans
    assert list(scope_spans.spans) == [official(span) for span in spans]
    assert scope_spans.scope == InstrumentationScope.FromString(scope)
    assert (scope_spans.scope.name, scope_spans.scope.version) == (name, version)
    assert resource_spans.resource == Resource.FromString(encode_resource({**resource}))
    assert {attribute.key for attribute in resource_spans.resource.attributes} == set(resource)


@pytest.mark.parametrize("size_bytes", [0, 1, 120, 127, 128, 16_383, 16_384, 2_097_152])
def test_a_text_of_any_length(size_bytes: int) -> None:
    span = Span(b"t" * 16, b"s" * 8, b"", "", 1, 0, 0, {"key": "x" * size_bytes})
    written = encode_span(span)
    (resource_spans,) = read(b"".join((request_head(len(written), b"", b""), written))).resource_spans
    assert list(resource_spans.scope_spans[0].spans) == [official(span)]


@given(st.integers(0, 2**64 - 1))
def test_a_varint_holds_seven_bits_a_byte(number: int) -> None:
    written = VARINTS[number]
    assert sum((byte & 127) << 7 * place for place, byte in enumerate(written)) == number
    assert [byte >> 7 for byte in written] == [1] * (len(written) - 1) + [0]
