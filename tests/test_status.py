"""Health, readiness and metrics over real HTTP, and what the service manager is told over a real socket."""

from __future__ import annotations

import asyncio
import os
import socket
import time
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from shipper.metrics import Metrics
from shipper.outcome import HoldReason
from shipper.status import ServiceManager, StatusServer, StatusSettings


class Probed:
    """A daemon as the probes see it."""

    def __init__(self) -> None:
        self.ready = self.live = True
        self.holds: set[HoldReason] = set()


class Bench:
    """A status server on a free port."""

    def __init__(self) -> None:
        self.health = Probed()
        self.metrics = Metrics()
        self.server = StatusServer(StatusSettings(port=0), self.metrics, self.health)
        self.port = 0

    async def ask(self, path: str, method: str = "GET") -> tuple[int, Mapping[str, str], str]:
        """One request: status, headers, body."""
        url = f"http://127.0.0.1:{self.port}{path}"
        async with aiohttp.request(method, url) as response:
            return response.status, response.headers, await response.text()


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    made.port = await made.server.open()
    yield made
    await made.server.close()


@pytest.mark.parametrize(("path", "asked"), [("/healthz", "live"), ("/readyz", "ready")])
async def test_a_probe_is_answered_by_status_and_body(bench: Bench, path: str, asked: str) -> None:
    """Each probe asks for its own thing, and names the holds either way."""
    setattr(bench.health, "ready" if asked == "live" else "live", False)
    status, headers, body = await bench.ask(path)
    assert (status, body) == (200, '{"status": "ok", "holds": []}')
    assert headers["Content-Type"].startswith("application/json")

    setattr(bench.health, asked, False)
    bench.health.holds = {"throttled", "backend_unavailable"}
    status, _, body = await bench.ask(path)
    assert (status, body) == (503, '{"status": "failing", "holds": ["backend_unavailable", "throttled"]}')


async def test_a_declared_hold_is_healthy(bench: Bench) -> None:
    """A probe must not restart every member in an outage of the backend."""
    bench.health.holds = {"backend_unavailable"}

    assert (await bench.ask("/healthz"))[0] == 200


async def test_metrics_are_in_prometheus_text_format(bench: Bench) -> None:
    bench.metrics.requests.labels("207").inc(3)
    status, headers, body = await bench.ask("/metrics")
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
    }

    assert status == 200
    assert headers["Content-Type"].startswith("text/plain; version=")
    assert samples["shipper_requests_total", "207"] == 3
    assert samples["shipper_hold", "forbidden"] == 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/metrics/../secrets", 404), ("POST", "/metrics", 405), ("HEAD", "/healthz", 200)],
)
async def test_nothing_else_is_there(bench: Bench, method: str, path: str, status: int) -> None:
    """Three pages to read and nothing to change."""
    assert (await bench.ask(path, method))[0] == status


async def test_a_taken_port_is_an_error(bench: Bench) -> None:
    server = StatusServer(StatusSettings(port=bench.port), Metrics(), Probed())

    with pytest.raises(OSError, match="address already in use"):
        await server.open()


async def test_an_address_of_another_machine_is_an_error() -> None:
    server = StatusServer(StatusSettings(host="192.0.2.1", port=0), Metrics(), Probed())

    with pytest.raises(OSError, match="assign"):
        await server.open()


async def test_closing_does_not_wait_for_whoever_does_not_read(bench: Bench) -> None:
    """Idle connections and half a request are cut off: the grace is for records."""
    connections = [await asyncio.open_connection("127.0.0.1", bench.port) for _ in range(2)]
    connections[1][1].write(b"GET /metrics HTTP/1.1\r\nHost: x\r\n")
    await bench.ask("/healthz")
    began_s = time.monotonic()
    await bench.server.close()

    assert time.monotonic() - began_s < 3
    for _, writer in connections:
        writer.close()
        await writer.wait_closed()


class Manager:
    """A service manager that listens at an address: a path, or `@` and an abstract name."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._bound = "\0" + address[1:] if address.startswith("@") else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self._bound)
        self._socket.settimeout(5)

    def heard(self) -> bytes:
        """The next datagram."""
        return self._socket.recv(1024)

    def fill(self) -> None:
        """Send it so much that its queue takes no more."""
        with suppress(BlockingIOError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            while True:
                sender.sendto(b"x", self._bound)

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Manager]:
    made = Manager(str(tmp_path / "notify") if request.param == "path" else f"@shipper-{uuid.uuid4()}")
    yield made
    made.close()


def test_the_manager_hears_what_it_is_told(manager: Manager) -> None:
    """One datagram a call, a line each."""
    ours = ServiceManager({"NOTIFY_SOCKET": manager.address})
    ours.notify("READY=1", "STATUS=all well")
    ours.notify("WATCHDOG=1")

    assert manager.heard() == b"READY=1\nSTATUS=all well"
    assert manager.heard() == b"WATCHDOG=1"


def test_a_manager_that_is_gone_is_no_error(manager: Manager) -> None:
    ours = ServiceManager({"NOTIFY_SOCKET": manager.address})
    manager.close()
    ours.notify("READY=1")


def test_a_manager_that_does_not_listen_costs_a_moment(manager: Manager) -> None:
    """Its queue is full: the daemon goes on."""
    ours = ServiceManager({"NOTIFY_SOCKET": manager.address})
    manager.fill()
    began_s = time.monotonic()
    ours.notify("WATCHDOG=1")

    assert time.monotonic() - began_s < 1
    assert manager.heard() == b"x"


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "/nowhere/notify"}])
def test_without_a_manager_nothing_is_said(environ: dict[str, str]) -> None:
    ServiceManager(environ).notify("READY=1")


@pytest.mark.parametrize(
    ("environ", "watchdog_s"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getpid())}, 0.5),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),  # meant for another process
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": ""}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "²"}, None),
        ({"WATCHDOG_USEC": "-5"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_on_when_it_is_ours(environ: dict[str, str], watchdog_s: float | None) -> None:
    assert ServiceManager(environ).watchdog_s == watchdog_s
