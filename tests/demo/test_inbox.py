"""The inbox's contract, over real HTTP."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import ssl
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme

from shipper.demo.inbox import Inbox, PortUnavailable
from shipper.demo.ingestion_endpoint import MAX_BODY_BYTES
from tests.demo.client import PATH, Answered, event, headers, post, request

GOLDEN = {
    path.stem: json.loads(path.read_bytes())["batch"] for path in (Path(__file__).parents[1] / "golden").glob("*.json")
}


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    async with Inbox() as running:
        yield running


async def send(inbox: Inbox, body: bytes, **more: str) -> Answered:
    return await request("POST", inbox.url + PATH, data=BytesIO(body), headers=headers(inbox, **more))


@pytest.mark.parametrize("case", sorted(GOLDEN))
async def test_accepts_every_batch_that_litellm_makes(inbox: Inbox, case: str) -> None:
    batch = GOLDEN[case]
    answer = await post(inbox, *batch)
    assert (answer.status, answer.errors) == (207, {})
    assert answer.successes == {one["id"] for one in batch}
    assert {one["body"]["id"] for one in batch} <= {*inbox.store.traces, *inbox.store.observations}


async def test_judges_every_event_on_its_own(inbox: Inbox) -> None:
    answer = await post(
        inbox, event("trace-create", "good", id="t"), event("trace-create", "bad", public="?"), event("nope", "odd")
    )
    assert answer.status == 207
    assert answer.successes == {"good"}
    assert answer.errors == {"bad": (400, "Invalid request data"), "odd": (400, "Invalid request data")}
    assert list(inbox.store.traces) == ["t"]


async def test_answers_in_the_servers_order(inbox: Inbox) -> None:
    """By envelope time, updates last: who reads the answer by position reads it wrongly."""
    answer = await post(
        inbox,
        event("span-update", "update", "2026-05-01T12:00:00Z", id="s"),
        event("trace-create", "late", "2026-05-01T12:00:02Z"),
        event("trace-create", "early", "2026-05-01T12:00:01Z"),
    )
    assert [success["id"] for success in answer.json["successes"]] == ["early", "late", "update"]


async def test_an_sdk_log_is_in_neither_list(inbox: Inbox) -> None:
    assert (await post(inbox, event("sdk-log", log="x"))).json == {"successes": [], "errors": []}


async def test_an_empty_batch_is_answered_with_empty_lists(inbox: Inbox) -> None:
    answer = await post(inbox)
    assert (answer.status, answer.json) == (207, {"successes": [], "errors": []})


async def test_a_trace_without_an_id_is_accepted_and_not_stored(inbox: Inbox) -> None:
    answer = await post(inbox, event("trace-create", "e", name="nobody"))
    assert answer.successes == {"e"}
    assert inbox.store.traces == {}
    assert [arrival.stored for arrival in inbox.arrivals] == [False]


def padded(size_bytes: int) -> bytes:
    body = json.dumps({"batch": [event("trace-create", input="")]}).encode()
    return body.replace(b'"input": ""', b'"input": "%s"' % (b"x" * (size_bytes - len(body))))


async def test_the_size_limit_is_exact(inbox: Inbox) -> None:
    assert (await send(inbox, padded(MAX_BODY_BYTES))).status == 207
    answer = await send(inbox, padded(MAX_BODY_BYTES + 1))
    assert (answer.status, answer.body) == (413, b"Body exceeded 4.5mb limit")


async def test_far_above_the_limit_the_connection_is_closed(inbox: Inbox) -> None:
    with pytest.raises(aiohttp.ClientError):
        await send(inbox, b"x" * 30_000_000)


@pytest.mark.parametrize(
    "body", [b"{", b"nonsense", b'{"batch":[{"n":NaN}]}', b'{"batch":[Infinity]}', b'{"batch":["\xff"]}']
)
async def test_what_is_no_json_is_refused_whole(inbox: Inbox, body: bytes) -> None:
    answer = await send(inbox, body)
    assert (answer.status, answer.body) == (400, b"Invalid JSON")


async def test_a_compressed_body_is_not_unpacked(inbox: Inbox) -> None:
    answer = await send(inbox, gzip.compress(b'{"batch":[]}'), **{"Content-Encoding": "gzip"})
    assert (answer.status, answer.body) == (400, b"Invalid JSON")


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"batch":{}}', b""])
async def test_a_wrong_envelope_is_refused_as_json(inbox: Inbox, body: bytes) -> None:
    answer = await send(inbox, body)
    assert (answer.status, answer.json["message"]) == (400, "Invalid request data")
    assert answer.json["errors"]


async def test_the_content_type_must_be_json(inbox: Inbox) -> None:
    assert (await send(inbox, b'{"batch":[]}', **{"Content-Type": "application/json; charset=utf-8"})).status == 207
    answer = await send(inbox, b'{"batch":[]}', **{"Content-Type": "text/plain"})
    assert (answer.status, answer.json["message"]) == (400, "Invalid request data")


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        aiohttp.encode_basic_auth("pk-lf-demo", "wrong"),
        aiohttp.encode_basic_auth("pk-lf-demo", "sk-lf-demo").replace("Basic", "basic"),
        "Basic %%%",
        "Basic /w==",
        "Bearer sk-lf-demo",
    ],
)
async def test_a_wrong_key_is_refused(inbox: Inbox, authorization: str) -> None:
    answer = await send(inbox, b'{"batch":[]}', Authorization=authorization)
    assert (answer.status, answer.json["error"]) == (401, "UnauthorizedError")
    assert inbox.arrivals == []


async def test_the_secret_key_decides_alone(inbox: Inbox) -> None:
    known = aiohttp.encode_basic_auth("pk-lf-other", inbox.secret_key)
    assert (await send(inbox, b'{"batch":[]}', Authorization=known)).status == 207


async def test_the_body_is_read_before_the_key(inbox: Inbox) -> None:
    assert (await send(inbox, b"{", Authorization="")).status == 400
    assert (await send(inbox, padded(MAX_BODY_BYTES + 1), Authorization="")).status == 413
    assert (await send(inbox, b"{}", Authorization="")).status == 401


async def test_a_public_key_alone_may_write_scores_only(inbox: Inbox) -> None:
    batch = [event("trace-create", "t", id="t"), event("score-create", "s", name="n", value=1, traceId="t")]
    answer = await send(inbox, json.dumps({"batch": batch}).encode(), Authorization=f"Bearer {inbox.public_key}")
    assert (answer.successes, answer.errors) == ({"s"}, {"t": (401, "Authentication error")})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", PATH, 405), ("PUT", PATH, 405), ("GET", "/api/public/ingest", 404), ("POST", "/", 404)],
)
async def test_other_methods_and_paths(inbox: Inbox, method: str, path: str, status: int) -> None:
    assert (await request(method, inbox.url + path)).status == status


async def test_a_trailing_slash_is_redirected(inbox: Inbox) -> None:
    answer = await request("POST", inbox.url + PATH + "/", data=b"{}", headers=headers(inbox))
    assert (answer.status, answer.headers["Location"]) == (308, PATH)


async def test_health_needs_no_key(inbox: Inbox) -> None:
    answer = await request("GET", inbox.url + "/api/public/health")
    assert (answer.status, answer.json) == (200, {"status": "OK", "version": "3.225.4"})


async def test_the_traces_endpoint_tells_a_v3_by_its_key_check(inbox: Inbox) -> None:
    url = inbox.url + "/api/public/traces?limit=1"
    assert (await request("GET", url)).status == 401
    assert (await request("GET", url, headers=headers(inbox))).status == 200


async def test_a_v4_in_events_only_mode_refuses_every_trace_event_and_says_what_it_is() -> None:
    async with Inbox(mode="events_only") as inbox:
        score = event("score-create", "s", name="n", value=1, traceId="t")
        answer = await post(inbox, event("trace-create", "t"), event("span-create", "o", id="o"), score)
        assert answer.successes == {"s"}
        assert answer.errors == {"t": (400, "Event type not accepted"), "o": (400, "Event type not accepted")}
        assert (await request("GET", inbox.url + "/api/public/health")).json["version"].startswith("4.")
        probe = await request("GET", inbox.url + "/api/public/traces?limit=1")
        assert (probe.status, "events_only" in probe.json["message"]) == (404, True)
        assert inbox.store.observations == {}


async def test_notes_everything_that_came_in_with_a_hash_of_what_it_was(inbox: Inbox) -> None:
    good: dict[str, Any] = event("trace-create", "e1", id="t")
    await post(inbox, good)
    await post(inbox, good, event("bad", "e2", id="b"))
    noted = [(one.request, one.event_id, one.body_id, one.type, one.stored) for one in inbox.arrivals]
    assert noted == [
        (1, "e1", "t", "trace-create", True),
        (2, "e1", "t", "trace-create", True),
        (2, "e2", "b", "bad", False),
    ]
    assert inbox.arrivals[0].sha256 == inbox.arrivals[1].sha256 == hashlib.sha256(json.dumps(good).encode()).hexdigest()
    assert (inbox.requests, dict(inbox.statuses), inbox.store.totals.duplicates) == (2, {207: 2}, 1)


async def test_without_validation_everything_is_believed_and_noted() -> None:
    async with Inbox(validate=False) as inbox:
        answer = await post(inbox, event("nonsense", "a", id="x"), event("trace-create", "b", public="?"))
        assert (answer.successes, answer.errors) == ({"a", "b"}, {})
        assert [(one.event_id, one.body_id, one.stored) for one in inbox.arrivals] == [
            ("a", "x", True),
            ("b", "", False),
        ]
        assert (await send(inbox, b"{}", Authorization="")).status == 401


async def test_starts_again_on_its_port_with_what_it_had(inbox: Inbox) -> None:
    await post(inbox, event("trace-create", "a", id="first"))
    port = inbox.port
    await inbox.stop()
    with pytest.raises(aiohttp.ClientConnectorError):
        await post(inbox)
    await inbox.start()
    await post(inbox, event("trace-create", "b", id="second"))
    assert (inbox.port, list(inbox.store.traces)) == (port, ["first", "second"])


async def test_a_taken_port_is_said(inbox: Inbox) -> None:
    with pytest.raises(PortUnavailable, match=f"port {inbox.port}"):
        await Inbox(port=inbox.port).start()


async def test_waits_for_what_it_is_told_to_wait_for(inbox: Inbox) -> None:
    waiting = asyncio.create_task(inbox.until(lambda box: len(box.store.traces) == 2))
    await post(inbox, event("trace-create", "a", id="first"))
    assert not waiting.done()
    await post(inbox, event("trace-create", "b", id="second"))
    await asyncio.wait_for(waiting, 5)


async def test_an_idle_connection_is_closed_as_a_node_server_closes_it() -> None:
    async with Inbox(keep_alive_s=0.05) as inbox:
        reader, writer = await asyncio.open_connection("127.0.0.1", inbox.port)
        writer.write(b"GET /api/public/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200 OK" in await asyncio.wait_for(reader.read(), 5)
        writer.close()
        await writer.wait_closed()


async def test_speaks_tls() -> None:
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(client)
    async with Inbox(tls=server) as inbox:
        answer = await request("GET", inbox.url + "/api/public/health", ssl=client)
        assert (inbox.url[:8], answer.status) == ("https://", 200)
