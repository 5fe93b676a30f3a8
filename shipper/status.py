"""Health, readiness and metrics over HTTP, and the service manager's notifications.

Rule: whoever asks learns how things stand and changes nothing; no answer holds record content. What healthy means
is decided by whoever is asked (`Health`).
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping
from typing import Annotated, Protocol

from aiohttp import web
from msgspec import Meta, Struct
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shipper.metrics import Metrics
from shipper.outcome import HoldReason

SHUTDOWN_S = 1.0  # for answers that are under way when the server closes
NOTIFY_TIMEOUT_S = 0.1  # the event loop waits that long for a manager whose queue is full


class StatusSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section `status`."""

    host: Annotated[str, Meta(description="Address of /metrics, /healthz and /readyz.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535, description="Port of the same; 0 takes a free one and logs it.")] = 9464


class Health(Protocol):
    """What the probes ask."""

    @property
    def ready(self) -> bool:
        """The group has been joined and an assignment received."""

    @property
    def live(self) -> bool:
        """There is progress, or a declared reason to hold."""

    @property
    def holds(self) -> set[HoldReason]:
        """What delivery waits for at the moment."""


class StatusServer:
    """`/healthz`, `/readyz` and `/metrics`."""

    def __init__(self, settings: StatusSettings, metrics: Metrics, health: Health) -> None:
        self._settings = settings
        self._metrics = metrics
        self._health = health
        app = web.Application()
        app.router.add_get("/healthz", self._healthz)
        app.router.add_get("/readyz", self._readyz)
        app.router.add_get("/metrics", self._metrics_page)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)

    async def open(self) -> int:
        """Listen; gives the port. OSError if it is taken or the address is not ours."""
        await self._runner.setup()
        await web.TCPSite(self._runner, self._settings.host, self._settings.port).start()
        port: int = self._runner.addresses[0][1]
        return port

    async def close(self) -> None:
        """Listen no more."""
        await self._runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        return self._answer(self._health.live)

    async def _readyz(self, _: web.Request) -> web.Response:
        return self._answer(self._health.ready)

    def _answer(self, good: bool) -> web.Response:
        body = {"status": "ok" if good else "failing", "holds": sorted(self._health.holds)}
        return web.json_response(body, status=200 if good else 503)

    async def _metrics_page(self, _: web.Request) -> web.Response:
        return web.Response(body=generate_latest(self._metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


class ServiceManager:
    """systemd's notification protocol (sd_notify(3)); says nothing where no service manager listens.

    `watchdog_s` is the time within which `WATCHDOG=1` is expected again and again (sd_watchdog_enabled(3)), else None.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        watchdog_us = environ.get("WATCHDOG_USEC", "")
        ours = environ.get("WATCHDOG_PID") in (None, str(os.getpid()))
        self.watchdog_s = int(watchdog_us) / 1e6 if ours and watchdog_us.isdecimal() and int(watchdog_us) else None

    def notify(self, *lines: str) -> None:
        """Send lines like `READY=1`; a manager that is gone or does not listen is none of our concern."""
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
            to.settimeout(NOTIFY_TIMEOUT_S)
            to.sendto("\n".join(lines).encode(), self._address)
