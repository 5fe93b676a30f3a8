"""Langfuse's OTLP endpoint as the inbox has it, over real HTTP and with OpenTelemetry's own messages."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from shipper.demo.inbox import Inbox, Mode
from tests.demo.client import event, post, request
from tests.demo.spans import OTLP, SPAN_ID, TRACE_ID, as_json, export, generation, post_spans, send, span, span_ids

BODY = export(span()).SerializeToString()
JSON = "application/json"


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    async with Inbox() as running:
        yield running


@pytest.mark.parametrize("mode", ["legacy", "dual", "events_only"])
async def test_takes_spans_whichever_langfuse_it_is(mode: Mode) -> None:
    async with Inbox(mode=mode) as inbox:
        answer = await post_spans(inbox, generation(model__name="gpt-4o"))
        assert answer.status == 200
        stored = inbox.store.observations[SPAN_ID]
        assert (stored.type, stored.fields["model"], stored.fields["traceId"]) == ("GENERATION", "gpt-4o", TRACE_ID)
        assert inbox.store.groups == {TRACE_ID: [SPAN_ID]}


async def test_the_answer_is_a_job_and_no_response_of_otlp(inbox: Inbox) -> None:
    """Whoever reads it as an ExportTraceServiceResponse fails here too, and not only at a customer's."""
    answer = await send(inbox, BODY)
    assert answer.headers["Content-Type"].startswith(JSON)
    assert answer.json["name"] == "otel-ingestion-job"


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-protobuf", BODY),
        (JSON, as_json(export(span()))),
        ("Application/JSON; charset=utf-8", as_json(export(span()))),
    ],
)
async def test_takes_both_encodings_packed_or_not(inbox: Inbox, content_type: str, body: bytes, packed: bool) -> None:
    more = {"Content-Encoding": "gzip"} if packed else {}
    answer = await send(inbox, gzip.compress(body) if packed else body, OTLP, content_type, **more)
    assert (answer.status, list(inbox.store.observations)) == (200, [SPAN_ID])


@pytest.mark.parametrize("content_type", ["text/plain", "application/protobuf", "application/octet-stream"])
async def test_another_content_type_is_refused(inbox: Inbox, content_type: str) -> None:
    answer = await send(inbox, BODY, OTLP, content_type)
    assert (answer.status, answer.json) == (400, {"error": "Invalid content type"})


async def test_deflate_is_not_unpacked_and_broken_gzip_is_said(inbox: Inbox) -> None:
    answer = await send(inbox, zlib.compress(BODY), **{"Content-Encoding": "deflate"})
    assert (answer.status, answer.json) == (400, {"error": "Failed to parse OTel Protobuf Trace"})
    for body in (BODY, gzip.compress(BODY)[:-9]):
        answer = await send(inbox, body, **{"Content-Encoding": "gzip"})
        assert (answer.status, answer.json) == (400, {"error": "Failed to decompress request body"})


@pytest.mark.parametrize(("content_type", "named"), [(JSON, "JSON"), ("application/x-protobuf", "Protobuf")])
async def test_what_cannot_be_parsed_is_refused(inbox: Inbox, content_type: str, named: str) -> None:
    answer = await send(inbox, b"\xff\xff", OTLP, content_type)
    assert (answer.status, answer.json) == (400, {"error": f"Failed to parse OTel {named} Trace"})


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        ("", 401),
        (aiohttp.encode_basic_auth("pk-lf-demo", "wrong"), 401),
        (aiohttp.encode_basic_auth("pk-lf-demo", "sk-lf-demo").replace("Basic", "basic"), 401),
        ("Basic %%%", 401),
        ("Bearer sk-lf-demo", 401),
        ("Bearer pk-lf-demo", 403),
    ],
)
async def test_only_the_secret_key_lets_spans_in(inbox: Inbox, authorization: str, status: int) -> None:
    answer = await send(inbox, BODY, Authorization=authorization)
    assert (answer.status, list(answer.json)) == (status, ["message"])
    assert (inbox.store.observations, inbox.arrivals) == ({}, [])


async def test_the_secret_key_may_be_changed_while_it_runs(inbox: Inbox) -> None:
    inbox.secret_key = "sk-lf-other"
    assert (await send(inbox, BODY, Authorization=aiohttp.encode_basic_auth("x", "sk-lf-demo"))).status == 401
    assert (await send(inbox, BODY)).status == 200


async def test_checks_come_in_the_servers_order(inbox: Inbox) -> None:
    """Key, packing, content type, encoding, lists and ids, version, the scope's key; an empty request ends before."""
    wrong = {"Authorization": "", "Content-Encoding": "gzip", "x-langfuse-ingestion-version": "5"}
    bad_ids = export(Span(), public_key="pk-lf-other").SerializeToString()
    foreign = export(span(), public_key="pk-lf-other").SerializeToString()
    steps = [
        (bad_ids, "text/plain", {}, 401, "Invalid credentials"),
        (bad_ids, "text/plain", {"Authorization"}, 400, "decompress"),
        (bad_ids, "text/plain", {"Authorization", "Content-Encoding"}, 400, "content type"),
        (b"\xff", JSON, {"Authorization", "Content-Encoding"}, 400, "parse"),
        (bad_ids, "application/x-protobuf", {"Authorization", "Content-Encoding"}, 400, "1 of 1 span"),
        (foreign, "application/x-protobuf", {"Authorization", "Content-Encoding"}, 400, "Unsupported"),
        (foreign, "application/x-protobuf", set(wrong), 403, "different public key"),
        (b"", "application/x-protobuf", {"Authorization", "Content-Encoding"}, 200, "{}"),
    ]
    for body, content_type, right, status, words in steps:
        more = {key: value for key, value in wrong.items() if key not in right}
        answer = await send(inbox, body, OTLP, content_type, **more)
        assert (answer.status, words in answer.body.decode()) == (status, True), (words, answer.body)


@pytest.mark.parametrize(
    ("version", "status"), [("4", 200), ("3", 200), ("4.9", 200), ("-1", 200), ("5", 400), ("x", 400), ("", 200)]
)
async def test_versions_above_four_are_not_supported(inbox: Inbox, version: str, status: int) -> None:
    for name in ("x-langfuse-ingestion-version", "x_langfuse_ingestion_version"):
        given = {"x-langfuse-ingestion-version": ""} | {name: version}
        assert (await send(inbox, BODY, **given)).status == status


async def test_another_projects_key_in_the_scope_is_forbidden(inbox: Inbox) -> None:
    """Only where the scope is that of Langfuse's SDKs; there also for want of one, as the oldest servers have it."""
    for key in ("pk-lf-other", None):
        answer = await send(inbox, export(span(), public_key=key).SerializeToString())
        assert (answer.status, answer.json["error"]) == (403, "ForbiddenError")
        assert inbox.store.observations == {}
    assert (await send(inbox, export(span(), scope="mine", public_key=None).SerializeToString())).status == 200


@pytest.mark.parametrize(
    "bad",
    [
        Span(span_id=b"\1" * 8),
        Span(trace_id=b"\1" * 16),
        Span(),
    ],
    ids=["trace", "span", "both"],
)
async def test_one_span_without_ids_ends_all(inbox: Inbox, bad: Span) -> None:
    answer = await send(inbox, export(span(), bad).SerializeToString())
    assert (answer.status, "1 of 2 span(s)" in answer.json["error"]) == (400, True)
    assert (inbox.store.observations, inbox.arrivals) == ({}, [])


@pytest.mark.parametrize("change", [{"spans": {}}, {"spans": [{"traceId": "t", "spanId": "s", "attributes": {}}]}])
async def test_lists_that_are_none_end_all(inbox: Inbox, change: dict[str, Any]) -> None:
    body = json.dumps({"resourceSpans": [{"scopeSpans": [change]}]}).encode()
    answer = await send(inbox, body, OTLP, JSON)
    assert (answer.status, answer.json["error"].startswith("Invalid OTLP trace export")) == (400, True)


@pytest.mark.parametrize(
    ("content_type", "body"), [("application/x-protobuf", b""), (JSON, b"{}"), (JSON, b'{"resourceSpans":[]}')]
)
async def test_an_empty_request_is_answered_with_nothing(inbox: Inbox, content_type: str, body: bytes) -> None:
    answer = await send(inbox, body, OTLP, content_type)
    assert (answer.status, answer.json) == (200, {})


async def test_an_ingress_may_stand_before_it(inbox: Inbox) -> None:
    """It counts what comes, packed; there is none unless asked for."""
    large = export(generation(input="x" * 20_000_000)).SerializeToString()
    assert (await send(inbox, large)).status == 200
    inbox.otlp_max_bytes = 1_000_000
    answer = await send(inbox, large[:1_000_001])
    assert (answer.status, answer.headers["Content-Type"]) == (413, "text/html")
    assert (await send(inbox, gzip.compress(large), **{"Content-Encoding": "gzip"})).status == 200
    inbox.otlp_max_bytes = None
    assert (await send(inbox, large)).status == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", OTLP, 405),
        ("PUT", OTLP, 405),
        ("POST", "/api/public/otel", 404),
        ("POST", "/api/public/otel/v1/logs", 404),
    ],
)
async def test_other_methods_and_paths(inbox: Inbox, method: str, path: str, status: int) -> None:
    answer = await request(method, inbox.url + path)
    assert (answer.status, answer.headers["Content-Type"].startswith(JSON)) == (status, status == 405)


async def test_a_trailing_slash_is_redirected(inbox: Inbox) -> None:
    answer = await send(inbox, BODY, OTLP + "/")
    assert (answer.status, answer.headers["Location"]) == (308, OTLP)


async def test_notes_every_span_with_its_ids_and_a_hash_of_what_it_was(inbox: Inbox) -> None:
    one, other = generation(*span_ids(1)), span()
    await post_spans(inbox, one, other)
    await post_spans(inbox, one)
    noted = [(a.request, a.wire, a.event_id, a.body_id, a.trace_id, a.type, a.stored) for a in inbox.arrivals]
    assert noted == [
        (1, "otlp", span_ids(1)[0], span_ids(1)[0], TRACE_ID, "GENERATION", True),
        (1, "otlp", SPAN_ID, SPAN_ID, TRACE_ID, "SPAN", True),
        (2, "otlp", span_ids(1)[0], span_ids(1)[0], TRACE_ID, "GENERATION", True),
    ]
    hashes = [arrival.sha256 for arrival in inbox.arrivals]
    assert hashes[0] == hashes[2] == hashlib.sha256(one.SerializeToString(deterministic=True)).hexdigest() != hashes[1]
    assert inbox.store.totals.duplicates == 1


async def test_the_last_headers_can_be_looked_at(inbox: Inbox) -> None:
    await send(inbox, BODY, **{"x-langfuse-sdk-name": "shipper"})
    assert inbox.last_headers["X-Langfuse-Sdk-Name"] == "shipper"


async def test_without_validation_spans_are_believed_and_noted() -> None:
    async with Inbox(validate=False) as inbox:
        for content_type, body in (("application/x-protobuf", BODY), (JSON, as_json(export(span())))):
            assert (await send(inbox, body, OTLP, content_type)).status == 200
        assert [(a.wire, a.body_id, a.trace_id, a.stored) for a in inbox.arrivals] == [
            ("otlp", SPAN_ID, TRACE_ID, True)
        ] * 2
        assert inbox.store.totals.events == 2
        assert (await send(inbox, b"\xff")).status == 400


async def test_the_write_mode_may_change_under_the_client(inbox: Inbox) -> None:
    """A v3 becomes a v4 that refuses traces by the ingestion wire, and takes scores by it and spans still."""
    trace = event("trace-create", "t", id="t")
    score = event("score-create", "s", name="n", value=1, traceId=TRACE_ID)
    told = []
    modes: tuple[Mode, ...] = ("legacy", "events_only", "dual")
    for mode in modes:
        inbox.mode = mode
        health = (await request("GET", inbox.url + "/api/public/health")).json
        probe = await request("GET", inbox.url + "/api/public/traces?limit=1")
        answer = await post(inbox, trace, score)
        assert (await post_spans(inbox, span())).status == 200
        told.append((health["version"], probe.status, sorted(answer.successes), answer.errors))
    assert told == [
        ("3.225.4", 401, ["s", "t"], {}),
        ("4.16.0", 404, ["s"], {"t": (400, "Event type not accepted")}),
        ("4.16.0", 401, ["s", "t"], {}),
    ]
