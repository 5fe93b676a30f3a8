"""What an OTLP endpoint answers, and whose fault it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from shipper.mapping.otlp_reply import read_traces_reply
from shipper.outcome import Answered, Held, HoldReason, Malformed, Outcome, Reply, TooLarge


def read(status: int, body: bytes | None = b"", count: int = 3, retry_after_s: float | None = None) -> Outcome:
    return read_traces_reply(Reply(status, body, retry_after_s), count)


def response(rejected: int = 0, message: str = "") -> ExportTraceServiceResponse:
    made = ExportTraceServiceResponse()
    made.partial_success.rejected_spans = rejected
    made.partial_success.error_message = message
    return made


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"name":"otel-ingestion-queue","data":{"id":"1"},"id":"7"}',  # Langfuse's: a job of its queue
        b'{"partialSuccess":{}}',
        b'{"partialSuccess":null}',
        response().SerializeToString(),
        b"ok",
        b"\xff\xff\xff",
        b'{"partialSuccess":[]}',
        b"[1]",
    ],
)
@pytest.mark.parametrize("status", [200, 202, 204, 207])
def test_a_success_stores_every_span_whatever_its_body(status: int, body: bytes) -> None:
    assert read(status, body) == Answered((0, 1, 2))


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("encoding", ["protobuf", "json", "json with a number as a text"])
def test_a_partial_success_with_rejected_spans_is_to_be_taken_apart(encoding: str, count: int) -> None:
    bodies = {
        "protobuf": response(2, "no trace id").SerializeToString(),
        "json": json.dumps({"partialSuccess": {"rejectedSpans": 2, "errorMessage": "no trace id"}}).encode(),
        "json with a number as a text": b'{"partialSuccess":{"rejectedSpans":"2","errorMessage":"no trace id"}}',
    }
    assert read(200, bodies[encoding], count) == Malformed(f"2 of {count} spans rejected: no trace id")


def test_a_partial_success_without_rejected_spans_is_a_warning() -> None:
    assert read(200, response(0, "deprecated\nendpoint").SerializeToString()) == Answered(
        (0, 1, 2), detail="deprecated endpoint"
    )


@pytest.mark.parametrize("body", [b"<!DOCTYPE html><html>", b"  \n<html>", None])
def test_a_page_is_no_success(body: bytes | None) -> None:
    found = read(200, body)
    assert isinstance(found, Held)
    assert found.reason == "unknown_reply"


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"error":"Invalid request data"}', " Invalid request data"),
        (b'{"message":"bad span\\u202e"}', " bad span"),
        (b'{"error":7}', ""),
        (b"{", ""),
        (b"\x08\x03\x12\x03bad", ""),
        (b"Request body is invalid", ""),
        (b"", ""),
    ],
)
def test_a_refusal_of_the_request_is_at_least_one_spans_fault(status: int, body: bytes, detail: str) -> None:
    assert read(status, body) == Malformed(f"HTTP {status}{detail}")


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (400, b'{"error":"Invalid content type"}', "unsupported_encoding"),
        (415, b"Unsupported content type: application/json", "unsupported_encoding"),
        (400, b'{"error":"Unsupported x-langfuse-ingestion-version: 5"}', "unknown_refusal"),
        (400, b"<html>bad gateway</html>", "unknown_refusal"),
        (400, None, "unknown_refusal"),
        (401, b"", "unauthorized"),
        (403, b"", "forbidden"),
        (404, b"", "not_found"),
        (405, b"", "not_found"),
        (308, b"", "not_found"),
        (408, b"", "backend_unavailable"),
        (411, b"", "unknown_refusal"),
        (500, b'{"error":"Failed to upload JSON to S3"}', "backend_unavailable"),
        (501, b"", "backend_unavailable"),
        (502, b"", "backend_unavailable"),
        (503, b"", "backend_unavailable"),
        (504, b"", "backend_unavailable"),
        (429, b"", "throttled"),
    ],
)
def test_what_is_the_worlds_is_held(status: int, body: bytes | None, reason: HoldReason) -> None:
    found = read(status, body, retry_after_s=7.0 if status in (429, 503) else None)
    assert isinstance(found, Held)
    assert found.reason == reason
    assert found.detail.startswith(f"HTTP {status}")
    assert found.retry_after_s == (7.0 if status in (429, 503) else None)


@pytest.mark.parametrize(("body", "own"), [(b"too large", True), (b"", True), (b"<html>", False), (None, False)])
def test_a_request_too_large_is_the_backends_word_or_a_proxys(body: bytes | None, own: bool) -> None:
    assert read(413, body) == TooLarge(own, "HTTP 413")


@given(st.integers(100, 599), st.one_of(st.none(), st.binary(max_size=60)), st.integers(1, 9))
def test_no_answer_is_an_error(status: int, body: bytes | None, count: int) -> None:
    found = read(status, body, count)
    if isinstance(found, Answered):
        assert found.accepted == tuple(range(count))


def test_a_partial_success_that_begins_like_a_page_is_none() -> None:
    body = response(1, "x" * 56).SerializeToString()
    assert body.startswith(b"\n<")  # tag and length
    assert read(200, body) == Malformed(f"1 of 3 spans rejected: {'x' * 56}")


@given(st.integers(1, 2**62), st.text(max_size=50))
def test_any_partial_success_is_read_as_it_was_written(rejected: int, message: str) -> None:
    found = read(200, response(rejected, message.encode(errors="replace").decode()).SerializeToString())
    assert isinstance(found, Malformed)
    assert found.detail.startswith(f"{rejected} of 3 ")
