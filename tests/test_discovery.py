"""Which wire a Langfuse takes, by what it says over real HTTP."""

from __future__ import annotations

import json
from typing import Literal

import pytest

from shipper.demo.inbox import Inbox
from shipper.discovery import Discovered, discover
from shipper.endpoint import BackendSettings
from shipper.records import Wire
from shipper.secret import Secret
from tests.brokers.kafka import free_ports
from tests.wire import Wire as Server
from tests.wire import answer, wire


async def found(*answers: bytes) -> Discovered:
    async with wire(*answers) as server:
        return await asked(server)


async def asked(server: Server) -> Discovered:
    return await discover(settings(server.url), "1.2.3")


def settings(url: str) -> BackendSettings:
    return BackendSettings(host=url, public_key="pk-lf-1", secret_key=Secret("sk-canary"))


def health(version: object) -> bytes:
    return answer(200, json.dumps({"status": "OK", "version": version}).encode())


@pytest.mark.parametrize(("mode", "taken"), [("legacy", "ingestion"), ("dual", "otlp"), ("events_only", "otlp")])
async def test_each_mode_of_langfuse(mode: Literal["legacy", "dual", "events_only"], taken: Wire) -> None:
    async with Inbox(mode=mode) as inbox:
        assert (await discover(settings(inbox.url), "1.2.3")).wire == taken


@pytest.mark.parametrize(
    ("version", "taken"),
    [("3.225.4", "ingestion"), ("2.95.1", "ingestion"), ("4.0.0-rc.1", "otlp"), ("v4.16.0", "otlp"), ("11.2", "otlp")],
)
async def test_the_version_decides(version: str, taken: Wire) -> None:
    told = await found(health(version))
    assert (told.wire, told.version) == (taken, version)
    assert version in told.reason


@pytest.mark.parametrize(
    ("traces", "taken"),
    [
        (answer(404, b'{"message":"this server is running in Langfuse v4 events_only mode"}'), "otlp"),
        (answer(401, b"{}"), "ingestion"),
        (answer(200, b'{"data":[]}'), "ingestion"),
        (answer(404, b"<html>"), "ingestion"),
        (answer(404, b'{"message":"no"}'), "ingestion"),
        (answer(500, b""), None),
        (answer(503, b"<html>"), None),
    ],
)
@pytest.mark.parametrize(
    "health_page", [answer(404, b"<html>"), health(None), health("latest"), answer(200, b"[1]"), answer(503, b"{}")]
)
async def test_without_a_version_the_list_of_traces_tells(
    health_page: bytes, traces: bytes, taken: Wire | None
) -> None:
    assert (await found(health_page, traces)).wire == taken


async def test_no_key_goes_along() -> None:
    async with wire(answer(404, b""), answer(401, b"{}")) as server:
        await asked(server)
    targets = [head.split(b"\r\n")[0] for head, _ in server.requests]
    assert targets == [b"GET /api/public/health HTTP/1.1", b"GET /api/public/traces?limit=1 HTTP/1.1"]
    assert all(Server.header(head, "authorization") is None for head, _ in server.requests)
    assert b"canary" not in b"".join(head for head, _ in server.requests)


async def test_a_server_that_is_away_says_nothing() -> None:
    (port,) = free_ports(1)
    told = await discover(settings(f"http://127.0.0.1:{port}"), "1.2.3")
    assert told.wire is None
    assert "could not be asked" in told.reason


async def test_a_version_cannot_rewrite_a_log() -> None:
    told = await found(health("4.\x1b[2J\n" + "x" * 500))
    assert told.reason.isprintable()
    assert len(told.reason) < 250
