"""`check --connect`: what it finds at each kind of server, over real HTTP; no Kafka is there."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from shipper.config import Settings, from_values
from shipper.connections import Checked, check
from shipper.demo.inbox import Inbox
from shipper.records import Wire
from tests.brokers.kafka import free_ports

Mode = Literal["legacy", "dual", "events_only"]


async def checked(inbox: Inbox, **backend: Any) -> Checked:
    """What is said of this backend; that Kafka is away is said too, and left out here."""
    (port,) = free_ports(1)
    keys = {"host": inbox.url, "public_key": inbox.public_key, "secret_key": inbox.secret_key}
    settings: Settings = from_values(
        {"kafka": {"bootstrap_servers": [f"127.0.0.1:{port}"], "topics": ["t"]}, "backend": {**keys, **backend}}
    )
    found = await check(settings)
    kafka, *others = found.problems
    assert kafka.startswith("Kafka at ")
    return Checked(others, found.notes)


@pytest.mark.parametrize(
    ("mode", "backend", "wire"),
    [
        ("legacy", {}, "ingestion"),
        ("dual", {}, "otlp"),
        ("events_only", {}, "otlp"),
        ("legacy", {"api": "otlp"}, "otlp"),
        ("dual", {"api": "ingestion"}, "ingestion"),
        ("legacy", {"kind": "otlp"}, "otlp"),
        ("legacy", {"kind": "otlp", "encoding": "json"}, "otlp"),
    ],
)
async def test_the_wire_is_named_with_its_reason_and_tried(mode: Mode, backend: dict[str, Any], wire: Wire) -> None:
    async with Inbox(mode=mode) as inbox:
        found = await checked(inbox, **backend)
    assert found.problems == []
    (note,) = found.notes
    assert f"wire {wire}: " in note
    assert note.endswith("as configured") is bool(backend)


async def test_a_wire_that_the_server_does_not_take_is_a_problem_with_advice() -> None:
    async with Inbox(mode="events_only") as inbox:
        found = await checked(inbox, api="ingestion")
    (problem,) = found.problems
    assert "backend.api" in problem


@pytest.mark.parametrize("mode", ["legacy", "events_only"])
async def test_a_wrong_key_is_found_by_either_wire(mode: Mode) -> None:
    async with Inbox(mode=mode) as inbox:
        found = await checked(inbox, secret_key="sk-lf-canary")
    (problem,) = found.problems
    assert "HTTP 401" in problem
    assert "canary" not in problem


async def test_a_server_that_is_away_is_said_once() -> None:
    inbox = Inbox()
    (inbox.port,) = free_ports(1)
    found = await checked(inbox)
    (problem,) = found.problems
    assert "backend at " in problem
