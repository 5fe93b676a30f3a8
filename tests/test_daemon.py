"""The daemon's edges that need no Kafka; the rest is tested on a real one (`integration/test_daemon.py`)."""

from __future__ import annotations

import asyncio
import socket

import pytest

from shipper import exit_codes
from shipper.config import from_values
from shipper.daemon import run_until


async def test_a_guest_that_ended_by_itself_does_not_end_its_host_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last resort of a stop is for a daemon that still runs."""
    exits: list[int] = []
    monkeypatch.setattr("shipper.daemon.os._exit", exits.append)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        values: dict[str, dict[str, object]] = {
            "process": {"grace_s": 0.6},
            "kafka": {"bootstrap_servers": ["127.0.0.1:1"], "topics": ["calls"]},
            "backend": {"host": "http://127.0.0.1:1", "public_key": "pk", "secret_key": "sk"},
            "status": {"port": taken.getsockname()[1]},
        }
        code = await run_until(from_values(values), asyncio.Event())
    await asyncio.sleep(0.3)  # beyond the last resort, which would come after 0.1 s

    assert code == exit_codes.UNAVAILABLE
    assert exits == []
