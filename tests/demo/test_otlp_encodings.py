"""Reading OTLP requests: protobuf and JSON, which say the same."""

from __future__ import annotations

import json
import math
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from shipper.demo import otlp_json, otlp_protobuf
from shipper.demo.span import Malformed, Unreadable
from tests.demo.spans import SPAN_ID, START_NS, TRACE_ID, as_json, export, span

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | TEXT
    | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
UNSIGNED = st.integers(0, 2**64 - 1)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    ids = st.binary(min_size=8, max_size=8).map(bytes.hex)
    return span(
        draw(ids),
        draw(ids) * 2,
        name=draw(TEXT),
        parent_span_id=draw(st.binary(min_size=8, max_size=8) | st.just(b"")),
        start_time_unix_nano=draw(UNSIGNED),
        end_time_unix_nano=draw(UNSIGNED),
        status=Status(code=draw(st.sampled_from(Status.StatusCode.values())), message=draw(TEXT)),
        attributes=draw(st.dictionaries(TEXT, VALUES, max_size=4)),
        events=[Span.Event(name=draw(TEXT))],
    )


@given(st.lists(spans(), max_size=3), st.dictionaries(TEXT, VALUES, max_size=2), TEXT)
def test_both_encodings_of_a_request_read_the_same(some: list[Span], resource: dict[str, Any], scope: str) -> None:
    message = export(*some, resource=resource, scope=scope)
    binary = otlp_protobuf.read(message.SerializeToString())
    text = otlp_json.read(as_json(message))
    assert [replace(one, data=b"") for one in binary] == [replace(one, data=b"") for one in text]
    ids = [(one.trace_id, one.span_id) for one in binary]
    assert ids == otlp_protobuf.skim(message.SerializeToString()) == otlp_json.skim(as_json(message))


def test_a_span_is_read_with_all_that_it_says() -> None:
    message = export(
        span(
            parent_span_id=b"\1" * 8,
            status=Status(code=Status.STATUS_CODE_ERROR, message="no"),
            attributes={"text": "x", "list": ["a", 1], "object": {"k": True}, "bytes": b"\xff", "nothing": None},
        ),
        resource={"service.name": "s"},
    )
    (read,) = otlp_protobuf.read(message.SerializeToString())
    assert (read.trace_id, read.span_id, read.parent_id) == (TRACE_ID, SPAN_ID, "01" * 8)
    assert (read.start_ns, read.end_ns) == (START_NS, START_NS + 500_000_000)
    assert (read.name, read.is_error, read.status_message) == ("answer", True, "no")
    assert read.attributes == {"text": "x", "list": ["a", 1], "object": {"k": True}, "bytes": "/w==", "nothing": None}
    assert (read.scope.name, read.scope.version) == ("langfuse-sdk", "1")
    assert (read.scope.attributes, read.resource) == ({"public_key": "pk-lf-demo"}, {"service.name": "s"})


def test_scope_and_resource_are_those_around_the_span() -> None:
    one, other = export(span(), scope="a", resource={"r": 1}), export(span(), scope="b", resource={"r": 2})
    both = ExportTraceServiceRequest(resource_spans=[*one.resource_spans, *other.resource_spans])
    for read in (otlp_protobuf.read(both.SerializeToString()), otlp_json.read(as_json(both))):
        assert [(each.scope.name, each.resource) for each in read] == [("a", {"r": 1}), ("b", {"r": 2})]


def test_the_same_span_is_the_same_data_in_whatever_request() -> None:
    first, second = span(), span("00" * 7 + "01")
    alone = otlp_protobuf.read(export(second).SerializeToString())
    among = otlp_protobuf.read(export(first, second).SerializeToString())
    assert alone[0].data == among[1].data != among[0].data


def test_json_numbers_come_as_numbers_and_as_text() -> None:
    attributes = [
        {"key": key, "value": value}
        for key, value in (
            ("int", {"intValue": "-5"}),
            ("bare", {"intValue": 5}),
            ("double", {"doubleValue": 1}),
            ("infinite", {"doubleValue": "Infinity"}),
            ("nan", {"doubleValue": "NaN"}),
            ("nothing", None),
        )
    ]
    one = {"traceId": "t", "spanId": "s", "startTimeUnixNano": 7, "endTimeUnixNano": "8", "attributes": attributes}
    (read,) = otlp_json.read(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]}).encode())
    assert (read.start_ns, read.end_ns) == (7, 8)
    assert math.isnan(read.attributes.pop("nan"))
    assert read.attributes == {"int": -5, "bare": 5, "double": 1.0, "infinite": math.inf, "nothing": None}


@pytest.mark.parametrize("body", [b"{}", b'{"resourceSpans":null}', b'{"resourceSpans":[{"scopeSpans":[{}]}]}'])
def test_json_without_spans_is_none(body: bytes) -> None:
    assert otlp_json.read(body) == []
    assert otlp_json.skim(body) == []


@pytest.mark.parametrize("encoding", [otlp_protobuf, otlp_json])
@pytest.mark.parametrize("body", [b"\xff\xff", b"{", b'{"resourceSpans":[{"a":"\xff"}]}'])
def test_rubbish_cannot_be_read(encoding: ModuleType, body: bytes) -> None:
    for function in (encoding.read, encoding.skim):
        with pytest.raises(Unreadable):
            function(body)


def test_a_lone_surrogate_is_no_json_and_broken_utf8_no_protobuf() -> None:
    """The real server takes both and loses rows of others over them."""
    with pytest.raises(Unreadable):
        otlp_json.read(b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"\\ud800","spanId":"s"}]}]}]}')
    broken = export(span(name="NAME")).SerializeToString().replace(b"NAME", b"N\xed\xa0\x80")
    with pytest.raises(Unreadable):
        otlp_protobuf.read(broken)


def wrapped(one: object) -> dict[str, Any]:
    return {"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]}


@pytest.mark.parametrize(
    "value",
    [
        {"resourceSpans": {}},
        {"resourceSpans": [{"scopeSpans": {}}]},
        {"resourceSpans": [{"resource": {"attributes": {"k": "v"}}}]},
        {"resourceSpans": [{"scopeSpans": [{"spans": {}}]}]},
        {"resourceSpans": [{"scopeSpans": [{"scope": {"attributes": {}}}]}]},
        wrapped({"spanId": "s"}),
        wrapped({"traceId": "t"}),
        wrapped({"traceId": "t", "spanId": None}),
        wrapped({"traceId": 5, "spanId": "s"}),
        wrapped({"traceId": "t", "spanId": "s", "attributes": {"k": "v"}}),
        wrapped({"traceId": "t", "spanId": "s", "events": {}}),
        wrapped({"traceId": "t", "spanId": "s", "events": [{"attributes": {}}]}),
        wrapped({"traceId": "t", "spanId": "s", "startTimeUnixNano": "soon"}),
        wrapped({"traceId": "t", "spanId": "s", "endTimeUnixNano": -1}),
        wrapped({"traceId": "t", "spanId": "s", "startTimeUnixNano": str(2**64)}),
        wrapped({"traceId": "t", "spanId": "s", "attributes": [{"key": "k", "value": {"intValue": "x"}}]}),
    ],
)
def test_json_of_another_shape_is_malformed(value: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        otlp_json.read(json.dumps(value).encode())


def test_json_nested_beyond_measure_is_refused_and_not_fatal() -> None:
    deep = b'{"arrayValue":{"values":[' * 5000 + b"]}}" * 5000
    one = b'{"traceId":"t","spanId":"s","attributes":[{"key":"k","value":%b}]}' % deep
    with pytest.raises(Unreadable):
        otlp_json.read(b'{"resourceSpans":[{"scopeSpans":[{"spans":[%b]}]}]}' % one)


def test_a_span_without_ids_is_read_without_them() -> None:
    message = ExportTraceServiceRequest(resource_spans=[ResourceSpans(scope_spans=[ScopeSpans(spans=[Span()])])])
    (read,) = otlp_protobuf.read(message.SerializeToString())
    assert (read.trace_id, read.span_id, read.parent_id, read.start_ns) == ("", "", "", 0)
