"""An embedded trace inbox: an HTTP server on loopback that stands for a Langfuse, with both wires and in each of its
write modes, and for a plain OTLP collector.

What each endpoint says is its own module's (`ingestion_endpoint`, `langfuse_otlp`, `collector`); here they are served.
It is the backend of the demo and of the tests, which script its faults (`shipper.demo.faults`). Knows nothing of Kafka
and of the daemon.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from ssl import SSLContext
from types import TracebackType
from typing import Literal, Self

from aiohttp import web

from shipper.demo import page
from shipper.demo.access import Keys
from shipper.demo.answer import Answer, send
from shipper.demo.collector import Collector
from shipper.demo.endpoint import Endpoint
from shipper.demo.faults import Arrival, Fault, keeps
from shipper.demo.ingestion import Event, Refusal
from shipper.demo.ingestion_endpoint import UNAUTHORISED, IngestionEndpoint
from shipper.demo.langfuse_otlp import LangfuseOtlp
from shipper.demo.settlement import arrivals_of, noted
from shipper.demo.store import Store

Mode = Literal["legacy", "dual", "events_only"]

_READ_AT_MOST = 4  # times the limit: above it the real server closes the connection in mid-body
_INGESTION, _OTLP = "/api/public/ingestion", "/api/public/otel/v1/traces"
_V4_ONLY = {"message": "Not available: this server is running in Langfuse v4 events_only mode"}
_NOT_FOUND = b"<!DOCTYPE html><html><head><title>404</title></head><body>This page could not be found.</body></html>"


class PortUnavailable(Exception):
    """The inbox cannot listen on its port; the text says why."""


class Inbox:
    """The inbox as an async context manager, or with `start()` and `stop()`; it can be started again on its port.

    `validate=False` (for measuring) believes every event: nothing is merged, `arrivals` have no hashes.
    `keep` bounds memory: details of the last so many traces, and no `arrivals`.
    `mode` says which Langfuse it is: `legacy` a v3, `dual` a v4 that takes both wires, `events_only` a v4 as it comes,
    whose ingestion endpoint refuses traces. It may be set at any time, and so may the keys and `otlp_max_bytes` (what
    an ingress before the OTLP endpoints lets through). `collector_path` is where the plain collector listens.
    `faults` are acted out one a request, None being an honest answer; when none is left, `fault` is asked, if set,
    with the request's number and what came in. `statuses` counts answers by HTTP status (0: no answer at all);
    `last_headers` are those of the request that came last.
    """

    def __init__(
        self,
        *,
        public_key: str = "pk-lf-demo",
        secret_key: str = "sk-lf-demo",  # noqa: S107 - opens nothing but this inbox
        port: int = 0,
        validate: bool = True,
        keep: int | None = None,
        mode: Mode = "legacy",
        otlp_max_bytes: int | None = None,
        collector_path: str = "/v1/traces",
        keep_alive_s: float = 5.0,
        tls: SSLContext | None = None,
    ) -> None:
        self.public_key, self.secret_key = public_key, secret_key
        self.port = port
        self.mode: Mode = mode
        self.otlp_max_bytes = otlp_max_bytes
        self.store = Store(keep)
        self.arrivals: list[Arrival] = []
        self.faults: deque[Fault | None] = deque()
        self.fault: Callable[[int, Sequence[Arrival]], Fault | None] | None = None
        self.requests = 0
        self.statuses: Counter[int] = Counter()
        self.last_headers: Mapping[str, str] = {}
        self._collector_path = collector_path
        self._validate, self._bounded = validate, keep is not None
        self._keep_alive_s, self._tls = keep_alive_s, tls
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()
        self._changed = asyncio.Condition()

    @property
    def url(self) -> str:
        """Base address, as for `backend.host`."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen; a port of 0 becomes the one that the system chose. Raises PortUnavailable."""
        self._stopping.clear()
        app = web.Application()
        for path, endpoint in (
            (_INGESTION, self._ingestion),
            (_OTLP, self._langfuse_otlp),
            (self._collector_path, self._collector),
        ):
            app.router.add_route("*", path, self._served(endpoint))
        for path in (_INGESTION, _OTLP):
            app.router.add_route("*", path + "/", _without_slash)
        app.router.add_get("/api/public/health", self._health)
        app.router.add_get("/api/public/traces", self._list_traces)
        app.add_routes(page.routes(self.store))
        app.router.add_route("*", "/{path:.*}", _not_found)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            auto_decompress=False,  # the real server does not read Content-Encoding
            keepalive_timeout=self._keep_alive_s,
            shutdown_timeout=0.5,
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self._tls).start()
        except OSError as error:
            await self.stop()
            raise PortUnavailable(f"the inbox cannot listen on port {self.port}: {error.strerror}") from error
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening and close every connection, hanging ones too. What is stored stays."""
        runner, self._runner = self._runner, None
        if runner is not None:
            self._stopping.set()
            await runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def until(self, done: Callable[[Self], bool]) -> None:
        """Wait until `done(inbox)` holds; it is asked again after every request. The time-out is the caller's."""
        async with self._changed:
            await self._changed.wait_for(lambda: done(self))

    def _ingestion(self) -> Endpoint:
        return IngestionEndpoint(self._keys, self._validate, takes_traces=self.mode != "events_only")

    def _langfuse_otlp(self) -> Endpoint:
        return LangfuseOtlp(self._keys, self._validate, self.otlp_max_bytes)

    def _collector(self) -> Endpoint:
        return Collector(self._validate, self.otlp_max_bytes)

    @property
    def _keys(self) -> Keys:
        return Keys(self.public_key, self.secret_key)

    def _served(self, endpoint: Callable[[], Endpoint]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            return await self._take(request, endpoint())

        return serve

    async def _take(self, request: web.Request, endpoint: Endpoint) -> web.StreamResponse:
        self.requests += 1
        number = self.requests
        self.last_headers = request.headers
        fault: Fault | None = None
        received = await _receive(request, endpoint)
        if isinstance(received, Answer):
            answer = received
        else:
            answer, fault = self._settle(number, received, endpoint)
            await self._notify()
        response, status = await send(request, answer, fault, self._stopping)
        self.statuses[status] += 1
        await self._notify()
        return response

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _settle(
        self, number: int, received: Sequence[Event | Refusal], endpoint: Endpoint
    ) -> tuple[Answer, Fault | None]:
        """Store what is to be stored, note all that came; gives the contract's answer, and how to distort it."""
        arrivals = arrivals_of(number, received, time.monotonic(), endpoint.wire)
        fault = endpoint.fault(self._next_fault(number, arrivals), arrivals)
        for event, arrival in zip(received, arrivals, strict=True):
            if isinstance(event, Event) and keeps(fault, arrival):
                self.store.put(event)
        if not self._bounded:
            self.arrivals += noted(arrivals, fault)
        return endpoint.answer(number, received, arrivals, fault), fault

    def _next_fault(self, number: int, arrivals: list[Arrival]) -> Fault | None:
        if self.faults:
            return self.faults.popleft()
        return self.fault(number, arrivals) if self.fault else None

    async def _health(self, request: web.Request) -> web.Response:
        return Answer.json(
            200, {"status": "OK", "version": "3.225.4" if self.mode == "legacy" else "4.16.0"}
        ).response()

    async def _list_traces(self, request: web.Request) -> web.Response:
        """Only as much as a client needs to find out which Langfuse this is."""
        if self.mode == "events_only":
            return Answer.json(404, _V4_ONLY).response()
        if self._keys.scope(request.headers.get("Authorization", "")) != "project":
            return UNAUTHORISED.response()
        count = len(self.store.traces)
        return Answer.json(200, {"data": [], "meta": {"totalItems": count}}).response()


async def _receive(request: web.Request, endpoint: Endpoint) -> Answer | Sequence[Event | Refusal]:
    if request.method != "POST":
        return endpoint.wrong_method
    body = await _read(request, endpoint.max_bytes)
    return endpoint.too_large if body is None else endpoint.receive(request.headers, body)


async def _read(request: web.Request, max_bytes: int | None) -> bytes | None:
    """The body; None above the limit. Far above it the connection is closed while the client still sends."""
    body, length_bytes = bytearray(), 0
    async for chunk in request.content.iter_any():
        length_bytes += len(chunk)
        if max_bytes is None or length_bytes <= max_bytes:
            body += chunk
        elif length_bytes > _READ_AT_MOST * max_bytes and request.transport is not None:
            request.transport.abort()
            break
    return bytes(body) if max_bytes is None or length_bytes <= max_bytes else None


async def _without_slash(request: web.Request) -> web.Response:
    return web.Response(status=308, headers={"Location": request.path.rstrip("/")})


async def _not_found(request: web.Request) -> web.Response:
    return Answer(404, _NOT_FOUND, "text/html").response()
