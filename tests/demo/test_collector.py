"""The plain OTLP collector of the inbox, over real HTTP and with OpenTelemetry's own messages."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import AsyncIterator

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from shipper.demo.faults import Omit, Refuse, Reply
from shipper.demo.inbox import Inbox
from tests.demo.client import Answered, request
from tests.demo.spans import SPAN_ID, as_json, export, generation, send, span, span_ids

PATH = "/v1/traces"
PROTOBUF, JSON = "application/x-protobuf", "application/json"
BODY = export(span()).SerializeToString()


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    async with Inbox() as running:
        yield running


async def collect(inbox: Inbox, *spans: Span, content_type: str = PROTOBUF) -> Answered:
    message = export(*spans, scope="shipper", public_key=None)
    body = message.SerializeToString() if content_type == PROTOBUF else as_json(message)
    return await send(inbox, body, PATH, content_type)


async def test_takes_spans_of_either_encoding_without_a_key_and_answers_in_it(inbox: Inbox) -> None:
    answer = await send(inbox, BODY, PATH, Authorization="")
    assert (answer.status, answer.headers["Content-Type"]) == (200, PROTOBUF)
    assert ExportTraceServiceResponse.FromString(answer.body) == ExportTraceServiceResponse()
    answer = await send(inbox, as_json(export(span())), PATH, JSON + "; charset=utf-8")
    assert (answer.status, answer.json) == (200, {"partialSuccess": {}})
    assert list(inbox.store.observations) == [SPAN_ID]


async def test_unpacks_gzip_and_nothing_else(inbox: Inbox) -> None:
    assert (await send(inbox, gzip.compress(BODY), PATH, **{"Content-Encoding": "gzip"})).status == 200
    answer = await send(inbox, zlib.compress(BODY), PATH, **{"Content-Encoding": "deflate"})
    assert (answer.status, answer.body) == (400, b"unsupported Content-Encoding: deflate")


async def test_another_content_type_is_415(inbox: Inbox) -> None:
    assert (await send(inbox, BODY, PATH, "text/plain")).status == 415


@pytest.mark.parametrize("packing", ["identity", "gzip"])
async def test_what_cannot_be_read_is_400_with_a_status_in_the_same_encoding(inbox: Inbox, packing: str) -> None:
    answer = await send(inbox, b"\xff\xff", PATH, JSON, **{"Content-Encoding": packing})
    assert (answer.status, answer.json["code"], bool(answer.json["message"])) == (400, 3, True)
    answer = await send(inbox, b"\xff\xff", PATH, PROTOBUF, **{"Content-Encoding": packing})
    assert (answer.status, answer.headers["Content-Type"], answer.body[:3]) == (400, PROTOBUF, b"\x08\x03\x12")
    assert answer.body[3] == len(answer.body) - 4


@pytest.mark.parametrize(
    "bad",
    [
        Span(trace_id=b"\1" * 15, span_id=b"\1" * 8),
        Span(trace_id=b"\1" * 16, span_id=b"\1" * 9),
        Span(trace_id=bytes(16), span_id=b"\1" * 8),
        Span(trace_id=b"\1" * 16, span_id=bytes(8)),
        Span(trace_id=b"\1" * 16, span_id=b"\1" * 8, parent_span_id=b"\1"),
        Span(),
    ],
    ids=["short trace", "long span", "zero trace", "zero span", "short parent", "none"],
)
async def test_an_id_of_the_wrong_length_or_of_zeros_ends_all(inbox: Inbox, bad: Span) -> None:
    assert (await collect(inbox, span(), bad)).status == 400
    assert (await collect(inbox, span(), bad, content_type=JSON)).status == 400
    assert (inbox.store.observations, inbox.arrivals) == ({}, [])


async def test_json_ids_must_be_hex(inbox: Inbox) -> None:
    """Protobuf's own JSON has them in base64."""
    one = {"traceId": "CvdlGRbNQ92ESOshHIAxnA==", "spanId": "t61rcWkgMzE="}
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]}).encode()
    assert (await send(inbox, body, PATH, JSON)).status == 400


@pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
async def test_refused_spans_are_a_partial_success(inbox: Inbox, content_type: str) -> None:
    first, second, third = span_ids(3)
    inbox.faults.append(Refuse(400, "no such tenant", lambda arrival: arrival.body_id != second))
    answer = await collect(inbox, *map(generation, (first, second, third)), content_type=content_type)
    assert answer.status == 200
    if content_type == JSON:
        assert answer.json == {"partialSuccess": {"rejectedSpans": "2", "errorMessage": "no such tenant"}}
    else:
        partial = ExportTraceServiceResponse.FromString(answer.body).partial_success
        assert partial == ExportTracePartialSuccess(rejected_spans=2, error_message="no such tenant")
    assert list(inbox.store.observations) == [second]
    assert [arrival.stored for arrival in inbox.arrivals] == [False, True, False]


async def test_a_warning_is_a_partial_success_that_rejects_nothing(inbox: Inbox) -> None:
    inbox.faults.append(Refuse(400, "slow down", lambda _: False))
    answer = await collect(inbox, span())
    partial = ExportTraceServiceResponse.FromString(answer.body).partial_success
    assert (partial.rejected_spans, partial.error_message) == (0, "slow down")
    assert list(inbox.store.observations) == [SPAN_ID]


async def test_any_other_answer_can_be_scripted(inbox: Inbox) -> None:
    throttled = Reply(429, headers={"Retry-After": "7"})
    inbox.faults += [throttled, Reply(503, headers={"Retry-After": "1"}), Reply(415), Omit()]
    answers = [await collect(inbox, span()) for _ in range(4)]
    assert [answer.status for answer in answers] == [429, 503, 415, 200]
    assert [answer.headers.get("Retry-After") for answer in answers[:2]] == ["7", "1"]
    assert inbox.store.observations == {}, "spans may be lost as if all were well"


async def test_an_ingress_may_stand_before_it(inbox: Inbox) -> None:
    inbox.otlp_max_bytes = len(BODY)
    assert (await send(inbox, BODY, PATH)).status == 200
    inbox.otlp_max_bytes = len(BODY) - 1
    assert (await send(inbox, BODY, PATH)).status == 413


async def test_other_methods_are_405(inbox: Inbox) -> None:
    assert (await request("GET", inbox.url + PATH)).status == 405


async def test_it_may_listen_on_another_path() -> None:
    async with Inbox(collector_path="/tenants/a/v1/traces") as inbox:
        assert (await send(inbox, BODY, "/tenants/a/v1/traces")).status == 200
        assert (await send(inbox, BODY, PATH)).status == 404


async def test_without_validation_spans_are_believed_and_noted() -> None:
    async with Inbox(validate=False) as inbox:
        assert (await collect(inbox, Span(trace_id=b"\1", span_id=b"\2"))).status == 200
        assert [(arrival.body_id, arrival.trace_id) for arrival in inbox.arrivals] == [("02", "01")]
