"""The daemon's edges that need no Kafka; the rest is tested on a real one (`integration/test_daemon.py`)."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest

from shipper import exit_codes
from shipper.config import from_values
from shipper.daemon import run_daemon, run_until
from shipper.demo.inbox import Inbox
from tests.integration.daemon import DaemonProcess


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


def test_price_files_that_broke_after_the_check_are_bad_configuration(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("")
    values: dict[str, dict[str, object]] = {
        "kafka": {"bootstrap_servers": ["127.0.0.1:1"], "topics": ["calls"]},
        "backend": {"host": "http://127.0.0.1:1", "public_key": "pk", "secret_key": "sk"},
        "pricing": {"overrides": str(own)},
        "status": {"port": 0},
    }
    settings = from_values(values)
    own.write_text("broken")
    assert run_daemon(settings) == exit_codes.CONFIGURATION


async def test_prices_change_without_a_restart(tmp_path: Path) -> None:
    """By a signal or by the file alone, while Kafka cannot even be reached; a broken file is said and does no harm."""
    own = tmp_path / "own.toml"
    own.write_text("models.gpt-4o.input_cost_per_token = 1e-6")

    def rewrite(text: str) -> None:
        (tmp_path / "new").write_text(text)
        os.replace(tmp_path / "new", own)

    async with (
        Inbox() as inbox,
        DaemonProcess("127.0.0.1:1", "calls", "group", inbox, pricing__overrides=own) as daemon,
    ):
        await daemon.said("started")
        daemon.send(signal.SIGHUP)
        assert (await daemon.said("prices_reloaded"))["own_prices"] == 1

        rewrite("models.gpt-4o.input_cost_per_token = -1")
        refused = await daemon.said("prices_refused")
        assert refused["detail"].startswith(f"{own}: models.gpt-4o: input_cost_per_token = -1 is no price")
        assert refused["level"] == "error"

        rewrite("[margins]\nopenai = 0.1\n[models.a]\ninput_cost_per_token = 1\n[models.b]\ninput_cost_per_token = 1")
        assert (await daemon.said("prices_reloaded", own_prices=2))["level"] == "info"
        assert await daemon.terminate() == exit_codes.OK
